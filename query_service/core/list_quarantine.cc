#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "query_service/core/query_core.h"
#include "query_service/core/selection/event_lookup.h"
#include "query_service/core/selection/read_point.h"
#include "query_service/core/view/quarantine_rule.h"

namespace repatriation {
namespace {

// Finds the strength that quarantined events exceed, by the quarantine rule with the
// tables and events as known at a position.
class Explainer {
 public:
  // For `events`. The reader must outlive the explainer.
  Explainer(const google::protobuf::RepeatedPtrField<v1::QuarantinedEvent>& events,
            const LedgerView::Reader& reader, Position known_at)
      : reader_(reader) {
    absl::flat_hash_set<std::string> missions;
    absl::flat_hash_set<QuarantineRule::Group> people;  // with site 0
    for (const v1::QuarantinedEvent& event : events) {
      const CellKey key = KeyOf(event.record().event());
      people.insert({key.mission, key.country, 0, key.category});
      missions.insert(event.record().event().mission());
    }
    for (const std::string& mission : missions) AddTables(mission, known_at);
    const auto matches = [&](const CellKey& key) {
      return key.of_events() && rule_.TracksMission(key.mission) &&
             people.contains({key.mission, key.country, 0, key.category});
    };
    reader.ForEachCell(
        kByDay | kByCountry | kBySite | kByDestinationSite, known_at, matches,
        [&](const CellKey& key, const CellTotal& cell) { rule_.AddChange(key, cell.headcount); });
  }

  // Sets the strength that the event exceeds and the change since. If it exceeds none any
  // more, because of later entries, sets the narrowest.
  void Explain(v1::QuarantinedEvent& event) const {
    const v1::Event& content = event.record().event();
    for (const QuarantineRule::Group& group : QuarantineRule::GroupsOf(KeyOf(content))) {
      const DayNumber day = ParseDay(content.day()).value_or(0);
      const auto limit = rule_.LimitFor(group, day, {});
      if (!limit.has_value()) continue;
      *event.mutable_strength() = *rows_.at({group, limit->as_of, limit->series});
      event.set_change_since(limit->change);
      if (limit->strength + limit->change < content.headcount()) return;
    }
  }

 private:
  using RowKey = std::tuple<QuarantineRule::Group, DayNumber, TextId>;

  TextId IdOf(const std::string& text) const { return reader_.FindText(text).value_or(0); }

  CellKey KeyOf(const v1::Event& event) const {
    CellKey key;
    key.mission = IdOf(event.mission());
    key.country = IdOf(event.country());
    key.site = IdOf(event.site());
    key.kind = event.kind();
    key.category = event.category();
    return key;
  }

  void AddTables(const std::string& mission, Position known_at) {
    for (const RecordBook::Record& record : reader_.records().Of(mission)) {
      if (record.position > known_at) break;
      const v1::StrengthReport& row = record.content.strength();
      const auto day = ParseDay(row.as_of());
      if (!record.content.has_strength() || !QuarantineRule::AppliesTo(row) || !day.has_value()) {
        continue;
      }
      const QuarantineRule::Group group{IdOf(mission), IdOf(row.country()), IdOf(row.site()),
                                        row.category()};
      rule_.AddStrength(group, IdOf(row.series()), *day, row.headcount(), [] {});
      rows_[{group, *day, IdOf(row.series())}] = &row;
    }
  }

  const LedgerView::Reader& reader_;
  QuarantineRule rule_;
  absl::flat_hash_map<RowKey, const v1::StrengthReport*> rows_;
};

}  // namespace

absl::StatusOr<v1::ListQuarantineResponse> QueryCore::ListQuarantine(
    const v1::ListQuarantineRequest& request) const {
  const uint64_t fingerprint = RequestFingerprint(request);
  const auto page =
      CheckPage(request.page_size(), request.page_token(), kListPageSizes, fingerprint);
  if (!page.ok()) return page.status();

  v1::ListQuarantineResponse response;
  Position known_at_position = 0;
  absl::optional<TextId> mission;
  {
    const LedgerView::Reader reader(replica_.view());
    const auto known_at = ResolveKnownAt(request.read(), *page, reader);
    if (!known_at.ok()) return known_at.status();
    known_at_position = *known_at;
    *response.mutable_header() = MakeHeader(replica_, reader, *known_at);
    mission = reader.FindText(request.mission());
  }
  if (!mission.has_value()) return response;
  const auto quarantined = [mission = *mission](const CellKey& key) {
    return key.status == v1::EVENT_STATUS_QUARANTINED && (mission == 0 || key.mission == mission);
  };
  std::vector<EventPositions> events = FindEvents(replica_.view(), known_at_position, quarantined,
                                                  page->after, static_cast<size_t>(page->size) + 1);
  const bool last_page = events.size() <= static_cast<size_t>(page->size);
  if (!last_page) events.pop_back();
  for (const EventPositions& positions : events) {
    const absl::Status read =
        ReadEventRecord(replica_, positions, response.add_events()->mutable_record());
    if (!read.ok()) return read;
  }
  {
    const LedgerView::Reader reader(replica_.view());
    const Explainer explainer(response.events(), reader, known_at_position);
    for (v1::QuarantinedEvent& event : *response.mutable_events()) explainer.Explain(event);
  }
  if (!last_page) {
    response.set_next_page_token(
        MakePageToken(fingerprint, known_at_position, events.back().event));
  }
  return response;
}

}  // namespace repatriation
