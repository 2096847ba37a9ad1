// Reads an event file: CSV with one header line that names the columns
// (EventColumns()) in any order, and one event a row.
//
// A row that the schema cannot carry is given back with the reason, and
// reading goes on; whether an event makes sense is the ingest service's to
// say. An event without an id gets one derived from its content.
#ifndef TOOLS_REPATCTL_CSV_EVENTS_H_
#define TOOLS_REPATCTL_CSV_EVENTS_H_

#include <cstdint>
#include <istream>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "repatriation/v1/event.pb.h"
#include "tools/repatctl/csv_rows.h"
#include "tools/repatctl/event_columns.h"
#include "tools/repatctl/event_ids.h"

namespace repatriation {

// One row.
struct EventRow {
  // The line, from 1, on which the row begins.
  int64_t line = 0;
  // Its event, with an id; meaningless with an error.
  v1::Event event;
  // Why it is none. Reasons: REQUIRED, those of SetEventField(), and for the
  // field "row" WRONG_NUMBER_OF_FIELDS and MALFORMED_CSV.
  absl::optional<FieldError> error;
};

// Thread-compatible. Keeps 16 bytes for each distinct event that came without
// an id, and otherwise nothing of the rows that it has given back.
class EventFileReader {
 public:
  // Reads the header; `input` must outlive the reader. INVALID_ARGUMENT: no
  // header, or one with an unknown, repeated or missing column, all of which
  // are named. DATA_LOSS: reading from the input failed.
  static absl::StatusOr<std::unique_ptr<EventFileReader>> Open(std::istream& input);

  // Reads the next row into `row`: true, or false at the end. DATA_LOSS if
  // reading from the input fails. Blocks on the input.
  absl::StatusOr<bool> Next(EventRow& row);

  // Input bytes that the rows so far took up.
  int64_t bytes_read() const { return rows_.bytes_read(); }

 private:
  explicit EventFileReader(std::istream& input) : rows_(input) {}

  absl::Status ReadHeader();
  absl::optional<FieldError> ToEvent(const CsvRow& row, v1::Event& event);

  CsvRowReader rows_;
  CsvRow row_;
  // Index into EventColumns() for each column of the file.
  std::vector<size_t> columns_;
  EventIdSequence ids_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CSV_EVENTS_H_
