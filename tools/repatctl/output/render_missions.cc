#include "tools/repatctl/output/render_missions.h"

#include "absl/strings/str_cat.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {

std::string MissionsTable(const v1::ListMissionsResponse& response) {
  Table table;
  table.AddColumn("mission", Align::kLeft);
  table.AddColumn("events", Align::kRight);
  table.AddColumn("repatriated", Align::kRight);
  table.AddColumn("first_day", Align::kLeft);
  table.AddColumn("last_day", Align::kLeft);
  for (const auto& mission : response.missions()) {
    table.AddRow({mission.mission(), WithThousands(mission.events()),
                  WithThousands(mission.repatriated()), mission.first_day(), mission.last_day()});
  }
  return absl::StrCat(table.Render(), HeaderLine(response.header()));
}

std::string MissionsCsv(const v1::ListMissionsResponse& response) {
  std::string text = CsvLine({"mission", "events", "repatriated", "first_day", "last_day"});
  for (const auto& mission : response.missions()) {
    absl::StrAppend(&text, CsvLine({mission.mission(), absl::StrCat(mission.events()),
                                    absl::StrCat(mission.repatriated()), mission.first_day(),
                                    mission.last_day()}));
  }
  return text;
}

}  // namespace repatriation
