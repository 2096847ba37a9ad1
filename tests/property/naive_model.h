// A ledger and the answers to every question about it, as simply as it can be
// said: a vector of what was accepted, searched from the front, and every
// figure found by replaying all of it. Shares no code with the services, so
// that a mistake would have to be made twice.
//
// Written from the words of the protos, not from the code under test.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_PROPERTY_NAIVE_MODEL_H_
#define TESTS_PROPERTY_NAIVE_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "repatriation/v1/ingest_service.pb.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

class NaiveModel {
 public:
  // A mistake that the model makes on purpose, to show that the test sees it.
  enum class Fault {
    kNone,
    kVoidedStillCounts,
    kAmendedCountsTwice,
    kAmendmentIgnored,
    kKnownAtIgnored,
    kKnownAtTimeExclusive,
    kSexesAreTwoEvents,
    kForceWithoutStaffOfficers,
    kUnknownSiteMatchesNothing,
    kLastDayIncluded,
    kWeekFromSunday,
    kConflictIsDuplicate,
    kVoidedMayBeAmended,
    kNationalStaffIsCivilian,
    kPlannedCounts,
    kNothingQuarantined,
    kReleaseIgnored,
    kTableDayIncluded,
  };
  static constexpr Fault kLastFault = Fault::kTableDayIncluded;

  explicit NaiveModel(Fault fault = Fault::kNone) : fault_(fault) {}

  // What should become of a submission that breaks no rule of its own.
  struct Outcome {
    int64_t position = 0;  // 0: rejected
    bool duplicate = false;
    std::string field;
    std::string reason;
  };
  Outcome Submit(const v1::Submission& submission, int64_t clock_us);

  // Says that the entries from `first` to `last`, the last ones so far, were
  // recorded together: they were learnt together, so none of their strength
  // reports was known when the others were.
  void NoteBlock(int64_t first, int64_t last);
  // Up to which entry that was said.
  int64_t noted() const { return noted_; }

  // Number of accepted entries: position of the last.
  int64_t size() const { return static_cast<int64_t>(accepted_.size()); }
  // When `position` was recorded; microseconds.
  int64_t TimeOf(int64_t position) const { return accepted_[position - 1].recorded_time_us; }

  // The position that a copy that has `applied` entries answers from; nullopt
  // if it cannot.
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

 private:
  struct Accepted {
    v1::Submission submission;
    std::string id;      // the event's, or the correction's own
    std::string target;  // corrections: the event's id
    int64_t position = 0;
    int64_t recorded_time_us = 0;
  };
  // An event as it stands at some point of the replay.
  struct Standing {
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

  const Accepted* FindId(const std::string& id) const;
  Outcome Accept(Accepted entry, int64_t clock_us);
  std::vector<Standing> Replay(int64_t known_at) const;
  bool Matches(const v1::Filter& filter, bool figures, const Standing& standing) const;
  // Whether more people of the event's country and category would leave, in
  // all or from its site, than the last table before its day allows for.
  bool Exceeds(const v1::Event& event, const std::vector<Standing>& others,
               int64_t tables_before) const;
  bool Exceeds(const v1::Event& event, bool of_site, const std::vector<Standing>& others,
               int64_t tables_before) const;
  bool Covers(v1::Category wanted, v1::Category leaf) const;
  v1::Category NarrowestRollUp(v1::Category leaf) const;
  Bins Count(const v1::Filter& filter, const std::vector<v1::Dimension>& group_by,
             v1::Bucket bucket, int64_t known_at) const;
  std::string BucketOf(const std::string& day, v1::Bucket bucket) const;
  void ToFigure(const Bin& bin, v1::Figure* figure) const;
  v1::EventRecord RecordOf(const Standing& standing) const;

  const Fault fault_;
  std::vector<Accepted> accepted_;
  int64_t noted_ = 0;
  std::set<int64_t> quarantining_;  // entries that put their event into quarantine
};

}  // namespace repatriation

#endif  // TESTS_PROPERTY_NAIVE_MODEL_H_
