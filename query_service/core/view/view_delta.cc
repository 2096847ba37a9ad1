#include "query_service/core/view/view_delta.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ledger/byte_codec.h"

namespace repatriation {
namespace {

void PutCell(std::string& out, const CellKey& key) {
  for (const TextId text : {key.mission, key.country, key.site, key.destination_site, key.unit}) {
    PutVarint(out, text);
  }
  PutVarint(out, ZigZag(key.day));
  PutVarint(out, static_cast<uint64_t>(key.kind));
  PutVarint(out, static_cast<uint64_t>(key.category));
  PutVarint(out, static_cast<uint64_t>(key.sex));
  PutVarint(out, static_cast<uint64_t>(key.status));
  PutVarint(out, static_cast<uint64_t>(key.qualifier));
}

// Unspecified for a number out of range; the view refuses it.
template <typename E>
E ReadEnum(ByteReader& in) {
  const uint64_t number = in.Varint();
  return number <= INT32_MAX ? static_cast<E>(number) : E{};
}

CellKey ReadCell(ByteReader& in) {
  CellKey key;
  for (TextId* text : {&key.mission, &key.country, &key.site, &key.destination_site, &key.unit}) {
    *text = static_cast<TextId>(in.Varint());
  }
  key.day = static_cast<DayNumber>(UnZigZag(in.Varint()));
  key.kind = ReadEnum<v1::Kind>(in);
  key.category = ReadEnum<v1::Category>(in);
  key.sex = ReadEnum<v1::Sex>(in);
  key.status = ReadEnum<v1::EventStatus>(in);
  key.qualifier = static_cast<v1::Qualifier>(std::min<uint64_t>(in.Varint(), INT32_MAX));
  return key;
}

// `from` minus a distance; 0, which no entry has, if that is out of range.
Position ReadDistance(ByteReader& in, Position from) {
  const uint64_t distance = in.Varint();
  return distance < static_cast<uint64_t>(from) ? from - static_cast<Position>(distance) : 0;
}

// Reads a count and calls `read` that many times, or until the bytes run out.
template <typename Read>
void ReadAll(ByteReader& in, Read read) {
  const uint64_t count = in.Varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) read();
}

void ReadPostings(ByteReader& in, std::vector<Posting>& postings) {
  const uint64_t count = in.Varint();
  if (count > SIZE_MAX / sizeof(Posting)) {
    in.Bytes(SIZE_MAX);  // fails
    return;
  }
  const absl::string_view bytes = in.Bytes(count * sizeof(Posting));
  postings.resize(bytes.size() / sizeof(Posting));
  if (!bytes.empty()) std::memcpy(postings.data(), bytes.data(), bytes.size());
}

}  // namespace

std::string EncodeViewDelta(const ViewDelta& delta) {
  std::string out;
  PutVarint(out, ZigZag(delta.tail.recorded_time_us));
  out.append(reinterpret_cast<const char*>(delta.tail.hash.data()), delta.tail.hash.size());
  PutVarint(out, delta.texts.size());
  for (const std::string& text : delta.texts) {
    PutVarint(out, text.size());
    out += text;
  }
  PutVarint(out, delta.cells.size());
  for (const CellKey& key : delta.cells) PutCell(out, key);
  PutVarint(out, delta.postings.size());
  // As in memory, for speed: a start reads them all.
  static_assert(std::endian::native == std::endian::little);
  static_assert(std::is_trivially_copyable_v<Posting>);
  if (!delta.postings.empty()) {
    out.append(reinterpret_cast<const char*>(delta.postings.data()),
               delta.postings.size() * sizeof(Posting));
  }
  PutVarint(out, delta.corrections.size());
  for (const Correction& correction : delta.corrections) {
    PutVarint(out, static_cast<uint64_t>(delta.tail.position - correction.position));
    PutVarint(out, static_cast<uint64_t>(correction.position - correction.target));
    PutVarint(out, correction.voids() ? 0 : correction.position - correction.content + 1);
  }
  PutVarint(out, delta.records.size());
  for (const RecordAt& record : delta.records) {
    PutVarint(out, static_cast<uint64_t>(delta.tail.position - record.position));
    PutVarint(out, record.bytes.size());
    out += record.bytes;
  }
  return out;
}

absl::StatusOr<ViewDelta> DecodeViewDelta(Position position, absl::string_view bytes) {
  ByteReader in(bytes);
  ViewDelta delta;
  delta.tail.position = position;
  delta.tail.recorded_time_us = UnZigZag(in.Varint());
  const absl::string_view hash = in.Bytes(delta.tail.hash.size());
  if (!hash.empty()) std::memcpy(delta.tail.hash.data(), hash.data(), hash.size());
  ReadAll(in, [&] { delta.texts.emplace_back(in.Bytes(in.Varint())); });
  ReadAll(in, [&] { delta.cells.push_back(ReadCell(in)); });
  ReadPostings(in, delta.postings);
  ReadAll(in, [&] {
    Correction correction;
    correction.position = ReadDistance(in, position);
    correction.target = ReadDistance(in, correction.position);
    const uint64_t content = in.Varint();
    if (content > static_cast<uint64_t>(correction.position)) in.Bytes(SIZE_MAX);  // fails
    if (content > 0) correction.content = correction.position - static_cast<Position>(content - 1);
    delta.corrections.push_back(correction);
  });
  ReadAll(in, [&] {
    RecordAt record;
    record.position = ReadDistance(in, position);
    record.bytes = std::string(in.Bytes(in.Varint()));
    delta.records.push_back(std::move(record));
  });
  if (!in.ok() || !in.at_end()) {
    return absl::DataLossError(
        absl::StrCat("the view delta at position ", position, " is damaged"));
  }
  return delta;
}

}  // namespace repatriation
