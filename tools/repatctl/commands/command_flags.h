// Groups of flags shared by several commands.
//
// Every function adds flags to `command`. Their values are stored in the variables
// passed by reference, which must live until the command line is parsed.
#ifndef TOOLS_REPATCTL_COMMANDS_COMMAND_FLAGS_H_
#define TOOLS_REPATCTL_COMMANDS_COMMAND_FLAGS_H_

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/domain/enum_names.h"
#include "tools/repatctl/fields/request_flags.h"

namespace repatriation {

void AddFilterFlags(CLI::App& command, FilterFlags& flags);

// All of DrawdownFlags.
void AddDrawdownFlags(CLI::App& command, DrawdownFlags& flags);

// The required mission, as the first argument or as --mission.
void AddMissionFlag(CLI::App& command, std::string& mission);

// --from and --to.
void AddDayFlags(CLI::App& command, std::string& from, std::string& to);

// --known_at and --min_position.
void AddReadFlags(CLI::App& command, ReadFlags& flags);
void AddMinPositionFlag(CLI::App& command, int64_t& min_position);

// --group_by; the help names `dimensions`.
void AddGroupByFlag(CLI::App& command, std::vector<std::string>& group_by,
                    const std::vector<std::string>& dimensions = EnumNames<v1::Dimension>());

// --format; its value is one of `formats`.
void AddFormatFlag(CLI::App& command, std::string& format,
                   const std::vector<std::string>& formats = {"table", "csv", "json"});

// --with_provenance, and the check that the format is JSON, which alone has it.
void AddProvenanceFlag(CLI::App& command, bool& with_provenance);
absl::Status CheckProvenanceFormat(bool with_provenance, absl::string_view format);

// --wait.
void AddWaitFlag(CLI::App& command, bool& wait);

// One flag per field of v1::Event. With `new_event` there is --event_id, and required
// fields are required flags. Appends the given values to `flags`.
void AddEventFlags(CLI::App& command, bool new_event, std::vector<EventFieldFlag>& flags);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_COMMAND_FLAGS_H_
