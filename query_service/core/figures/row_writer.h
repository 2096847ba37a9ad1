// Encodes the rows of an answer from the prefixes of a plan, byte-identical to
// protobuf's own serialisation.
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
  // REQUIRES: this many bytes after every prefix below are readable.
  static constexpr size_t kPrefixPaddingBytes = 64;

  // Appends to `out`, which must outlive the writer. `by_sex` as in
  // FigureSum::ToProto.
  RowWriter(bool by_sex, std::string* out) : by_sex_(by_sex), out_(*out) {}
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;
  ~RowWriter() { Flush(); }

  // Appends the rows added so far. Call before anybody else appends to `out`.
  void Flush() {
    out_.append(buffer_, size_);
    size_ = 0;
  }

  // A v1::AggregateRow of GetAggregateResponse.rows. `prefix` is its encoded `group`,
  // `suffix` the fields after its figure (usually none).
  void AddAggregateRow(absl::string_view prefix, const CellTotal& figure,
                       absl::string_view suffix) {
    static_assert(v1::GetAggregateResponse::kRowsFieldNumber == 3);
    static_assert(v1::AggregateRow::kFigureFieldNumber == 2);
    Add(prefix, BytesTag(v1::AggregateRow::kFigureFieldNumber), figure, 0, 0, suffix);
  }

  // A v1::TimelineRow of GetTimelineResponse.rows. `prefix` is its encoded
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
  // With a prefix of at most this size, the length of a row takes one byte.
  static constexpr size_t kShortPrefixBytes = 64;
  static_assert(kShortPrefixBytes + kNumbersBytesMax < 128);
  static_assert(kShortPrefixBytes <= kPrefixPaddingBytes);

  // Zeros are not written.
  static uint8_t* Write(uint8_t tag, int64_t value, uint8_t* at) {
    if (value == 0) return at;
    *at++ = tag;
    return Stream::WriteVarint64ToArray(static_cast<uint64_t>(value), at);
  }

  // Writes what follows the prefix.
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
    // memcpy of a constant size is inlined; others are calls.
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
  // Buffers rows, since resizing a string row by row would zero-fill it first.
  char buffer_[kBufferBytes];
  size_t size_ = 0;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_ROW_WRITER_H_
