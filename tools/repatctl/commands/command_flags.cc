#include "tools/repatctl/commands/command_flags.h"

#include <CLI/Validators.hpp>
#include <cstdint>
#include <limits>

#include "common/domain/enum_names.h"

namespace repatriation {
namespace {

constexpr char kListNote[] =
    "\nLists are comma-separated (quote a value that holds a comma, as in CSV) and flags may be\n"
    "repeated. The word `unspecified` stands for events that do not say.";

// A flag that takes one argument each time it is given; by itself CLI11 would
// also take the words that follow.
void AddListFlag(CLI::App& command, const char* name, const std::string& type,
                 const std::string& help, std::vector<std::string>& values) {
  command.add_option(name, values, help)
      ->type_name(type)
      ->type_size(1)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group("Filter");
}

// `words`, a few a line: CLI11 does not break lines.
std::string WordList(const std::vector<std::string>& words) {
  static constexpr size_t kColumnsMax = 60;
  std::string list;
  size_t line_begin = 0;
  for (const std::string& word : words) {
    const bool fits = list.size() - line_begin + word.size() <= kColumnsMax;
    if (!list.empty()) list.append(fits ? ", " : ",\n");
    if (!fits) line_begin = list.size();
    list.append(word);
  }
  return list;
}

void AddPeopleFlags(CLI::App& command, std::vector<std::string>& category,
                    std::vector<std::string>& country, std::vector<std::string>& site) {
  AddListFlag(command, "--category", "WORD,...", WordList(EnumNames<v1::Category>()), category);
  AddListFlag(command, "--country", "ISO3,...", "Contributing countries, ISO 3166-1 alpha-3",
              country);
  AddListFlag(command, "--site", "NAME,...", "Sites", site);
}

struct EventFlagHelp {
  const char* name;
  const char* type;
  const char* help;
  bool required;
};

constexpr EventFlagHelp kEventFlags[] = {
    {"event_id", "ID", "Permanent and unique; derived from the content if not given", false},
    {"mission", "ACRONYM", "UN operation, such as MINUSMA", true},
    {"kind", "WORD", "repatriation, relocation, arrival, separation or death", true},
    {"day", "DAY", "Civil date at the mission, YYYY-MM-DD", true},
    {"category", "WORD", "Leaf category, such as contingent_troops", true},
    {"country", "ISO3", "Contributing country, ISO 3166-1 alpha-3", false},
    {"site", "NAME", "Site left, or reached by an arrival", false},
    {"destination_site", "NAME", "Site reached by a relocation", false},
    {"unit", "NAME", "Contingent or unit", false},
    {"headcount", "N", "Number of people, 1 to 100,000", true},
    {"female", "N", "How many of them are women; not given: not known, which is not 0", false},
    {"movement_ref", "TEXT", "Flight, convoy or manifest", false},
    {"source", "TEXT", "Where the record comes from", false},
    {"qualifier", "WORD", "exact, about, nearly, more_than or less_than", false},
    {"status", "WORD", "actual or planned; not given: it happened", false},
};

// A field that the schema has gained is offered also without a help text here.
EventFlagHelp HelpOf(const std::string& name) {
  for (const EventFlagHelp& help : kEventFlags) {
    if (name == help.name) return help;
  }
  return {name.c_str(), "TEXT", "", false};
}

}  // namespace

void AddFilterFlags(CLI::App& command, FilterFlags& flags) {
  AddListFlag(command, "--mission", "ACRONYM,...", "Mission acronyms", flags.mission);
  AddListFlag(command, "--kind", "WORD,...",
              WordList(EnumNames<v1::Kind>()) +
                  " or all.\nNot given: repatriations in a figure, every kind in `events`",
              flags.kind);
  AddPeopleFlags(command, flags.category, flags.country, flags.site);
  AddListFlag(command, "--destination_site", "NAME,...", "Destination sites of relocations",
              flags.destination_site);
  AddListFlag(command, "--unit", "NAME,...", "Contingents or units", flags.unit);
  AddListFlag(command, "--status", "WORD,...",
              WordList(EnumNames<v1::EventStatus>()) +
                  " or all.\nNot given: what happened in a figure, everything in `events`",
              flags.status);
  command.add_option("--sex", flags.sex, "Count only people of this sex, where known")
      ->type_name("WORD")
      ->check(CLI::IsMember(EnumNames<v1::Sex>()))
      ->group("Filter");
  AddDayFlags(command, flags.from, flags.to);
  command.footer(command.get_footer() + kListNote);
}

void AddDrawdownFlags(CLI::App& command, DrawdownFlags& flags) {
  AddMissionFlag(command, flags.mission);
  command
      .add_option("--as_of", flags.as_of,
                  "Count through this day, YYYY-MM-DD. Not given: the last day of an event")
      ->type_name("DAY")
      ->group("Filter");
  AddPeopleFlags(command, flags.category, flags.country, flags.site);
  CLI::Option& category = *command.get_option("--category");
  category.description(category.get_description() + ".\nNot given: uniformed");
  command
      .add_option("--baseline_series", flags.baseline_series,
                  "Measure from a table of this series, such as un-monthly")
      ->type_name("NAME")
      ->group("Baseline");
  command
      .add_option("--baseline_day", flags.baseline_day,
                  "Measure from the table of this day. Not given: the latest before the drawdown")
      ->type_name("DAY")
      ->group("Baseline");
  command
      .add_option("--pace_window", flags.pace_window_days,
                  "Days over which pace is measured, 1 to 366. Not given: 28")
      ->type_name("DAYS")
      ->check(CLI::Range(1, 366).description(""))
      ->group("Output");
  command.footer(command.get_footer() + kListNote);
}

void AddMissionFlag(CLI::App& command, std::string& mission) {
  command.add_option("MISSION,--mission", mission, "Mission acronym")
      ->type_name("ACRONYM")
      ->required()
      ->group("Filter");
}

void AddDayFlags(CLI::App& command, std::string& from, std::string& to) {
  command.add_option("--from", from, "First day, YYYY-MM-DD")->type_name("DAY")->group("Filter");
  command.add_option("--to", to, "The day after the last one")->type_name("DAY")->group("Filter");
}

void AddReadFlags(CLI::App& command, ReadFlags& flags) {
  command
      .add_option("--known_at", flags.known_at,
                  "Answer as known at a ledger position, or at a time after RFC 3339\n"
                  "(2023-09-05T00:00:00Z)")
      ->type_name("POSITION|TIME")
      ->group("State of the ledger");
  AddMinPositionFlag(command, flags.min_position);
}

void AddMinPositionFlag(CLI::App& command, int64_t& min_position) {
  command
      .add_option("--min_position", min_position,
                  "Wait until the query service has applied this position")
      ->type_name("N")
      ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max()).description(""))
      ->group("State of the ledger");
}

void AddGroupByFlag(CLI::App& command, std::vector<std::string>& group_by,
                    const std::vector<std::string>& dimensions) {
  AddListFlag(command, "--group_by", "WORD,...", WordList(dimensions), group_by);
  command.get_option("--group_by")->group("Output");
}

void AddFormatFlag(CLI::App& command, std::string& format,
                   const std::vector<std::string>& formats) {
  command.add_option("--format", format, "How to print the answer")
      ->type_name("WORD")
      ->check(CLI::IsMember(formats))
      ->capture_default_str()
      ->group("Output");
}

void AddProvenanceFlag(CLI::App& command, bool& with_provenance) {
  command
      .add_flag("--with_provenance", with_provenance,
                "Give the filter and page token of each row's events; with --format json")
      ->group("Output");
}

absl::Status CheckProvenanceFormat(bool with_provenance, absl::string_view format) {
  if (!with_provenance || format == "json") return absl::OkStatus();
  return absl::InvalidArgumentError("--with_provenance needs --format json");
}

void AddWaitFlag(CLI::App& command, bool& wait) {
  command.add_flag("--wait", wait, "Return only when the query service answers from it");
}

void AddEventFlags(CLI::App& command, bool whole, std::vector<EventFieldFlag>& flags) {
  for (size_t i = 0; i < EventColumns().size(); ++i) {
    const std::string& name = EventColumns()[i];
    if (!whole && name == "event_id") continue;
    const EventFlagHelp help = HelpOf(name);
    command
        .add_option_function<std::string>(
            "--" + name,
            [&flags, i](const std::string& text) {
              flags.push_back({i, text});
            },
            help.help)
        ->type_name(help.type)
        ->required(whole && help.required)
        ->group("Event");
  }
}

}  // namespace repatriation
