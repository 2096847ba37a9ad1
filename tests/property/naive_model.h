// A ledger and the answers to every query, implemented as simply as possible: a vector
// of accepted entries, scanned linearly, and every figure computed by replaying all of
// them. Shares no code with the services, so that a bug would have to be made twice.
//
// Written from the proto comments, not from the code under test.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_PROPERTY_NAIVE_MODEL_H_
#define TESTS_PROPERTY_NAIVE_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "repatriation/v1/ingest_service.pb.h"
#include "repatriation/v1/query_service.pb.h"
#include "tests/property/model_fault.h"

namespace repatriation {

class NaiveModel {
 public:
  explicit NaiveModel(ModelFault fault = ModelFault::kNone) : fault_(fault) {}

  // The expected result of a submission that is valid by itself.
  struct Outcome {
    int64_t position = 0;  // 0: rejected
    bool duplicate = false;
    std::string field;
    std::string reason;
  };
  Outcome Submit(const v1::Submission& submission, int64_t clock_us);

  // The entries from `first` to `last`, the last ones so far, are one block. Decides which
  // of them are quarantined: strength reports apply from the next block on.
  void AddBlock(int64_t first, int64_t last);
  // Last entry of the blocks added so far.
  int64_t block_tail() const { return block_tail_; }

  // Number of accepted entries: position of the last.
  int64_t size() const { return static_cast<int64_t>(accepted_.size()); }
  // When `position` was recorded; microseconds.
  int64_t TimeOf(int64_t position) const { return accepted_[position - 1].recorded_time_us; }

  // The position that a replica with `applied` entries answers for; nullopt if it cannot.
  std::optional<int64_t> KnownAt(const v1::ReadOptions& read, int64_t applied) const;

  std::vector<v1::AggregateRow> Aggregate(const v1::GetAggregateRequest& request,
                                          int64_t known_at) const;
  v1::Figure Total(const v1::GetAggregateRequest& request, int64_t known_at) const;
  std::vector<v1::TimelineRow> Timeline(const v1::GetTimelineRequest& request,
                                        int64_t known_at) const;
  std::vector<v1::EventRecord> Events(const v1::ListEventsRequest& request, int64_t known_at) const;
  std::vector<v1::MissionSummary> Missions(int64_t known_at) const;
  // Without a header; nullopt: NOT_FOUND.
  std::optional<v1::GetEventResponse> Event(const std::string& id, int64_t known_at) const;
  // Figures and movements only; nullopt: NOT_FOUND.
  std::optional<v1::GetBriefingResponse> Briefing(const v1::GetBriefingRequest& request,
                                                  int64_t known_at) const;

  // Completeness of a figure over `filter`, which names one mission.
  v1::Completeness CompletenessOf(const v1::Filter& filter, int64_t known_at) const;
  // The rows with `fill_gaps`.
  std::vector<v1::TimelineRow> FilledTimeline(const v1::GetTimelineRequest& request,
                                              int64_t known_at) const;

  // Without a header, pace, forecast, closed sites and page token; or the reason of the
  // refusal.
  struct DrawdownAnswer {
    std::string refused;
    v1::GetDrawdownResponse response;
  };
  DrawdownAnswer Drawdown(const v1::GetDrawdownRequest& request, int64_t known_at) const;

  // The statements of all pages, without explanation, filter and page token; nullopt:
  // NOT_FOUND.
  std::optional<std::vector<v1::Reconciliation>> Reconcile(const v1::ReconcileRequest& request,
                                                           int64_t known_at) const;
  // Number of people, and of women if all sources give it.
  struct Recorded {
    int64_t headcount = 0;
    std::optional<int64_t> female;
  };
  struct RecordedFigures {
    std::optional<Recorded> events;
    std::optional<Recorded> strength;
  };
  // What the ledger has for `measure` of the people and days of a statement.
  RecordedFigures FiguresOf(const v1::Statement& statement, v1::Measure measure,
                            int64_t known_at) const;

 private:
  struct Accepted {
    v1::Submission submission;
    std::string id;      // the event's, or the correction's own
    std::string target;  // corrections: the event's id
    int64_t position = 0;
    int64_t recorded_time_us = 0;
  };
  // An event at some point of the replay.
  struct EventState {
    std::string id;
    v1::Event content;
    int64_t position = 0;
    int64_t content_position = 0;
    int64_t recorded_time_us = 0;
    bool voided = false;
    v1::EventStatus status = v1::EVENT_STATUS_ACTUAL;
  };
  // A group of people that are counted together.
  struct Bin {
    v1::Group group;
    std::set<int64_t> events;  // by position
    int64_t events_seen = 0;
    int64_t headcount = 0;
  };
  using Bins = std::map<std::vector<std::string>, Bin>;
  // The values of some dimensions, also as texts that sort as they do.
  struct GroupKey {
    std::vector<std::string> texts;
    v1::Group group;
  };
  // Whose strength; empty countries or sites mean all.
  struct Asked {
    std::set<v1::Category> leaves;
    std::set<std::string> countries;
    std::set<std::string> sites;
  };
  // The rows of one series for one day.
  struct Table {
    std::string series;
    std::string as_of;
    std::vector<v1::StrengthReport> rows;
    int64_t position = 0;  // the last row's
  };
  // The row of a group while it is being summed.
  struct Progress {
    v1::DrawdownRow row;
    int64_t change = 0;
    bool moved = false;
  };
  // What a drawdown counts.
  struct Counting {
    const v1::GetDrawdownRequest* request;
    std::string first_day;  // empty: from the beginning
    std::string last_day;
    bool with_sites;
  };

  const Accepted* FindId(const std::string& id) const;
  Outcome Accept(Accepted entry, int64_t clock_us);
  std::vector<const v1::Record*> RecordsOf(const std::string& mission, int64_t known_at) const;
  bool IsKnown(const std::string& mission, int64_t known_at) const;
  // The events as of `known_at`, by their first entry. Caches one replay per position.
  const std::vector<EventState>& Replay(int64_t known_at) const;
  std::vector<EventState> ReplayUncached(int64_t known_at) const;
  bool Matches(const v1::Filter& filter, bool figures, const EventState& state) const;
  // Whether more people of the event's country and category would leave, in total or from
  // its site, than the last table before its day allows.
  bool Exceeds(const v1::Event& event, const std::vector<EventState>& others,
               int64_t tables_before) const;
  bool Exceeds(const v1::Event& event, bool of_site, const std::vector<EventState>& others,
               int64_t tables_before) const;
  bool Covers(v1::Category wanted, v1::Category leaf) const;
  v1::Category NarrowestRollUp(v1::Category leaf) const;
  Bins Count(const v1::Filter& filter, const std::vector<v1::Dimension>& group_by,
             v1::Bucket bucket, int64_t known_at) const;
  std::set<v1::Category> LeavesOf(v1::Category category) const;
  std::string BucketOf(const std::string& day, v1::Bucket bucket) const;
  void AddTo(GroupKey* key, v1::Dimension dimension, const v1::Event& event, v1::EventStatus status,
             v1::Sex sex) const;
  void ToFigure(const Bin& bin, v1::Figure* figure) const;
  v1::EventRecord RecordOf(const EventState& state) const;

  // The last completely reported day; empty if unknown.
  std::string ReportedThrough(const v1::Filter& filter, int64_t known_at) const;
  // Sets the moving average over the last buckets, from their headcounts and completeness.
  void SetMean(int buckets, const std::vector<int64_t>& heads, const std::vector<bool>& completed,
               v1::TimelineRow* row) const;

  // Cached per position.
  const std::vector<Table>& TablesOf(const std::string& mission, int64_t known_at) const;
  bool IsWithin(v1::Category category, const Asked& asked) const;
  bool CoversPeople(const Table& table, const Asked& asked) const;
  std::optional<Recorded> RecordedIn(const Table& table, const Asked& asked) const;
  // The baseline table; null if there is none.
  const Table* BaselineOf(const std::vector<Table>& tables, const std::string& series,
                          const std::string& as_of, const std::string& start,
                          const Asked& asked) const;
  std::optional<v1::Mandate> MandateOf(const std::string& mission, int64_t known_at) const;

  Asked AskedIn(const v1::GetDrawdownRequest& request) const;
  v1::Baseline ToBaseline(const Table& table, const Asked& asked) const;
  void AddMovement(const EventState& state, int sign, const Counting& counting,
                   Progress* progress) const;
  std::vector<v1::DrawdownRow> DrawdownRows(const Counting& counting, const Table* table,
                                            int64_t known_at, v1::DrawdownRow* total) const;
  std::optional<GroupKey> GroupOf(const v1::StrengthReport& row, const Asked& asked,
                                  const v1::GetDrawdownRequest& request) const;
  void Finish(const std::optional<Recorded>& baseline, Progress* progress) const;

  bool Allows(int64_t stated, v1::Qualifier qualifier, int64_t recorded) const;
  bool Agrees(const v1::Statement& statement, const Recorded& figure) const;
  bool IsStatedElsewhere(const v1::Statement& statement, int64_t known_at) const;
  bool HasOtherMeasure(const v1::Statement& statement, int64_t known_at) const;
  v1::Reconciliation Judge(const Accepted& stated, int64_t known_at) const;
  v1::Verdict VerdictOf(const Accepted& stated, int64_t known_at) const;
  bool IsBetweenRows(const std::string& mission, int64_t position) const;
  int64_t SinceOf(const Accepted& stated, v1::Verdict verdict, int64_t known_at) const;

  const ModelFault fault_;
  std::vector<Accepted> accepted_;
  int64_t block_tail_ = 0;
  std::set<int64_t> quarantined_;  // entries whose event was quarantined
  mutable std::map<int64_t, std::vector<EventState>> replays_;
  mutable std::map<std::pair<std::string, int64_t>, std::vector<Table>> tables_;
  // By the statement's position and the position that it is judged at.
  mutable std::map<std::pair<int64_t, int64_t>, v1::Verdict> verdicts_;
};

}  // namespace repatriation

#endif  // TESTS_PROPERTY_NAIVE_MODEL_H_
