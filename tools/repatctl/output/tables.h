// Tables for a terminal: columns are as wide as their widest cell, numbers are
// right-aligned.
#ifndef TOOLS_REPATCTL_OUTPUT_TABLES_H_
#define TOOLS_REPATCTL_OUTPUT_TABLES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace repatriation {

// Columns of a terminal that `text` takes: two for wide East Asian characters,
// none for combining marks. Pure.
int DisplayWidth(absl::string_view text);

// "1,234,567". Pure.
std::string WithThousands(int64_t number);
// "1234567". Pure.
std::string PlainNumber(int64_t number);

// Terminal columns between two columns of a table.
inline constexpr int kTableGapColumns = 2;

enum class Align { kLeft, kRight };

// Thread-compatible.
class Table {
 public:
  // Adds a column on the right. `cells` fill it from the first row on: with more
  // cells than rows, rows are added; with fewer, the rest of the column is empty.
  void AddColumn(std::string name, Align align, std::vector<std::string> cells = {});

  // Adds a row; missing cells on the right are empty.
  // REQUIRES: cells.size() is at most the number of columns.
  void AddRow(std::vector<std::string> cells);

  // Terminal columns of the widest line.
  int width() const;

  // The header and the rows, each line ending in LF, without trailing white space.
  // Control characters are shown as U+FFFD, so that no content of the ledger can
  // control the terminal.
  std::string Render() const;

 private:
  struct Column {
    std::string name;
    Align align;
    int width;
    std::vector<std::string> cells;
  };

  void SetCell(Column& column, std::string text);

  std::vector<Column> columns_;
  size_t rows_ = 0;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_TABLES_H_
