// CSV as in RFC 4180, read and written with libcsv
// (https://github.com/rgamble/libcsv): a byte order mark is skipped, lines may
// end in LF, CRLF or CR, empty lines are skipped, a quoted cell may contain line
// breaks, and white space is part of its cell.
#ifndef TOOLS_REPATCTL_FIELDS_CSV_ROWS_H_
#define TOOLS_REPATCTL_FIELDS_CSV_ROWS_H_

#include <csv.h>

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace repatriation {

// A longer row is malformed: most likely a quote is not closed. An event takes
// less than 4 KiB.
inline constexpr size_t kCsvRowBytesMax = 64 * 1024;

// One row.
struct CsvRow {
  // The line, from 1, on which the row begins.
  int64_t line = 0;
  // Unquoted, otherwise as written; any bytes.
  std::vector<std::string> cells;
  // Why the row could not be parsed; `cells` is then undefined. Empty: it could.
  std::string malformed;
};

// Reads row by row, with memory independent of the input's size. After a malformed
// row it resumes with the next line. Thread-compatible.
class CsvRowReader {
 public:
  // `input` must outlive the reader.
  explicit CsvRowReader(std::istream& input);
  ~CsvRowReader();
  CsvRowReader(const CsvRowReader&) = delete;
  CsvRowReader& operator=(const CsvRowReader&) = delete;

  // Reads the next row into `row`: true, or false at the end. DATA_LOSS if
  // reading from the input fails. Blocks on the input.
  absl::StatusOr<bool> Next(CsvRow& row);

  // Input bytes consumed so far.
  int64_t bytes_read() const { return bytes_read_; }

 private:
  static void OnCell(void* bytes, size_t size, void* reader);
  static void OnRowEnd(int terminator, void* reader);

  void InitParser();
  absl::Status Refill();
  // Takes the bytes through the next line break, or all that are buffered.
  absl::string_view TakeSegment();
  void Parse(absl::string_view segment);
  void CountLine(absl::string_view segment);
  void EndInput();
  // Ends the row as malformed and, unless at a line break, skips the rest of its
  // line.
  void FailRow(std::string why, bool at_line_break);

  std::istream& input_;
  csv_parser parser_;
  std::vector<char> buffer_;
  absl::string_view unparsed_;
  bool at_start_ = true;
  bool ended_ = false;
  int64_t bytes_read_ = 0;

  int64_t line_ = 1;
  bool after_cr_ = false;
  bool skipping_line_ = false;

  // The row being read.
  CsvRow row_;
  size_t row_bytes_ = 0;
  bool row_complete_ = false;
};

// Parses the value of a flag as the cells of one row: "SEN,BGD" or
// "\"Mopti, Sévaré\"". An empty text is one empty cell. INVALID_ARGUMENT if it is
// malformed or has more than one row.
absl::StatusOr<std::vector<std::string>> ParseCsvCells(absl::string_view text);

// The row, ending in LF; a cell is quoted only where necessary.
std::string CsvLine(absl::Span<const std::string> cells);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_FIELDS_CSV_ROWS_H_
