#include "tools/repatctl/commands/query_commands.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/repatctl/commands/add_command.h"
#include "tools/repatctl/commands/command_flags.h"
#include "tools/repatctl/commands/pages.h"
#include "tools/repatctl/commands/query_requests.h"
#include "tools/repatctl/fields/request_flags.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/render_aggregate.h"
#include "tools/repatctl/output/render_briefing.h"
#include "tools/repatctl/output/render_events.h"
#include "tools/repatctl/output/render_missions.h"
#include "tools/repatctl/output/render_timeline.h"

namespace repatriation {
namespace {

constexpr int kFigurePageSize = 10'000;
constexpr int kProvenancePageSize = 1'000;
constexpr int kEventPageSize = 1'000;

// The flags of all these commands.
struct QueryFlags {
  FilterFlags filter;
  ReadFlags read;
  std::vector<std::string> group_by;
  bool with_bounds = false;
  bool with_provenance = false;
  std::string bucket = "month";
  bool fill_gaps = false;
  int moving_average = 0;
  std::string format = "table";
  std::string mission;
  std::string event_id;
  int64_t limit = 0;
};

// Sets provenance and the page size, which is smaller with provenance.
template <typename Request>
absl::Status SetProvenance(const QueryFlags& flags, Request& request) {
  request.set_with_provenance(flags.with_provenance);
  request.set_page_size(flags.with_provenance ? kProvenancePageSize : kFigurePageSize);
  return CheckProvenanceFormat(flags.with_provenance, flags.format);
}

int RunAggregate(Session& session, const QueryFlags& flags) {
  v1::GetAggregateRequest request;
  if (auto status = SetReadAndFilter(flags.read, flags.filter, request); !status.ok())
    return session.Fail(status);
  const auto dimensions = SetGroupBy(flags.group_by, request);
  if (!dimensions.ok()) return session.Fail(dimensions.status());
  request.set_with_bounds(flags.with_bounds);
  if (auto status = SetProvenance(flags, request); !status.ok()) return session.Fail(status);

  const auto query = session.Query();
  v1::GetAggregateResponse merged;
  const auto status = FollowPages(
      std::move(request), [&](const auto& page) { return query->GetAggregate(page); },
      [&](v1::GetAggregateResponse page) {
        AppendPage(std::move(page), &v1::GetAggregateResponse::mutable_rows, merged);
        return true;
      });
  if (!status.ok()) return session.Fail(status);
  session.env.out << (flags.format == "json"  ? ToJson(merged)
                      : flags.format == "csv" ? AggregateCsv(merged, *dimensions)
                                              : AggregateTable(merged, *dimensions));
  return kExitOk;
}

int RunTimeline(Session& session, const QueryFlags& flags) {
  v1::GetTimelineRequest request;
  if (auto status = SetReadAndFilter(flags.read, flags.filter, request); !status.ok())
    return session.Fail(status);
  const auto dimensions = SetGroupBy(flags.group_by, request);
  if (!dimensions.ok()) return session.Fail(dimensions.status());
  const auto bucket = BucketFrom(flags.bucket);
  if (!bucket.ok()) return session.Fail(bucket.status());
  request.set_bucket(*bucket);
  request.set_fill_gaps(flags.fill_gaps);
  request.set_moving_average_buckets(flags.moving_average);
  if (auto status = SetProvenance(flags, request); !status.ok()) return session.Fail(status);

  const auto query = session.Query();
  v1::GetTimelineResponse merged;
  const auto status = FollowPages(
      std::move(request), [&](const auto& page) { return query->GetTimeline(page); },
      [&](v1::GetTimelineResponse page) {
        AppendPage(std::move(page), &v1::GetTimelineResponse::mutable_rows, merged);
        return true;
      });
  if (!status.ok()) return session.Fail(status);
  session.env.out << (flags.format == "json" ? ToJson(merged)
                      : flags.format == "csv"
                          ? TimelineCsv(merged, *dimensions, flags.fill_gaps)
                          : TimelineTable(merged, *dimensions, *bucket, session.env.columns,
                                          flags.moving_average > 0));
  return kExitOk;
}

int RunBriefing(Session& session, const QueryFlags& flags) {
  v1::GetBriefingRequest request;
  if (auto status = SetRead(flags.read, request); !status.ok()) return session.Fail(status);
  auto days = DayRangeFrom(flags.filter.from, flags.filter.to);
  if (!days.ok()) return session.Fail(days.status());
  *request.mutable_days() = *std::move(days);
  request.set_mission(flags.mission);

  const auto briefing = session.Query()->GetBriefing(request);
  if (!briefing.ok()) return session.Fail(briefing.status());
  session.env.out << (flags.format == "json"       ? ToJson(*briefing)
                      : flags.format == "csv"      ? BriefingCsv(*briefing)
                      : flags.format == "markdown" ? BriefingAsMarkdown(*briefing)
                                                   : BriefingAsText(*briefing));
  return kExitOk;
}

int RunEvents(Session& session, const QueryFlags& flags) {
  v1::ListEventsRequest request;
  if (auto status = SetReadAndFilter(flags.read, flags.filter, request); !status.ok())
    return session.Fail(status);
  int64_t left = flags.limit > 0 ? flags.limit : std::numeric_limits<int64_t>::max();
  request.set_page_size(static_cast<int>(std::min<int64_t>(left, kEventPageSize)));

  const auto query = session.Query();
  const bool csv = flags.format == "csv";
  v1::ListEventsResponse merged;
  bool first = true;
  const auto status = FollowPages(
      std::move(request), [&](const auto& page) { return query->ListEvents(page); },
      [&](v1::ListEventsResponse page) {
        auto& events = *page.mutable_events();
        if (events.size() > left) {
          events.DeleteSubrange(static_cast<int>(left), events.size() - static_cast<int>(left));
        }
        left -= events.size();
        // CSV is printed page by page, since there may be millions of events.
        if (csv) session.env.out << (first ? EventsCsvHeader() : "") << EventsCsvRows(page);
        first = false;
        if (!csv) AppendPage(std::move(page), &v1::ListEventsResponse::mutable_events, merged);
        return left > 0 && session.env.out.good();
      });
  if (!status.ok()) return session.Fail(status);
  if (!csv) session.env.out << (flags.format == "json" ? ToJson(merged) : EventsTable(merged));
  return kExitOk;
}

int RunEvent(Session& session, const QueryFlags& flags) {
  v1::GetEventRequest request;
  if (auto status = SetRead(flags.read, request); !status.ok()) return session.Fail(status);
  request.set_event_id(flags.event_id);

  const auto event = session.Query()->GetEvent(request);
  if (!event.ok()) return session.Fail(event.status());
  session.env.out << (flags.format == "json"  ? ToJson(*event)
                      : flags.format == "csv" ? EventCsv(*event)
                                              : EventTable(*event));
  return kExitOk;
}

int RunMissions(Session& session, const QueryFlags& flags) {
  v1::ListMissionsRequest request;
  if (auto status = SetRead(flags.read, request); !status.ok()) return session.Fail(status);

  const auto query = session.Query();
  v1::ListMissionsResponse merged;
  const auto status = FollowPages(
      std::move(request), [&](const auto& page) { return query->ListMissions(page); },
      [&](v1::ListMissionsResponse page) {
        AppendPage(std::move(page), &v1::ListMissionsResponse::mutable_missions, merged);
        return true;
      });
  if (!status.ok()) return session.Fail(status);
  session.env.out << (flags.format == "json"  ? ToJson(merged)
                      : flags.format == "csv" ? MissionsCsv(merged)
                                              : MissionsTable(merged));
  return kExitOk;
}

CLI::App& AddQuery(CLI::App& app, Session& session, const std::shared_ptr<QueryFlags>& flags,
                   const std::string& name, const char* help, const char* example,
                   int (*run)(Session&, const QueryFlags&)) {
  CLI::App& command = AddCommand(app, session, flags, name, help, run);
  command.footer("Example: repatctl " + name + " " + example);
  return command;
}

// The flags that all these commands have.
void AddAnswerFlags(CLI::App& command, QueryFlags& flags) {
  AddReadFlags(command, flags.read);
  AddFormatFlag(command, flags.format);
}

void AddFigureCommands(CLI::App& app, Session& session, const std::shared_ptr<QueryFlags>& flags) {
  CLI::App& aggregate =
      AddQuery(app, session, flags, "aggregate", "Count people and events, by any dimensions",
               "--mission MINUSMA --to 2023-09-28 --group_by country,category", &RunAggregate);
  AddFilterFlags(aggregate, flags->filter);
  AddGroupByFlag(aggregate, flags->group_by);
  aggregate
      .add_flag("--with_bounds", flags->with_bounds,
                "Include the bounds implied by qualifiers such as about")
      ->group("Output");
  AddProvenanceFlag(aggregate, flags->with_provenance);
  AddAnswerFlags(aggregate, *flags);

  CLI::App& timeline =
      AddQuery(app, session, flags, "timeline", "Count by day, week or month, with running totals",
               "--mission MINUSMA --bucket week", &RunTimeline);
  AddFilterFlags(timeline, flags->filter);
  AddGroupByFlag(timeline, flags->group_by);
  timeline.add_option("--bucket", flags->bucket, "Length of a bucket; weeks start on Monday")
      ->type_name("WORD")
      ->check(CLI::IsMember({"day", "week", "month"}))
      ->capture_default_str()
      ->group("Output");
  auto* const fill_gaps =
      timeline
          .add_flag("--fill_gaps", flags->fill_gaps,
                    "List buckets without events: 0 if reporting is complete, otherwise unknown\n"
                    "(? in a table, empty in CSV). Needs exactly one --mission")
          ->group("Output");
  timeline
      .add_option("--moving_average", flags->moving_average,
                  "Include the mean headcount over this many buckets, 2 to 366")
      ->type_name("N")
      ->check(CLI::Range(2, 366).description(""))
      ->needs(fill_gaps)
      ->group("Output");
  AddProvenanceFlag(timeline, flags->with_provenance);
  AddAnswerFlags(timeline, *flags);

  CLI::App& briefing =
      AddQuery(app, session, flags, "briefing", "Figures and text for a mission's briefing",
               "--mission MINUSMA --to 2023-09-28", &RunBriefing);
  briefing.add_option("--mission", flags->mission, "Mission acronym")
      ->type_name("ACRONYM")
      ->required()
      ->group("Filter");
  AddDayFlags(briefing, flags->filter.from, flags->filter.to);
  AddReadFlags(briefing, flags->read);
  AddFormatFlag(briefing, flags->format, {"table", "csv", "json", "markdown"});
}

void AddEventCommands(CLI::App& app, Session& session, const std::shared_ptr<QueryFlags>& flags) {
  CLI::App& events = AddQuery(app, session, flags, "events",
                              "List the events behind a figure; the table omits long fields",
                              "--mission MINUSMA --country SEN --format csv", &RunEvents);
  AddFilterFlags(events, flags->filter);
  events.add_option("--limit", flags->limit, "Maximum number of events; 0: all")
      ->type_name("N")
      ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max()).description(""))
      ->capture_default_str()
      ->group("Output");
  AddAnswerFlags(events, *flags);

  CLI::App& event =
      AddQuery(app, session, flags, "event", "Show an event and the history of its corrections",
               "minusma-2023-09-20-sen-mopti-116", &RunEvent);
  event.add_option("EVENT_ID", flags->event_id, "Id of the event or of one of its corrections")
      ->required();
  AddAnswerFlags(event, *flags);
}

}  // namespace

void AddQueryCommands(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<QueryFlags>();
  AddFigureCommands(app, session, flags);
  AddEventCommands(app, session, flags);
  CLI::App& missions = AddQuery(app, session, flags, "missions", "List the missions in the ledger",
                                "--format csv", &RunMissions);
  AddAnswerFlags(missions, *flags);
}

}  // namespace repatriation
