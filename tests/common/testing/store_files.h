// The files of a store's directory, to be copied, damaged and cut by tests.
//
// Thread-safety: as that of the files.
#ifndef TESTS_COMMON_TESTING_STORE_FILES_H_
#define TESTS_COMMON_TESTING_STORE_FILES_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace repatriation {

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << "cannot read " << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  EXPECT_TRUE(file.good()) << "cannot write " << path;
}

// Makes `to` a copy of directory `from`; whatever was there goes. Of an open
// store, what the end of its process would leave behind, but for what it is removing.
inline void CopyDirectory(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::create_directories(to);
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".trash")) continue;
    if (entry.is_directory()) {
      CopyDirectory(entry.path().string(), to + "/" + name);
    } else {
      std::filesystem::copy(entry.path(), to + "/" + name);
    }
  }
}

// Paths of the files of `directory` that are not empty, whose name begins and
// ends so, in order.
inline std::vector<std::string> FilesOf(const std::string& directory, const std::string& begin,
                                        const std::string& end) {
  std::vector<std::string> found;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    const std::string name = file.path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end) && file.file_size() > 0) {
      found.push_back(file.path().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// The one file of that kind. REQUIRES: there is one.
inline std::string FileOf(const std::string& directory, const std::string& begin,
                          const std::string& end) {
  const std::vector<std::string> found = FilesOf(directory, begin, end);
  EXPECT_EQ(found.size(), 1u) << begin << "*" << end << " in " << directory;
  return found.empty() ? directory : found.front();
}

// The write-ahead log, the sorted tables, and the list of what is live.
inline std::string LogFileOf(const std::string& directory) { return FileOf(directory, "", ".log"); }
inline std::string TableFileOf(const std::string& directory) {
  return FileOf(directory, "", ".sst");
}
inline std::string ManifestOf(const std::string& directory) {
  return FileOf(directory, "MANIFEST-", "");
}

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_STORE_FILES_H_
