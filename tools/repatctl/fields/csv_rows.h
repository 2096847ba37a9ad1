// Comma-separated values after RFC 4180, read and written with libcsv
// (https://github.com/rgamble/libcsv): a byte order mark is skipped, lines may
// end in LF, CRLF or CR, empty lines are skipped, a quoted cell may hold line
// breaks, and white space belongs to its cell.
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

// A row longer than this is malformed: most likely a quote was left open. An
// event takes less than 4 KiB.
inline constexpr size_t kCsvRowBytesMax = 64 * 1024;

// One row.
struct CsvRow {
  // The line, from 1, on which the row begins.
  int64_t line = 0;
  // As written, quotes resolved; any bytes.
  std::vector<std::string> cells;
  // Empty, or why the row could not be read; `cells` then mean nothing.
  std::string malformed;
};

// Reads row after row, in memory that does not grow with the input. After a
// malformed row it goes on with the next line, as every later row can still be
// right. Thread-compatible.
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

  // Input bytes that the rows so far took up.
  int64_t bytes_read() const { return bytes_read_; }

 private:
  static void OnCell(void* bytes, size_t size, void* reader);
  static void OnRowEnd(int terminator, void* reader);

  void InitParser();
  absl::Status Refill();
  // Up to and including the next line break, or what the buffer holds.
  absl::string_view TakeSegment();
  void Parse(absl::string_view segment);
  void CountLine(absl::string_view segment);
  void EndInput();
  // Gives up the row so far and, unless at a line break, the rest of its line.
  void Abandon(std::string why, bool at_line_break);

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

// The cells of one row, as a flag gives them: "SEN,BGD" or "\"Mopti, Sévaré\"".
// An empty text is one empty cell. INVALID_ARGUMENT if it is malformed or
// more than one row.
absl::StatusOr<std::vector<std::string>> ParseCsvCells(absl::string_view text);

// The row with LF at its end; a cell is quoted only where it must be.
std::string CsvLine(absl::Span<const std::string> cells);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_FIELDS_CSV_ROWS_H_
