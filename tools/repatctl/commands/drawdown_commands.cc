#include "tools/repatctl/commands/drawdown_commands.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/repatctl/commands/add_command.h"
#include "tools/repatctl/commands/command_flags.h"
#include "tools/repatctl/commands/pages.h"
#include "tools/repatctl/commands/query_requests.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/render_drawdown.h"
#include "tools/repatctl/output/render_quarantine.h"
#include "tools/repatctl/output/render_reconcile.h"

namespace repatriation {
namespace {

constexpr int kDrawdownPageSize = 1'000;

// The flags of all these commands.
struct DrawdownCommandFlags {
  DrawdownFlags drawdown;
  std::vector<std::string> group_by;
  bool with_provenance = false;
  // Of reconcile and quarantine list.
  std::string mission;
  std::string from;
  std::string to;
  ReadFlags read;
  std::string format = "table";
};

int RunDrawdown(Session& session, const DrawdownCommandFlags& flags) {
  auto request = DrawdownRequestFrom(flags.drawdown);
  if (!request.ok()) return session.Fail(request.status());
  if (auto status = SetRead(flags.read, *request); !status.ok()) return session.Fail(status);
  const auto dimensions = SetGroupBy(flags.group_by, *request);
  if (!dimensions.ok()) return session.Fail(dimensions.status());
  if (auto status = CheckProvenanceFormat(flags.with_provenance, flags.format); !status.ok())
    return session.Fail(status);
  request->set_with_provenance(flags.with_provenance);

  const auto drawdown = session.Query()->GetDrawdown(*request);
  if (!drawdown.ok()) return session.Fail(drawdown.status());
  session.env.out << (flags.format == "json"  ? ToJson(*drawdown)
                      : flags.format == "csv" ? DrawdownCsv(*drawdown, *dimensions)
                                              : DrawdownTable(*drawdown, *dimensions));
  return kExitOk;
}

int RunReconcile(Session& session, const DrawdownCommandFlags& flags) {
  v1::ReconcileRequest request;
  if (auto status = SetRead(flags.read, request); !status.ok()) return session.Fail(status);
  auto days = DayRangeFrom(flags.from, flags.to);
  if (!days.ok()) return session.Fail(days.status());
  *request.mutable_days() = *std::move(days);
  request.set_mission(flags.mission);
  request.set_page_size(kDrawdownPageSize);

  const auto query = session.Query();
  v1::ReconcileResponse merged;
  const auto status = FollowPages(
      std::move(request), [&](const auto& page) { return query->Reconcile(page); },
      [&](v1::ReconcileResponse page) {
        AppendPage(std::move(page), &v1::ReconcileResponse::mutable_reconciliations, merged);
        return true;
      });
  if (!status.ok()) return session.Fail(status);
  session.env.out << (flags.format == "json"  ? ToJson(merged)
                      : flags.format == "csv" ? ReconcileCsv(merged)
                                              : ReconcileTable(merged));
  return kExitOk;
}

int RunQuarantineList(Session& session, const DrawdownCommandFlags& flags) {
  v1::ListQuarantineRequest request;
  if (auto status = SetRead(flags.read, request); !status.ok()) return session.Fail(status);
  request.set_mission(flags.mission);
  request.set_page_size(kDrawdownPageSize);

  const auto query = session.Query();
  v1::ListQuarantineResponse merged;
  const auto status = FollowPages(
      std::move(request), [&](const auto& page) { return query->ListQuarantine(page); },
      [&](v1::ListQuarantineResponse page) {
        AppendPage(std::move(page), &v1::ListQuarantineResponse::mutable_events, merged);
        return true;
      });
  if (!status.ok()) return session.Fail(status);
  session.env.out << (flags.format == "json"  ? ToJson(merged)
                      : flags.format == "csv" ? QuarantineCsv(merged)
                                              : QuarantineTable(merged));
  return kExitOk;
}

}  // namespace

void AddDrawdownCommands(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<DrawdownCommandFlags>();
  CLI::App& drawdown =
      AddCommand(app, session, flags, "drawdown",
                 "Show a drawdown's progress, pace, deadline and forecast", &RunDrawdown);
  drawdown.footer("Example: repatctl drawdown MINUSMA --as_of 2023-11-30 --group_by country");
  AddDrawdownFlags(drawdown, flags->drawdown);
  AddGroupByFlag(drawdown, flags->group_by, {"category", "category_group", "country", "site"});
  AddProvenanceFlag(drawdown, flags->with_provenance);
  AddReadFlags(drawdown, flags->read);
  AddFormatFlag(drawdown, flags->format);

  CLI::App& reconcile =
      AddCommand(app, session, flags, "reconcile",
                 "Compare a mission's published figures with the ledger", &RunReconcile);
  reconcile.footer("Example: repatctl reconcile MINUSMA --format csv");
  AddMissionFlag(reconcile, flags->mission);
  AddDayFlags(reconcile, flags->from, flags->to);
  AddReadFlags(reconcile, flags->read);
  AddFormatFlag(reconcile, flags->format);
}

CLI::App& AddQuarantineCommand(CLI::App& app, Session& session) {
  CLI::App& quarantine = *app.add_subcommand(
      "quarantine", "List or release events by which more people would leave than there were");
  quarantine.require_subcommand(1);
  quarantine.footer("Example: repatctl quarantine list --help");

  const auto flags = std::make_shared<DrawdownCommandFlags>();
  CLI::App& list =
      AddCommand(quarantine, session, flags, "list",
                 "List quarantined events and the strength that they exceed", &RunQuarantineList);
  list.footer("Example: repatctl quarantine list --mission MINUSMA");
  list.add_option("--mission", flags->mission, "Mission acronym. Not set: all")
      ->type_name("ACRONYM")
      ->group("Filter");
  AddReadFlags(list, flags->read);
  AddFormatFlag(list, flags->format);
  return quarantine;
}

}  // namespace repatriation
