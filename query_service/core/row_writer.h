// Writes the rows of an answer as bytes, from what a plan prepared: the same
// bytes as the messages' own code would write.
//
// Thread-safety: one thread at a time.
#ifndef QUERY_SERVICE_CORE_ROW_WRITER_H_
#define QUERY_SERVICE_CORE_ROW_WRITER_H_

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/io/coded_stream.h"
#include "query_service/core/grouping.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

class RowWriter {
 public:
  // Appends to `out`, which must outlive the writer. `by_sex` as in
  // FigureSum::ToProto.
  RowWriter(bool by_sex, std::string* out) : by_sex_(by_sex), out_(*out) {}
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;
  ~RowWriter() { Flush(); }

  // Appends what was added so far; nothing may be appended by others before.
  void Flush() {
    out_.append(buffer_, size_);
    size_ = 0;
  }

  // A v1::AggregateRow as GetAggregateResponse.rows. `prefix` holds its `group`.
  void AddAggregateRow(absl::string_view prefix, const CellTotal& figure) {
    static_assert(v1::GetAggregateResponse::kRowsFieldNumber == 3);
    static_assert(v1::AggregateRow::kFigureFieldNumber == 2);
    Add(prefix, TagOf(v1::AggregateRow::kFigureFieldNumber, kBytes), figure, 0, 0);
  }

  // A v1::TimelineRow as GetTimelineResponse.rows. `prefix` holds its
  // `bucket_start` and `group`.
  void AddTimelineRow(absl::string_view prefix, const CellTotal& figure, int64_t cumulative) {
    static_assert(v1::GetTimelineResponse::kRowsFieldNumber == 3);
    static_assert(v1::TimelineRow::kFigureFieldNumber == 3);
    Add(prefix, TagOf(v1::TimelineRow::kFigureFieldNumber, kBytes), figure,
        TagOf(v1::TimelineRow::kCumulativeHeadcountFieldNumber, kNumber), cumulative);
  }

 private:
  using Stream = google::protobuf::io::CodedOutputStream;
  // Wire types, https://protobuf.dev/programming-guides/encoding/#structure
  static constexpr uint8_t kNumber = 0;
  static constexpr uint8_t kBytes = 2;
  static constexpr size_t kBufferBytes = 4096;
  // Two tags, two lengths and three numbers with theirs, beside the prefix.
  static constexpr size_t kNumbersBytesMax = 64;

  // Field numbers up to 15 take one byte.
  static constexpr uint8_t TagOf(int field, uint8_t wire_type) {
    return static_cast<uint8_t>(field << 3 | wire_type);
  }
  // What is zero is not written.
  static size_t SizeOf(int64_t value) {
    return value == 0 ? 0 : 1 + Stream::VarintSize64(static_cast<uint64_t>(value));
  }
  static uint8_t* Write(uint8_t tag, int64_t value, uint8_t* at) {
    if (value == 0) return at;
    *at++ = tag;
    return Stream::WriteVarint64ToArray(static_cast<uint64_t>(value), at);
  }

  void Add(absl::string_view prefix, uint8_t figure_tag, const CellTotal& sum,
           uint8_t cumulative_tag, int64_t cumulative) {
    const int64_t headcount = sum.headcount;
    const int64_t events = by_sex_ ? sum.events : sum.whole_events;
    const size_t figure_bytes = SizeOf(headcount) + SizeOf(events);  // below 128
    const size_t row_bytes = prefix.size() + 2 + figure_bytes + SizeOf(cumulative);
    if (size_ + kNumbersBytesMax + prefix.size() > kBufferBytes) Flush();
    uint8_t* at = End();
    *at++ = TagOf(v1::GetAggregateResponse::kRowsFieldNumber, kBytes);
    at = Stream::WriteVarint64ToArray(row_bytes, at);
    if (prefix.size() + kNumbersBytesMax <= kBufferBytes) {
      at = std::copy(prefix.begin(), prefix.end(), at);
    } else {
      size_ = static_cast<size_t>(at - Begin());
      Flush();
      out_.append(prefix.data(), prefix.size());
      at = Begin();
    }
    *at++ = figure_tag;
    *at++ = static_cast<uint8_t>(figure_bytes);
    at = Write(TagOf(v1::Figure::kHeadcountFieldNumber, kNumber), headcount, at);
    at = Write(TagOf(v1::Figure::kEventsFieldNumber, kNumber), events, at);
    at = Write(cumulative_tag, cumulative, at);
    size_ = static_cast<size_t>(at - Begin());
  }

  uint8_t* Begin() { return reinterpret_cast<uint8_t*>(buffer_); }
  uint8_t* End() { return Begin() + size_; }

  const bool by_sex_;
  std::string& out_;
  // Rows go through it, since a string that grows row by row fills itself with
  // zeros first.
  char buffer_[kBufferBytes];
  size_t size_ = 0;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_ROW_WRITER_H_
