#include "query_service/core/drawdown/drawdown_rows.h"

#include <algorithm>
#include <vector>

namespace repatriation {
namespace {

// Whether planned events of this kind count as departures.
bool IsPlannedDeparture(v1::Kind kind) {
  return kind == v1::KIND_REPATRIATION || kind == v1::KIND_SEPARATION;
}

// `category` itself if it is a leaf, or the first leaf of a roll-up.
v1::Category FirstLeafOf(v1::Category category) {
  size_t leaf = 0;
  while (!LeavesOf(category).test(leaf)) ++leaf;
  return static_cast<v1::Category>(leaf);
}

}  // namespace

int Flows::ChangeOf(v1::Kind kind, Side side) {
  if (kind == v1::KIND_ARRIVAL || side == Side::kReached) return 1;
  return -1;
}

void Flows::Add(const CellKey& key, Side side, int64_t headcount, const DayInterval& days) {
  if (key.day < days.from) return;
  const bool later = key.day >= days.to;
  if (later && key.status != v1::EVENT_STATUS_PLANNED) return;
  moved_ = true;
  if (key.status == v1::EVENT_STATUS_PLANNED) {
    if (IsPlannedDeparture(key.kind)) (later ? planned_later_ : planned_) += headcount;
    return;
  }
  if (key.status == v1::EVENT_STATUS_QUARANTINED) {
    if (ChangeOf(key.kind, side) < 0) quarantined_ += headcount;
    return;
  }
  switch (key.kind) {
    case v1::KIND_REPATRIATION:
      departed_ += headcount;
      break;
    case v1::KIND_ARRIVAL:
      arrived_ += headcount;
      break;
    case v1::KIND_SEPARATION:
      separated_ += headcount;
      break;
    case v1::KIND_DEATH:
      died_ += headcount;
      break;
    case v1::KIND_RELOCATION:
      (side == Side::kReached ? relocated_in_ : relocated_out_) += headcount;
      break;
    default:
      break;
  }
}

void Flows::ToProto(absl::optional<int64_t> baseline, v1::DrawdownRow* row) const {
  row->set_departed(departed_);
  row->set_arrived(arrived_);
  row->set_separated(separated_);
  row->set_died(died_);
  row->set_relocated_in(relocated_in_);
  row->set_relocated_out(relocated_out_);
  row->set_quarantined(quarantined_);
  row->set_planned(planned_);
  row->set_planned_later(planned_later_);
  if (!baseline.has_value()) return;
  row->set_baseline(*baseline);
  row->set_remaining(*baseline + change());
  if (*baseline == 0) return;
  row->set_percent_departed(100.0 * static_cast<double>(-change()) /
                            static_cast<double>(*baseline));
}

DrawdownRows::DrawdownRows(const DrawdownQuestion& question, const DayInterval& days,
                           const LedgerView::Reader& reader, Position known_at)
    : question_(question), days_(days), reader_(reader) {
  // AddSide() checks the site, since a relocation has two.
  CheckedFilter of_any_site{question.filter, DayInterval()};
  of_any_site.proto.clear_sites();
  const CellFilter matches(of_any_site, reader);
  for (const std::string& site : question.filter.sites()) {
    const auto id = reader.FindText(site);
    if (id.has_value()) sites_.insert(*id);
  }
  CellDimensions dimensions = kByDay | matches.dimensions() | question.grouping.dimensions();
  if (question.with_sites()) dimensions |= kBySite | kByDestinationSite;
  reader.ForEachCell(dimensions, known_at, matches, [&](const CellKey& key, const CellTotal& cell) {
    AddCell(key, cell.headcount);
  });
}

void DrawdownRows::AddCell(const CellKey& key, int64_t headcount) {
  if (key.kind != v1::KIND_RELOCATION) return AddSide(key, Flows::Side::kOnly, headcount);
  if (!question_.with_sites()) return;
  AddSide(key, Flows::Side::kLeft, headcount);
  CellKey there = key;
  there.site = key.destination_site;
  AddSide(there, Flows::Side::kReached, headcount);
}

void DrawdownRows::AddSide(const CellKey& key, Flows::Side side, int64_t headcount) {
  if (question_.filter.sites_size() > 0 && !sites_.contains(key.site)) return;
  total_.Add(key, side, headcount, days_);
  if (question_.grouped()) {
    groups_[question_.grouping.ValuesOf(key)].Add(key, side, headcount, days_);
  }
  const int64_t change = Flows::ChangeOf(key.kind, side) * headcount;
  if (key.status == v1::EVENT_STATUS_ACTUAL && days_.Contains(key.day)) {
    happened_[key.day] += change;
  } else if (key.status == v1::EVENT_STATUS_PLANNED && key.day >= days_.to) {
    planned_[key.day] += change;
  }
}

bool DrawdownRows::BelongsToOneGroup(const v1::StrengthReport& row) const {
  const CategorySet leaves = LeavesOf(row.category());
  const auto asked = [](const std::set<std::string>& names, const std::string& name) {
    return names.empty() || names.contains(name);
  };
  const v1::Category leaf = FirstLeafOf(row.category());
  return IsWithin(leaves, question_.people.leaves) &&
         (!question_.by_category || IsWithin(leaves, LeavesOf(leaf))) &&
         (!question_.by_category_group || IsWithin(leaves, LeavesOf(GroupOf(leaf)))) &&
         (!question_.by_country || !row.country().empty()) &&
         (!question_.by_site || !row.site().empty()) &&
         asked(question_.people.countries, row.country()) &&
         asked(question_.people.sites, row.site());
}

void DrawdownRows::AddGroupsOf(const StrengthTable& table) {
  for (const v1::StrengthReport* row : table.rows()) {
    if (!BelongsToOneGroup(*row)) continue;
    CellKey key;
    key.category = FirstLeafOf(row->category());
    key.country = reader_.FindText(row->country()).value_or(0);
    key.site = reader_.FindText(row->site()).value_or(0);
    groups_.try_emplace(question_.grouping.ValuesOf(key));
  }
}

People DrawdownRows::PeopleOf(const v1::Group& group) const {
  // The sets may be large: not copied for a group that names its own.
  const auto named = [](bool has, const std::string& name, const std::set<std::string>& asked) {
    return has ? std::set<std::string>{name} : asked;
  };
  const People& asked = question_.people;
  People people = {asked.leaves, named(group.has_country(), group.country(), asked.countries),
                   named(group.has_site(), group.site(), asked.sites)};
  if (group.has_category()) people.leaves &= LeavesOf(group.category());
  return people;
}

void DrawdownRows::ToProto(const StrengthTable* table,
                           google::protobuf::RepeatedPtrField<v1::DrawdownRow>* rows) {
  if (!question_.grouped()) return;
  if (table != nullptr) AddGroupsOf(*table);
  std::vector<const GroupValues*> ordered;
  for (const auto& [values, flows] : groups_) ordered.push_back(&values);
  std::sort(ordered.begin(), ordered.end(), [&](const GroupValues* a, const GroupValues* b) {
    return question_.grouping.Less(*a, *b, reader_);
  });
  for (const GroupValues* values : ordered) {
    v1::DrawdownRow row;
    question_.grouping.ToProto(*values, reader_, row.mutable_group());
    absl::optional<int64_t> baseline;
    if (table != nullptr) baseline = table->HeadcountOf(PeopleOf(row.group()));
    const Flows& flows = groups_.at(*values);
    if (!baseline.has_value() && !flows.moved()) continue;
    flows.ToProto(baseline, &row);
    rows->Add(std::move(row));
  }
}

}  // namespace repatriation
