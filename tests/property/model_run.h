// Compares one random ledger with the naive model: random batches go to the ingest
// service's core, its blocks to replicas, random queries to these; every answer is
// compared.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_PROPERTY_MODEL_RUN_H_
#define TESTS_PROPERTY_MODEL_RUN_H_

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/property/ledger_under_test.h"
#include "tests/property/naive_model.h"
#include "tests/property/random_ledger.h"
#include "tests/property/replica_under_test.h"

namespace repatriation {

class ModelRun {
 public:
  ModelRun(uint64_t seed, ModelFault fault);

  // Asks `queries` questions, with appends in between. Ends at the first unexpected
  // answer and describes it.
  std::optional<std::string> Run(int queries);

  // How often each case occurred, to prove that all are covered.
  struct Counts {
    int entries = 0;
    int duplicates = 0;
    int rejections = 0;
    int blocks = 0;
    int corrections = 0;
    int records = 0;
    int reopenings = 0;
    int rows = 0;
    int pages = 0;
    int refused = 0;  // not applied yet, or not found
    // Figures of unknown completeness, that may grow, and that are complete.
    int unknown = 0;
    int may_grow = 0;
    int complete = 0;
    // Rows of timelines with filled gaps.
    int zeros = 0;
    int gaps = 0;
    int means = 0;
    int relocated = 0;  // sites with known strength that people relocated to
    std::map<v1::Verdict, int> verdicts;
    int later_verdicts = 0;  // that date from an entry after their statement

    void Add(const Counts& other);
    std::string ToString() const;
  };
  const Counts& counts() const { return counts_; }

 private:
  bool failed() const { return mismatch_.has_value(); }
  void Mismatch(const std::string& what, const std::string& expected, const std::string& got);
  void Check(const absl::Status& status, const std::string& what);
  template <typename Message>
  void Compare(const std::string& what, const std::vector<Message>& expected,
               const std::vector<Message>& got);
  void CompareHeader(const std::string& what, const v1::ResponseHeader& header, int64_t known_at);
  template <typename Response>
  bool Refused(const std::string& what, const std::optional<int64_t>& known_at,
               const absl::StatusOr<Response>& response);

  RandomLedger::Draft NextDraft();
  void AppendSome();
  void CompareResult(const std::vector<RandomLedger::Draft>& drafts,
                     const absl::StatusOr<v1::BatchResult>& result, int64_t clock_us);
  void AddNewBlocks();
  void MoveReplicas();
  void AskOne();
  void FinishReplicas();

  v1::ReadOptions NextRead();
  // Reads all pages; false if the first was refused as expected, or on a mismatch.
  template <typename Request, typename Call, typename Consume>
  bool ReadPages(Request request, int64_t page_size_max, Call call, Consume consume);

  void ExpectRefusal(const std::string& what, const std::string& reason,
                     const absl::Status& status);
  template <typename Request, typename Response>
  void CompareCompleteness(const Request& request, const Response& response);
  std::optional<v1::Figure> SumOfEvents(const v1::Filter& filter, int64_t known_at);
  void AskEventsBehind(const v1::GetAggregateResponse& figure);
  void AskEventsBehind(const v1::Reconciliation& row, int64_t known_at);
  void AskEventsBehind(const v1::BriefingFigure& figure, int64_t known_at);

  void AskAggregate();
  void AskTimeline();
  void AskFilledTimeline();
  void AskDrawdown();
  void AskReconciliation();
  void AskEvents();
  void AskEvent();
  void AskBriefing();
  void AskMissions();

  RandomLedger random_;
  NaiveModel model_;
  FakeClock clock_;
  LedgerUnderTest ledger_;
  std::deque<ReplicaUnderTest> replicas_;
  ReplicaUnderTest* asked_ = nullptr;  // the one that the current query goes to
  Counts counts_;
  std::optional<std::string> mismatch_;
};

}  // namespace repatriation

#endif  // TESTS_PROPERTY_MODEL_RUN_H_
