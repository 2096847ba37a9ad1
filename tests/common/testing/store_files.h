// Access to the files of a store, for tests that copy, damage or truncate them.
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

inline std::string FileContent(const std::string& path) {
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

// Replaces `to` by a copy of directory `from`. For an open store, this is what a crash of
// its process would leave, apart from files that are being removed.
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

// Sorted paths of the non-empty files in `directory` whose names begin with `begin` and
// end with `end`.
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

// The only such file. REQUIRES: there is exactly one.
inline std::string FileOf(const std::string& directory, const std::string& begin,
                          const std::string& end) {
  const std::vector<std::string> found = FilesOf(directory, begin, end);
  EXPECT_EQ(found.size(), 1u) << begin << "*" << end << " in " << directory;
  return found.empty() ? directory : found.front();
}

// The write-ahead log, the sorted table, and the manifest.
inline std::string LogFileOf(const std::string& directory) { return FileOf(directory, "", ".log"); }
inline std::string TableFileOf(const std::string& directory) {
  return FileOf(directory, "", ".sst");
}
inline std::string ManifestOf(const std::string& directory) {
  return FileOf(directory, "MANIFEST-", "");
}

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_STORE_FILES_H_
