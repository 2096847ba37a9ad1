#include "tools/repatctl/import/event_ids.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/crypto/sha256.h"
#include "common/domain/enum_names.h"
#include "tools/repatctl/fields/event_columns.h"

namespace repatriation {
namespace {

constexpr size_t kIdBytes = 16;

bool IsEvent(const google::protobuf::Message& message) {
  return message.GetDescriptor() == v1::Event::descriptor();
}

void AppendPrefixed(absl::string_view text, std::string& content) {
  absl::StrAppend(&content, text.size(), ":", text);
}

std::string CanonicalContent(const MessageColumns& columns,
                             const google::protobuf::Message& message) {
  std::string content;
  for (const size_t column : columns.content()) {
    const std::string text = columns.Text(message, column);
    if (text.empty()) continue;
    AppendPrefixed(columns.names()[column], content);
    AppendPrefixed(text, content);
  }
  return content;
}

// What is hashed before the ordinal. Records of two kinds may have the same fields,
// so the type's name is part of it.
std::string HashedContent(const MessageColumns& columns, const google::protobuf::Message& message) {
  std::string content = CanonicalContent(columns, message);
  if (IsEvent(message)) return content;
  return absl::StrCat(message.GetDescriptor()->name(), "#", content);
}

Sha256Digest DigestOf(absl::string_view content, int64_t ordinal) {
  return Sha256(absl::StrCat(content, "#", ordinal));
}

std::string EntryId(const google::protobuf::Message& message, const Sha256Digest& digest) {
  const absl::string_view bytes(reinterpret_cast<const char*>(digest.data()), kIdBytes);
  return absl::StrCat(IsEvent(message) ? "csv-" : "rec-", Hex(bytes));
}

std::string CorrectionId(absl::string_view what, absl::string_view event_id,
                         absl::string_view reason, absl::string_view content) {
  std::string hashed = absl::StrCat(what, "#");
  AppendPrefixed(event_id, hashed);
  AppendPrefixed(reason, hashed);
  absl::StrAppend(&hashed, content);
  return absl::StrCat("cor-", Sha256Hex(hashed).substr(0, 2 * kIdBytes));
}

}  // namespace

std::string DerivedEventId(const v1::Event& event, int64_t ordinal) {
  return EntryId(event, DigestOf(HashedContent(ColumnsOf<v1::Event>(), event), ordinal));
}

std::string DerivedMovementId(absl::string_view series, const v1::Event& event) {
  std::string hashed = "movement#";
  AppendPrefixed(event.mission(), hashed);
  AppendPrefixed(series, hashed);
  AppendPrefixed(event.country(), hashed);
  AppendPrefixed(EnumName(event.category()), hashed);
  AppendPrefixed(event.day(), hashed);
  return EntryId(event, Sha256(hashed));
}

std::string DerivedCorrectionId(absl::string_view event_id, absl::string_view reason,
                                const v1::Event* content) {
  if (content == nullptr) return CorrectionId("void", event_id, reason, "");
  return CorrectionId("amend", event_id, reason,
                      CanonicalContent(ColumnsOf<v1::Event>(), *content));
}

std::string DerivedReleaseId(absl::string_view event_id, absl::string_view reason) {
  return CorrectionId("release", event_id, reason, "");
}

std::string IdSequence::IdFor(const google::protobuf::Message& message) {
  const std::string content = HashedContent(columns_, message);
  const Sha256Digest first = DigestOf(content, 0);
  Key key;
  static_assert(sizeof(key) == kIdBytes);
  std::memcpy(&key, first.data(), sizeof(key));
  if (seen_.insert(key).second) return EntryId(message, first);
  return EntryId(message, DigestOf(content, ++repeated_[key]));
}

}  // namespace repatriation
