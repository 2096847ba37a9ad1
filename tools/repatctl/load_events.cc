#include "tools/repatctl/load_events.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/domain/country.h"
#include "common/domain/day.h"

namespace repatriation {
namespace {

constexpr int kCountries = 120;
constexpr int kDays = 730;
constexpr absl::string_view kFirstDay = "2022-01-01";
constexpr absl::string_view kSites[] = {"Aguelhok",  "Ansongo",  "Bamako",  "Ber",    "Douentza",
                                        "Gao",       "Goundam",  "Kidal",   "Menaka", "Mopti",
                                        "Ogossagou", "Tessalit", "Timbuktu"};

// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
// Generators", 2014): a good mix of any two numbers, without a state.
uint64_t Mix(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// The first codes of ISO 3166, in order.
std::vector<std::string> MakeCountries() {
  std::vector<std::string> countries;
  std::string code = "AAA";
  for (code[0] = 'A'; code[0] <= 'Z'; ++code[0]) {
    for (code[1] = 'A'; code[1] <= 'Z'; ++code[1]) {
      for (code[2] = 'A'; code[2] <= 'Z' && countries.size() < kCountries; ++code[2]) {
        if (IsCountryCode(code)) countries.push_back(code);
      }
    }
  }
  return countries;
}

std::vector<std::string> MakeDays() {
  std::vector<std::string> days;
  const DayNumber first = *ParseDay(kFirstDay);
  for (int day = 0; day < kDays; ++day) days.push_back(FormatDay(first + day));
  return days;
}

void AppendHex(uint64_t number, std::string& text) {
  for (int shift = 60; shift >= 0; shift -= 4)
    text.push_back("0123456789abcdef"[number >> shift & 15]);
}

}  // namespace

std::string LoadMission(uint64_t seed) { return absl::StrCat("LOAD-", seed); }

void FillLoadEvent(uint64_t seed, uint64_t index, v1::Event& event) {
  static const auto& countries = *new std::vector<std::string>(MakeCountries());
  static const auto& days = *new std::vector<std::string>(MakeDays());
  std::string& id = *event.mutable_event_id();
  id.clear();
  AppendHex(Mix(seed, 2 * index), id);
  AppendHex(Mix(~seed, 2 * index + 1), id);
  uint64_t random = Mix(seed ^ 0x5eedULL, index);
  const auto draw = [&random](uint64_t bound) {
    const uint64_t drawn = random % bound;
    random /= bound;
    return drawn;
  };
  event.set_mission(LoadMission(seed));
  event.set_kind(v1::KIND_REPATRIATION);
  event.set_category(static_cast<v1::Category>(1 + draw(8)));
  event.set_country(countries[draw(kCountries)]);
  const absl::string_view site = kSites[draw(std::size(kSites))];
  event.mutable_site()->assign(site.data(), site.size());
  event.set_day(days[draw(kDays)]);
  event.set_headcount(static_cast<int32_t>(1 + draw(200)));
  event.set_source("repatctl load (synthetic)");
}

}  // namespace repatriation
