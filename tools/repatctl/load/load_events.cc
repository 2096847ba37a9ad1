#include "tools/repatctl/load/load_events.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/wire_tag.h"
#include "common/domain/country.h"
#include "common/domain/day.h"
#include "common/ledger/byte_codec.h"
#include "repatriation/v1/ingest_service.pb.h"

namespace repatriation {
namespace {

constexpr uint64_t kCountries = 120;
constexpr uint64_t kCategories = 8;
constexpr uint64_t kContingentsMax = 4;  // per country
constexpr uint64_t kContingentsSeed = 1;
constexpr int kDays = 730;
constexpr uint64_t kHeadcounts = 200;  // 1 to 200
constexpr size_t kIdBytes = 32;
constexpr char kEventIdTag = BytesTag(v1::Event::kEventIdFieldNumber);
constexpr char kEventTag = BytesTag(v1::Submission::kEventFieldNumber);
constexpr char kSubmissionTag = BytesTag(v1::StreamEventsRequest::kSubmissionsFieldNumber);
constexpr absl::string_view kMissionPrefix = "LOAD-";
constexpr absl::string_view kSource = "repatctl load (synthetic)";
constexpr absl::string_view kFirstDay = "2022-01-01";
constexpr absl::string_view kSites[] = {"Aguelhok",  "Ansongo",  "Bamako",  "Ber",    "Douentza",
                                        "Gao",       "Goundam",  "Kidal",   "Menaka", "Mopti",
                                        "Ogossagou", "Tessalit", "Timbuktu"};

// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
// Generators", 2014): a stateless hash of two numbers.
uint64_t Mix(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// Extracts a number below `bound` from `random`, which is enough for a few draws.
uint64_t Draw(uint64_t& random, uint64_t bound) {
  const uint64_t drawn = random % bound;
  random /= bound;
  return drawn;
}

// People of one country, of one category, at one site.
struct Contingent {
  std::string country;
  v1::Category category;
  std::string site;
};

// Adds the contingents of country `number`, which do not depend on the seed: all
// runs have the same cells.
void AddContingents(const std::string& country, uint64_t number,
                    std::vector<Contingent>& contingents) {
  uint64_t random = Mix(kContingentsSeed, number);
  std::set<std::pair<uint64_t, uint64_t>> pairs;
  for (uint64_t wanted = 1 + Draw(random, kContingentsMax); pairs.size() < wanted;) {
    const uint64_t category = Draw(random, kCategories);
    const uint64_t site = Draw(random, std::size(kSites));
    // Equal pairs would be one contingent.
    if (!pairs.emplace(category, site).second) continue;
    contingents.push_back(
        {country, static_cast<v1::Category>(1 + category), std::string(kSites[site])});
  }
}

// For the first country codes in alphabetical order.
std::vector<Contingent> MakeContingents() {
  std::vector<Contingent> contingents;
  uint64_t countries = 0;
  std::string code = "AAA";
  for (code[0] = 'A'; code[0] <= 'Z'; ++code[0]) {
    for (code[1] = 'A'; code[1] <= 'Z'; ++code[1]) {
      for (code[2] = 'A'; code[2] <= 'Z' && countries < kCountries; ++code[2]) {
        if (IsCountryCode(code)) AddContingents(code, countries++, contingents);
      }
    }
  }
  return contingents;
}

std::vector<std::string> MakeDays() {
  std::vector<std::string> days;
  const DayNumber first = *ParseDay(kFirstDay);
  for (int day = 0; day < kDays; ++day) days.push_back(FormatDay(first + day));
  return days;
}

const std::vector<Contingent>& Contingents() {
  static const auto& contingents = *new std::vector<Contingent>(MakeContingents());
  return contingents;
}

const std::vector<std::string>& Days() {
  static const auto& days = *new std::vector<std::string>(MakeDays());
  return days;
}

// Writes the 16 hexadecimal digits of `number` to `text`.
void WriteHex(uint64_t number, char* text) {
  for (int digit = 15; digit >= 0; --digit, number >>= 4) {
    text[digit] = "0123456789abcdef"[number & 15];
  }
}

// Writes the id of event `index`, kIdBytes long.
void WriteId(uint64_t seed, uint64_t index, char* text) {
  WriteHex(Mix(seed, 2 * index), text);
  WriteHex(Mix(~seed, 2 * index + 1), text + 16);
}

// The random parts of an event, apart from its id.
struct Choice {
  size_t contingent;
  size_t day;
  int32_t headcount;
};

Choice Choose(uint64_t seed, uint64_t index) {
  uint64_t random = Mix(seed ^ 0x5eedULL, index);
  Choice choice;
  choice.contingent = Draw(random, Contingents().size());
  choice.day = Draw(random, Days().size());
  choice.headcount = static_cast<int32_t>(1 + Draw(random, kHeadcounts));
  return choice;
}

// The wire format of an event whose fields `fill` sets.
template <typename Fill>
std::string WireOf(Fill fill) {
  v1::Event event;
  fill(event);
  return event.SerializeAsString();
}

template <typename Fill>
std::vector<std::string> WiresOf(size_t count, Fill fill) {
  std::vector<std::string> wires;
  for (size_t i = 0; i < count; ++i) {
    wires.push_back(WireOf([&](v1::Event& event) { fill(i, event); }));
  }
  return wires;
}

}  // namespace

std::string LoadMission(uint64_t seed) { return absl::StrCat(kMissionPrefix, seed); }

void FillLoadEvent(uint64_t seed, uint64_t index, v1::Event& event) {
  std::string& id = *event.mutable_event_id();
  id.resize(kIdBytes);
  WriteId(seed, index, &id[0]);
  const Choice choice = Choose(seed, index);
  const Contingent& contingent = Contingents()[choice.contingent];
  std::string& mission = *event.mutable_mission();
  mission.assign(kMissionPrefix.data(), kMissionPrefix.size());
  absl::StrAppend(&mission, seed);
  event.set_kind(v1::KIND_REPATRIATION);
  event.set_category(contingent.category);
  event.set_country(contingent.country);
  event.set_site(contingent.site);
  event.set_day(Days()[choice.day]);
  event.set_headcount(choice.headcount);
  // set_source() would construct a temporary string.
  event.mutable_source()->assign(kSource.data(), kSource.size());
}

LoadEventWriter::LoadEventWriter(uint64_t seed)
    : seed_(seed),
      mission_(WireOf([seed](v1::Event& event) {
        event.set_mission(LoadMission(seed));
        event.set_kind(v1::KIND_REPATRIATION);
      })),
      source_(WireOf([](v1::Event& event) { event.set_source(std::string(kSource)); })),
      days_(WiresOf(Days().size(), [](size_t i, v1::Event& event) { event.set_day(Days()[i]); })),
      contingents_(WiresOf(Contingents().size(),
                           [](size_t i, v1::Event& event) {
                             const Contingent& contingent = Contingents()[i];
                             event.set_category(contingent.category);
                             event.set_country(contingent.country);
                             event.set_site(contingent.site);
                           })),
      headcounts_(WiresOf(kHeadcounts, [](size_t i, v1::Event& event) {
        event.set_headcount(static_cast<int32_t>(1 + i));
      })) {}

// Concatenated messages in wire format are parsed as one merged message, so an event
// is the concatenation of its parts. They follow the field numbers, so the bytes are
// those that protobuf writes.
int32_t LoadEventWriter::Append(uint64_t index, std::string& request) const {
  const Choice choice = Choose(seed_, index);
  char id[2 + kIdBytes] = {kEventIdTag, kIdBytes};
  WriteId(seed_, index, id + 2);
  const absl::string_view parts[] = {absl::string_view(id, sizeof(id)),
                                     mission_,
                                     days_[choice.day],
                                     contingents_[choice.contingent],
                                     headcounts_[static_cast<size_t>(choice.headcount - 1)],
                                     source_};
  size_t size = 0;
  for (const absl::string_view part : parts) size += part.size();
  std::string event_head(1, kEventTag);
  PutVarint(event_head, size);
  request.push_back(kSubmissionTag);
  PutVarint(request, event_head.size() + size);
  request += event_head;
  for (const absl::string_view part : parts) request.append(part.data(), part.size());
  return choice.headcount;
}

}  // namespace repatriation
