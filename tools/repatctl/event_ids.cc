#include "tools/repatctl/event_ids.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "tools/repatctl/event_columns.h"

namespace repatriation {
namespace {

constexpr size_t kIdBytes = 16;

void AppendPrefixed(absl::string_view text, std::string& content) {
  absl::StrAppend(&content, text.size(), ":", text);
}

// Indexes of the columns that make up the content, sorted by name.
const std::vector<size_t>& ContentColumns() {
  static const auto* const sorted = [] {
    const auto& names = EventColumns();
    auto* made = new std::vector<size_t>;
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] != "event_id") made->push_back(i);
    }
    std::sort(made->begin(), made->end(),
              [&names](size_t a, size_t b) { return names[a] < names[b]; });
    return made;
  }();
  return *sorted;
}

std::string CanonicalContent(const v1::Event& event) {
  std::string content;
  for (const size_t column : ContentColumns()) {
    const std::string text = EventFieldText(event, column);
    if (text.empty()) continue;
    AppendPrefixed(EventColumns()[column], content);
    AppendPrefixed(text, content);
  }
  return content;
}

Sha256Digest DigestOf(absl::string_view content, int64_t ordinal) {
  return Sha256(absl::StrCat(content, "#", ordinal));
}

std::string EventId(const Sha256Digest& digest) {
  const absl::string_view bytes(reinterpret_cast<const char*>(digest.data()), kIdBytes);
  return absl::StrCat("csv-", Hex(bytes));
}

}  // namespace

std::string DerivedEventId(const v1::Event& event, int64_t ordinal) {
  return EventId(DigestOf(CanonicalContent(event), ordinal));
}

std::string DerivedCorrectionId(absl::string_view event_id, absl::string_view reason,
                                const v1::Event* content) {
  std::string hashed = content == nullptr ? "void#" : "amend#";
  AppendPrefixed(event_id, hashed);
  AppendPrefixed(reason, hashed);
  if (content != nullptr) absl::StrAppend(&hashed, CanonicalContent(*content));
  return absl::StrCat("cor-", Sha256Hex(hashed).substr(0, 2 * kIdBytes));
}

std::string EventIdSequence::IdFor(const v1::Event& event) {
  const std::string content = CanonicalContent(event);
  const Sha256Digest first = DigestOf(content, 0);
  Key key;
  static_assert(sizeof(key) == kIdBytes);
  std::memcpy(&key, first.data(), sizeof(key));
  if (seen_.insert(key).second) return EventId(first);
  return EventId(DigestOf(content, ++repeated_[key]));
}

}  // namespace repatriation
