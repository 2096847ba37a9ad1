// Groups of flags that several commands share.
//
// Every function adds flags to `command` that are written to what is passed by
// reference, which must live until the command line is parsed.
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

// The mission, required, as the first word or as --mission.
void AddMissionFlag(CLI::App& command, std::string& mission);

// --from and --to.
void AddDayFlags(CLI::App& command, std::string& from, std::string& to);

// --known_at and --min_position.
void AddReadFlags(CLI::App& command, ReadFlags& flags);
void AddMinPositionFlag(CLI::App& command, int64_t& min_position);

// --group_by; the help names `dimensions`.
void AddGroupByFlag(CLI::App& command, std::vector<std::string>& group_by,
                    const std::vector<std::string>& dimensions = EnumNames<v1::Dimension>());

// --format; what it writes is one of `formats`.
void AddFormatFlag(CLI::App& command, std::string& format,
                   const std::vector<std::string>& formats = {"table", "csv", "json"});

// --with_provenance, which only JSON shows; and the error where another
// format is asked for.
void AddProvenanceFlag(CLI::App& command, bool& with_provenance);
absl::Status CheckProvenanceFormat(bool with_provenance, absl::string_view format);

// --wait.
void AddWaitFlag(CLI::App& command, bool& wait);

// One flag a field of v1::Event; those that an event must have are required if
// `whole`. Without --event_id unless `whole`. Adds what was given to `flags`.
void AddEventFlags(CLI::App& command, bool whole, std::vector<EventFieldFlag>& flags);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_COMMAND_FLAGS_H_
