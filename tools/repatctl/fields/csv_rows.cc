#include "tools/repatctl/fields/csv_rows.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace repatriation {
namespace {

constexpr size_t kBufferBytes = 64 * 1024;
constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

bool IsLineBreak(char c) { return c == '\n' || c == '\r'; }

// RFC 4180: spaces are part of a field.
int NoSpace(unsigned char) { return 0; }

}  // namespace

CsvRowReader::CsvRowReader(std::istream& input) : input_(input), buffer_(kBufferBytes) {
  InitParser();
}

CsvRowReader::~CsvRowReader() { csv_free(&parser_); }

void CsvRowReader::InitParser() {
  // Fails only for a null pointer.
  if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0) std::abort();
  csv_set_space_func(&parser_, &NoSpace);
}

absl::StatusOr<bool> CsvRowReader::Next(CsvRow& row) {
  while (!row_complete_) {
    if (unparsed_.empty()) {
      if (ended_) return false;
      if (auto status = Refill(); !status.ok()) return status;
      if (unparsed_.empty()) EndInput();
      continue;
    }
    const absl::string_view segment = TakeSegment();
    if (skipping_line_) {
      skipping_line_ = !IsLineBreak(segment.back());
    } else {
      Parse(segment);
    }
    CountLine(segment);
  }
  row_complete_ = false;
  row_bytes_ = 0;
  row = std::exchange(row_, CsvRow());
  return true;
}

absl::Status CsvRowReader::Refill() {
  input_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  if (input_.bad()) return absl::DataLossError("reading failed");
  unparsed_ = absl::string_view(buffer_.data(), static_cast<size_t>(input_.gcount()));
  if (at_start_ && absl::StartsWith(unparsed_, kByteOrderMark)) {
    unparsed_.remove_prefix(kByteOrderMark.size());
    bytes_read_ += static_cast<int64_t>(kByteOrderMark.size());
  }
  at_start_ = false;
  return absl::OkStatus();
}

absl::string_view CsvRowReader::TakeSegment() {
  const auto* const line_break = std::find_if(unparsed_.begin(), unparsed_.end(), IsLineBreak);
  const size_t size = static_cast<size_t>(line_break - unparsed_.begin());
  const absl::string_view segment = unparsed_.substr(0, std::min(size + 1, unparsed_.size()));
  unparsed_.remove_prefix(segment.size());
  bytes_read_ += static_cast<int64_t>(segment.size());
  return segment;
}

void CsvRowReader::Parse(absl::string_view segment) {
  const bool at_line_break = IsLineBreak(segment.back());
  if (row_bytes_ == 0) {
    // An empty line, or the LF of a CRLF.
    if (segment.size() == 1 && at_line_break) return;
    row_.line = line_;
  }
  row_bytes_ += segment.size();
  const size_t parsed =
      csv_parse(&parser_, segment.data(), segment.size(), &OnCell, &OnRowEnd, this);
  if (parsed != segment.size()) {
    FailRow(absl::StrCat("unescaped quote, or text after a closing quote, on line ", line_),
            at_line_break);
  } else if (!row_complete_ && row_bytes_ > kCsvRowBytesMax) {
    FailRow(absl::StrCat("longer than ", kCsvRowBytesMax, " bytes at line ", line_,
                         "; is a quote not closed?"),
            at_line_break);
  }
}

void CsvRowReader::CountLine(absl::string_view segment) {
  const bool completes_crlf = after_cr_ && segment == "\n";
  if (IsLineBreak(segment.back()) && !completes_crlf) ++line_;
  after_cr_ = segment.back() == '\r';
}

void CsvRowReader::EndInput() {
  ended_ = true;
  if (csv_fini(&parser_, &OnCell, &OnRowEnd, this) != 0) {
    FailRow("a quote is not closed before the end of the input", true);
  }
}

void CsvRowReader::FailRow(std::string why, bool at_line_break) {
  csv_free(&parser_);
  InitParser();
  row_.malformed = std::move(why);
  row_complete_ = true;
  skipping_line_ = !at_line_break;
}

void CsvRowReader::OnCell(void* bytes, size_t size, void* reader) {
  static_cast<CsvRowReader*>(reader)->row_.cells.emplace_back(static_cast<const char*>(bytes),
                                                              size);
}

void CsvRowReader::OnRowEnd(int /*terminator*/, void* reader) {
  static_cast<CsvRowReader*>(reader)->row_complete_ = true;
}

absl::StatusOr<std::vector<std::string>> ParseCsvCells(absl::string_view text) {
  if (text.empty()) return std::vector<std::string>{""};
  std::istringstream input{std::string(text)};
  CsvRowReader reader(input);
  CsvRow row;
  CsvRow second;
  const auto found = reader.Next(row);
  if (!found.ok()) return found.status();
  if (!row.malformed.empty()) return absl::InvalidArgumentError("malformed quoting");
  const auto more = reader.Next(second);
  if (!more.ok()) return more.status();
  if (!*found || *more) return absl::InvalidArgumentError("line break outside quotes");
  return std::move(row.cells);
}

std::string CsvLine(absl::Span<const std::string> cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line.push_back(',');
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      absl::StrAppend(&line, cell);
      continue;
    }
    const size_t begin = line.size();
    line.resize(begin + csv_write(nullptr, 0, cell.data(), cell.size()));
    csv_write(&line[begin], line.size() - begin, cell.data(), cell.size());
  }
  line.push_back('\n');
  return line;
}

}  // namespace repatriation
