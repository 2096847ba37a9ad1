#include "tools/repatctl/output/tables.h"

#include <utf8proc.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/text.h"

namespace repatriation {
namespace {

constexpr absl::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// Returns the length of the first character of `text`; sets `code_point` (-1 if the
// bytes are not UTF-8).
size_t NextCharacter(absl::string_view text, utf8proc_int32_t& code_point) {
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  return length > 0 ? static_cast<size_t>(length) : 1;
}

std::string WithoutControls(absl::string_view text) {
  std::string shown;
  while (!text.empty()) {
    utf8proc_int32_t code_point = -1;
    const size_t length = NextCharacter(text, code_point);
    const absl::string_view character = text.substr(0, length);
    absl::StrAppend(&shown, HasControlCharacter(character) ? kReplacement : character);
    text.remove_prefix(length);
  }
  return shown;
}

void AppendCell(absl::string_view text, int padding, Align align, std::string& line) {
  if (align == Align::kRight) line.append(static_cast<size_t>(padding), ' ');
  absl::StrAppend(&line, text);
  if (align == Align::kLeft) line.append(static_cast<size_t>(padding), ' ');
}

}  // namespace

int DisplayWidth(absl::string_view text) {
  int width = 0;
  while (!text.empty()) {
    utf8proc_int32_t code_point = -1;
    text.remove_prefix(NextCharacter(text, code_point));
    width += code_point < 0 ? 1 : utf8proc_charwidth(code_point);
  }
  return width;
}

std::string WithThousands(int64_t number) {
  std::string digits = absl::StrCat(number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3;) {
    i -= 3;
    digits.insert(i, 1, ',');
  }
  return digits;
}

std::string PlainNumber(int64_t number) { return absl::StrCat(number); }

void Table::AddColumn(std::string name, Align align, std::vector<std::string> cells) {
  Column& column = columns_.emplace_back(Column{std::move(name), align, 0, {}});
  column.width = DisplayWidth(column.name);
  for (std::string& cell : cells) SetCell(column, std::move(cell));
  rows_ = std::max(rows_, column.cells.size());
  for (Column& each : columns_) each.cells.resize(rows_);
}

void Table::AddRow(std::vector<std::string> cells) {
  for (size_t i = 0; i < cells.size(); ++i) SetCell(columns_[i], std::move(cells[i]));
  ++rows_;
  for (Column& column : columns_) column.cells.resize(rows_);
}

void Table::SetCell(Column& column, std::string text) {
  if (HasControlCharacter(text)) text = WithoutControls(text);
  column.width = std::max(column.width, DisplayWidth(text));
  column.cells.push_back(std::move(text));
}

int Table::width() const {
  int width = 0;
  for (const Column& column : columns_) width += column.width;
  return width + kTableGapColumns * std::max<int>(0, static_cast<int>(columns_.size()) - 1);
}

std::string Table::Render() const {
  std::string text;
  for (size_t row = 0; row <= rows_; ++row) {
    std::string line;
    for (const Column& column : columns_) {
      if (&column != &columns_.front()) line.append(kTableGapColumns, ' ');
      const std::string& cell = row == 0 ? column.name : column.cells[row - 1];
      AppendCell(cell, column.width - DisplayWidth(cell), column.align, line);
    }
    absl::StrAppend(&text, absl::StripTrailingAsciiWhitespace(line), "\n");
  }
  return text;
}

}  // namespace repatriation
