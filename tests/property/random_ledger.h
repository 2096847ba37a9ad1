// Random submissions and queries from a seed. Uses few distinct values, so that ids
// collide, events share cells and corrections overlap.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_PROPERTY_RANDOM_LEDGER_H_
#define TESTS_PROPERTY_RANDOM_LEDGER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "repatriation/v1/ingest_service.pb.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

class RandomLedger {
 public:
  explicit RandomLedger(uint64_t seed);

  // A number in [0, end). REQUIRES: end > 0.
  int64_t Below(int64_t end) { return static_cast<int64_t>(random_() % end); }
  // True once in `n` times.
  bool Chance(int64_t n) { return Below(n) == 0; }

  // A submission, and the field and reason if it is invalid by itself; else empty.
  struct Draft {
    v1::Submission submission;
    std::string field;
    std::string reason;
  };
  // What the ledger has for a measure of a statement's people and days; nullopt: nothing.
  // Statements get numbers near it.
  struct Recorded {
    int64_t headcount = 0;
    std::optional<int64_t> female;
  };
  using Truth = std::function<std::optional<Recorded>(const v1::Statement&, v1::Measure)>;
  Draft NextDraft(const Truth& truth);

  v1::Filter NextFilter();
  // Of one mission.
  v1::GetTimelineRequest NextFilledTimeline();
  v1::GetDrawdownRequest NextDrawdown();
  v1::DayRange NextDays();
  std::vector<v1::Dimension> NextGroupBy();
  // An id that was sent, or occasionally one that was not.
  std::string NextId();
  std::string NextMission() { return Pick(missions_); }

 private:
  template <typename T>
  const T& Pick(const std::vector<T>& values) {
    return values[Below(static_cast<int64_t>(values.size()))];
  }
  std::vector<std::string> Subset(const std::vector<std::string>& words, int64_t at_least);
  void FillContent(v1::Event& event);
  v1::Submission NewSubmission(const Truth& truth);
  v1::Submission NewCorrection();
  v1::Submission NewRecord(const Truth& truth);
  v1::StrengthReport NewStrength(bool in_table);
  // Whether the last submission was a row of a table.
  bool IsInTable() const;
  v1::Statement NewStatement(const Truth& truth);
  v1::Statement NewFigure();
  v1::Statement NewAddend(const v1::Statement& earlier);
  v1::ReportedThrough NewMark();
  v1::Mandate NewMandate();
  void BreakRecord(Draft& draft);
  void VaryContent(v1::Event& event);
  void Repeat(v1::Submission& submission);
  void Break(Draft& draft);
  std::string NewId();
  const v1::Event* ContentOf(const std::string& event_id) const;

  std::mt19937_64 random_;
  std::vector<std::string> missions_;
  std::vector<std::string> countries_;
  std::vector<std::string> sites_;
  std::vector<std::string> units_;
  std::vector<std::string> days_;
  std::vector<int> categories_;
  int64_t sex_unknown_once_in_ = 2;
  bool with_strength_ = false;
  std::vector<v1::Submission> sent_;
  std::vector<v1::StrengthReport> rows_;
  std::vector<v1::Statement> statements_;
  std::vector<std::string> ids_;
};

}  // namespace repatriation

#endif  // TESTS_PROPERTY_RANDOM_LEDGER_H_
