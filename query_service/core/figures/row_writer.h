// Writes the rows of an answer as bytes, from what a plan prepared: the same
// bytes as the messages' own code would write.
//
// Thread-safety: one thread at a time.
#ifndef QUERY_SERVICE_CORE_FIGURES_ROW_WRITER_H_
#define QUERY_SERVICE_CORE_FIGURES_ROW_WRITER_H_

#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "common/base/wire_tag.h"
#include "google/protobuf/io/coded_stream.h"
#include "query_service/core/selection/grouping.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

class RowWriter {
 public:
  // REQUIRES of every prefix below: so much behind it may be read, too.
  static constexpr size_t kPrefixPaddingBytes = 64;

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

  // A v1::AggregateRow as GetAggregateResponse.rows. `prefix` holds its `group`,
  // `suffix` the fields after its figure (usually none).
  void AddAggregateRow(absl::string_view prefix, const CellTotal& figure,
                       absl::string_view suffix) {
    static_assert(v1::GetAggregateResponse::kRowsFieldNumber == 3);
    static_assert(v1::AggregateRow::kFigureFieldNumber == 2);
    Add(prefix, BytesTag(v1::AggregateRow::kFigureFieldNumber), figure, 0, 0, suffix);
  }

  // A v1::TimelineRow as GetTimelineResponse.rows. `prefix` holds its
  // `bucket_start` and `group`, `suffix` the fields after its cumulative headcount.
  void AddTimelineRow(absl::string_view prefix, const CellTotal& figure, int64_t cumulative,
                      absl::string_view suffix) {
    static_assert(v1::GetTimelineResponse::kRowsFieldNumber == 3);
    static_assert(v1::TimelineRow::kFigureFieldNumber == 3);
    Add(prefix, BytesTag(v1::TimelineRow::kFigureFieldNumber), figure,
        VarintTag(v1::TimelineRow::kCumulativeHeadcountFieldNumber), cumulative, suffix);
  }

 private:
  using Stream = google::protobuf::io::CodedOutputStream;
  static constexpr size_t kBufferBytes = 4096;
  // A tag, a length, and three numbers of up to ten bytes with their tags.
  static constexpr size_t kNumbersBytesMax = 35;
  // A row of at most so much beside its numbers has a length of one byte.
  static constexpr size_t kShortPrefixBytes = 64;
  static_assert(kShortPrefixBytes + kNumbersBytesMax < 128);
  static_assert(kShortPrefixBytes <= kPrefixPaddingBytes);

  // What is zero is not written.
  static uint8_t* Write(uint8_t tag, int64_t value, uint8_t* at) {
    if (value == 0) return at;
    *at++ = tag;
    return Stream::WriteVarint64ToArray(static_cast<uint64_t>(value), at);
  }

  // What follows the prefix.
  uint8_t* WriteNumbers(uint8_t figure_tag, const CellTotal& sum, uint8_t cumulative_tag,
                        int64_t cumulative, uint8_t* at) const {
    *at++ = figure_tag;
    uint8_t* const figure_length = at++;
    at = Write(VarintTag(v1::Figure::kHeadcountFieldNumber), sum.headcount, at);
    at = Write(VarintTag(v1::Figure::kEventsFieldNumber), by_sex_ ? sum.events : sum.whole_events,
               at);
    *figure_length = static_cast<uint8_t>(at - figure_length - 1);
    return Write(cumulative_tag, cumulative, at);
  }

  void Add(absl::string_view prefix, uint8_t figure_tag, const CellTotal& sum,
           uint8_t cumulative_tag, int64_t cumulative, absl::string_view suffix) {
    if (prefix.size() > kShortPrefixBytes || !suffix.empty()) {
      return AddLong(prefix, figure_tag, sum, cumulative_tag, cumulative, suffix);
    }
    if (size_ + 2 + kShortPrefixBytes + kNumbersBytesMax > kBufferBytes) Flush();
    uint8_t* at = reinterpret_cast<uint8_t*>(buffer_) + size_;
    *at++ = BytesTag(v1::GetAggregateResponse::kRowsFieldNumber);
    uint8_t* const row_length = at++;
    // Copies of a fixed size are a few instructions, others a call.
    constexpr size_t kHalf = kShortPrefixBytes / 2;
    std::memcpy(at, prefix.data(), kHalf);
    if (prefix.size() > kHalf) std::memcpy(at + kHalf, prefix.data() + kHalf, kHalf);
    at = WriteNumbers(figure_tag, sum, cumulative_tag, cumulative, at + prefix.size());
    *row_length = static_cast<uint8_t>(at - row_length - 1);
    size_ = static_cast<size_t>(at - reinterpret_cast<uint8_t*>(buffer_));
  }

  void AddLong(absl::string_view prefix, uint8_t figure_tag, const CellTotal& sum,
               uint8_t cumulative_tag, int64_t cumulative, absl::string_view suffix) {
    uint8_t numbers[kNumbersBytesMax];
    const auto numbers_bytes = static_cast<size_t>(
        WriteNumbers(figure_tag, sum, cumulative_tag, cumulative, numbers) - numbers);
    uint8_t head[11] = {BytesTag(v1::GetAggregateResponse::kRowsFieldNumber)};
    const auto head_bytes = static_cast<size_t>(
        Stream::WriteVarint64ToArray(prefix.size() + numbers_bytes + suffix.size(), head + 1) -
        head);
    Flush();
    out_.append(reinterpret_cast<const char*>(head), head_bytes);
    out_.append(prefix.data(), prefix.size());
    out_.append(reinterpret_cast<const char*>(numbers), numbers_bytes);
    out_.append(suffix.data(), suffix.size());
  }

  const bool by_sex_;
  std::string& out_;
  // Rows go through it, since a string that grows row by row fills itself with
  // zeros first.
  char buffer_[kBufferBytes];
  size_t size_ = 0;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_ROW_WRITER_H_
