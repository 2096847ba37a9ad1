#include "tools/repatctl/commands/command_flags.h"

#include <CLI/Validators.hpp>
#include <cstdint>
#include <limits>

#include "common/domain/enum_names.h"

namespace repatriation {
namespace {

constexpr char kListNote[] =
    "\nLists are comma-separated, quoted as in CSV, and flags may be repeated. The value\n"
    "`unspecified` selects events without a value.";

// A flag that takes one argument each time it is given. By default CLI11 would also
// take the arguments that follow.
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

// `values` as lines, since CLI11 does not wrap them.
std::string ValueList(const std::vector<std::string>& values) {
  static constexpr size_t kColumnsMax = 60;
  std::string list;
  size_t line_begin = 0;
  for (const std::string& value : values) {
    const bool fits = list.size() - line_begin + value.size() <= kColumnsMax;
    if (!list.empty()) list.append(fits ? ", " : ",\n");
    if (!fits) line_begin = list.size();
    list.append(value);
  }
  return list;
}

void AddPeopleFlags(CLI::App& command, std::vector<std::string>& category,
                    std::vector<std::string>& country, std::vector<std::string>& site) {
  AddListFlag(command, "--category", "WORD,...", ValueList(EnumNames<v1::Category>()), category);
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
    {"event_id", "ID", "Permanent unique id. Not set: derived from the content", false},
    {"mission", "ACRONYM", "UN operation, such as MINUSMA", true},
    {"kind", "WORD", "repatriation, relocation, arrival, separation or death", true},
    {"day", "DAY", "Local date at the mission, YYYY-MM-DD", true},
    {"category", "WORD", "Leaf category, such as contingent_troops", true},
    {"country", "ISO3", "Contributing country, ISO 3166-1 alpha-3", false},
    {"site", "NAME", "Site of departure, or of an arrival", false},
    {"destination_site", "NAME", "Destination of a relocation", false},
    {"unit", "NAME", "Contingent or unit", false},
    {"headcount", "N", "Number of people, 1 to 100,000", true},
    {"female", "N", "Number of women among them. Not set: unknown, which is not 0", false},
    {"movement_ref", "TEXT", "Reference of the flight, convoy or manifest", false},
    {"source", "TEXT", "Source of the record", false},
    {"qualifier", "WORD", "exact, about, nearly, more_than or less_than", false},
    {"status", "WORD", "actual or planned. Not set: actual", false},
};

// A field added to the schema becomes a flag, even without a help text here.
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
              ValueList(EnumNames<v1::Kind>()) +
                  " or all.\nNot set: repatriation for figures, all for `events`",
              flags.kind);
  AddPeopleFlags(command, flags.category, flags.country, flags.site);
  AddListFlag(command, "--destination_site", "NAME,...", "Destination sites of relocations",
              flags.destination_site);
  AddListFlag(command, "--unit", "NAME,...", "Contingents or units", flags.unit);
  AddListFlag(command, "--status", "WORD,...",
              ValueList(EnumNames<v1::EventStatus>()) +
                  " or all.\nNot set: actual for figures, all for `events`",
              flags.status);
  command.add_option("--sex", flags.sex, "Count only people known to be of this sex")
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
                  "Count through this day, YYYY-MM-DD. Not set: the day of the last event")
      ->type_name("DAY")
      ->group("Filter");
  AddPeopleFlags(command, flags.category, flags.country, flags.site);
  CLI::Option& category = *command.get_option("--category");
  category.description(category.get_description() + ".\nNot set: uniformed");
  command
      .add_option("--baseline_series", flags.baseline_series,
                  "Use a strength table of this series, such as un-monthly")
      ->type_name("NAME")
      ->group("Baseline");
  command
      .add_option("--baseline_day", flags.baseline_day,
                  "Use the strength table of this day. Not set: the latest before the drawdown")
      ->type_name("DAY")
      ->group("Baseline");
  command
      .add_option("--pace_window", flags.pace_window_days,
                  "Days over which the pace is measured, 1 to 366. Not set: 28")
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
  command.add_option("--to", to, "First day after the range, YYYY-MM-DD")
      ->type_name("DAY")
      ->group("Filter");
}

void AddReadFlags(CLI::App& command, ReadFlags& flags) {
  command
      .add_option("--known_at", flags.known_at,
                  "Answer from the ledger as it was at this position or RFC 3339 time\n"
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
  AddListFlag(command, "--group_by", "WORD,...", ValueList(dimensions), group_by);
  command.get_option("--group_by")->group("Output");
}

void AddFormatFlag(CLI::App& command, std::string& format,
                   const std::vector<std::string>& formats) {
  command.add_option("--format", format, "Output format")
      ->type_name("WORD")
      ->check(CLI::IsMember(formats))
      ->capture_default_str()
      ->group("Output");
}

void AddProvenanceFlag(CLI::App& command, bool& with_provenance) {
  command
      .add_flag("--with_provenance", with_provenance,
                "Include the filter and page token of each row's events; needs --format json")
      ->group("Output");
}

absl::Status CheckProvenanceFormat(bool with_provenance, absl::string_view format) {
  if (!with_provenance || format == "json") return absl::OkStatus();
  return absl::InvalidArgumentError("--with_provenance needs --format json");
}

void AddWaitFlag(CLI::App& command, bool& wait) {
  command.add_flag("--wait", wait, "Wait until the query service has applied what was recorded");
}

void AddEventFlags(CLI::App& command, bool new_event, std::vector<EventFieldFlag>& flags) {
  for (size_t i = 0; i < EventColumns().size(); ++i) {
    const std::string& name = EventColumns()[i];
    if (!new_event && name == "event_id") continue;
    const EventFlagHelp help = HelpOf(name);
    command
        .add_option_function<std::string>(
            "--" + name,
            [&flags, i](const std::string& text) {
              flags.push_back({i, text});
            },
            help.help)
        ->type_name(help.type)
        ->required(new_event && help.required)
        ->group("Event");
  }
}

}  // namespace repatriation
