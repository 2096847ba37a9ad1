#include "tests/property/model_run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/property/naive_values.h"

namespace repatriation {
namespace {

constexpr size_t kReplicas = 2;
constexpr size_t kEveryBlock = SIZE_MAX;

SequencerOptions SmallGroups(RandomLedger& random) {
  SequencerOptions options;
  // Blocks of one batch, of a few, or of all that are queued.
  options.group_submissions_max = random.Chance(3) ? 1 : 1 + random.Below(40);
  return options;
}

}  // namespace

void ModelRun::Counts::Add(const Counts& other) {
  entries += other.entries;
  duplicates += other.duplicates;
  rejections += other.rejections;
  blocks += other.blocks;
  corrections += other.corrections;
  records += other.records;
  reopenings += other.reopenings;
  rows += other.rows;
  pages += other.pages;
  refused += other.refused;
  unknown += other.unknown;
  may_grow += other.may_grow;
  complete += other.complete;
  zeros += other.zeros;
  gaps += other.gaps;
  means += other.means;
  relocated += other.relocated;
  for (const auto& [verdict, count] : other.verdicts) verdicts[verdict] += count;
  later_verdicts += other.later_verdicts;
}

std::string ModelRun::Counts::ToString() const {
  std::string text = absl::StrCat(
      entries, " entries (", corrections, " corrections, ", records, " records) in ", blocks,
      " blocks, ", duplicates, " duplicates, ", rejections, " rejections, ", reopenings,
      " reopenings, ", rows, " rows on ", pages, " pages, ", refused, " queries refused\n",
      complete, " figures complete, ", may_grow, " that may grow, ", unknown, " without a mark; ",
      zeros, " real zeros, ", gaps, " gaps, ", means, " moving averages; ", relocated,
      " sites that people relocated to\n");
  for (const auto& [verdict, count] : verdicts) {
    absl::StrAppend(&text, v1::Verdict_Name(verdict), " ", count, ", ");
  }
  return absl::StrCat(text, later_verdicts, " that date from after their statement");
}

ModelRun::ModelRun(uint64_t seed, ModelFault fault)
    : random_(seed),
      model_(fault),
      // After all days of the ledger, since reporters' marks must not be in the future.
      clock_(absl::FromUnixSeconds(1'720'000'000)),
      ledger_(&clock_, SmallGroups(random_)),
      replicas_(kReplicas) {}

std::optional<std::string> ModelRun::Run(int queries) {
  Check(ledger_.Open(), "opening the ledger");
  for (ReplicaUnderTest& replica : replicas_) Check(replica.Open(), "opening a replica");
  for (int i = 0; i < queries && !failed(); ++i) {
    if (i % 20 == 0) AppendSome();
    if (i % 10 == 0) MoveReplicas();
    AskOne();
  }
  if (!failed()) FinishReplicas();
  return mismatch_;
}

void ModelRun::Mismatch(const std::string& what, const std::string& expected,
                        const std::string& got) {
  if (failed()) return;
  mismatch_ = absl::StrCat(what, "\n  expected: ", expected, "\n  got:      ", got);
}

void ModelRun::Check(const absl::Status& status, const std::string& what) {
  if (!status.ok()) Mismatch(what, "OK", status.ToString());
}

RandomLedger::Draft ModelRun::NextDraft() {
  return random_.NextDraft([&](const v1::Statement& statement, v1::Measure measure) {
    const NaiveModel::RecordedFigures figures =
        model_.FiguresOf(statement, measure, model_.block_tail());
    const bool by_events = !figures.strength.has_value() || random_.Chance(2);
    const auto& chosen = by_events ? figures.events : figures.strength;
    std::optional<RandomLedger::Recorded> recorded;
    if (chosen.has_value()) recorded = {chosen->headcount, chosen->female};
    return recorded;
  });
}

void ModelRun::AppendSome() {
  if (random_.Chance(8)) {
    ledger_.Close();
    Check(ledger_.Open(), "reopening the ledger");
    ++counts_.reopenings;
  }
  // Sometimes the clock stands still, and sometimes it is set back.
  if (!random_.Chance(4)) clock_.Advance(absl::Microseconds(random_.Below(3'000'000)));
  if (random_.Chance(10)) clock_.Advance(-absl::Seconds(random_.Below(10)));

  std::vector<std::vector<RandomLedger::Draft>> drafts(1 + random_.Below(5));
  std::vector<LedgerUnderTest::Batch> batches;
  for (auto& batch : drafts) {
    LedgerUnderTest::Batch& submissions = batches.emplace_back();
    for (int64_t i = 1 + random_.Below(8); i > 0; --i) {
      batch.push_back(NextDraft());
      *submissions.Add() = batch.back().submission;
    }
  }
  const auto results = ledger_.Append(batches);
  for (size_t i = 0; i < drafts.size() && !failed(); ++i) {
    CompareResult(drafts[i], results[i], absl::ToUnixMicros(clock_.Now()));
  }
  if (!failed() && ledger_.log().tail().position != model_.size()) {
    Mismatch("tail of the ledger", absl::StrCat(model_.size()),
             absl::StrCat(ledger_.log().tail().position));
  }
  AddNewBlocks();
}

void ModelRun::AddNewBlocks() {
  const auto blocks = ledger_.log().ReadAfter(model_.block_tail(), SIZE_MAX);
  Check(blocks.status(), "reading the new blocks");
  if (failed()) return;
  for (const std::string& bytes : *blocks) {
    const auto block = Block::Parse(bytes);
    Check(block.status(), "reading a new block");
    if (failed()) return;
    model_.AddBlock(block->first_position(), block->last_position());
  }
}

void ModelRun::CompareResult(const std::vector<RandomLedger::Draft>& drafts,
                             const absl::StatusOr<v1::BatchResult>& result, int64_t clock_us) {
  Check(result.status(), "appending a batch");
  if (failed()) return;
  v1::BatchResult expected;
  std::string what = "result of the batch";
  for (size_t i = 0; i < drafts.size(); ++i) {
    const RandomLedger::Draft& draft = drafts[i];
    NaiveModel::Outcome outcome = {0, false, draft.field, draft.reason};
    const int64_t before = model_.size();
    if (draft.field.empty()) outcome = model_.Submit(draft.submission, clock_us);
    const bool corrects = !draft.submission.has_event() && !draft.submission.has_record();
    counts_.corrections += model_.size() > before && corrects;
    counts_.records += model_.size() > before && draft.submission.has_record();
    expected.add_positions(outcome.position);
    if (outcome.duplicate) expected.add_duplicate_indexes(static_cast<int>(i));
    if (outcome.position == 0) {
      v1::Rejection& rejection = *expected.add_rejections();
      rejection.set_index(static_cast<int>(i));
      rejection.set_field(outcome.field);
      rejection.set_reason(outcome.reason);
    }
    absl::StrAppend(&what, "\n  ", i, ": ", TextOf(draft.submission));
  }
  counts_.entries = static_cast<int>(model_.size());
  counts_.duplicates += expected.duplicate_indexes_size();
  counts_.rejections += expected.rejections_size();
  v1::BatchResult got = *result;
  for (v1::Rejection& rejection : *got.mutable_rejections()) {
    if (rejection.description().empty()) {
      return Mismatch(what, "a description of each rejection", TextOf(rejection));
    }
    rejection.clear_description();
  }
  if (TextOf(expected) != TextOf(got)) Mismatch(what, TextOf(expected), TextOf(got));
}

void ModelRun::MoveReplicas() {
  // The first keeps up; the others lag, apply blocks in batches of random sizes, and are
  // reopened.
  Check(replicas_[0].CatchUp(ledger_.log(), kEveryBlock), "applying all blocks");
  for (size_t i = 1; i < replicas_.size(); ++i) {
    Check(replicas_[i].CatchUp(ledger_.log(), random_.Below(5), 1 + random_.Below(4000)),
          "applying some blocks");
    if (!random_.Chance(5)) continue;
    const LedgerTail before = replicas_[i].replica().tail();
    Check(replicas_[i].Open(), "reopening a replica");
    if (failed()) return;
    ++counts_.reopenings;
    if (replicas_[i].replica().tail() != before) {
      Mismatch("tail of a reopened replica", absl::StrCat(before.position),
               absl::StrCat(replicas_[i].applied()));
    }
  }
}

void ModelRun::FinishReplicas() {
  // Add one that applies everything at once; then query all again after reopening.
  replicas_.emplace_back();
  Check(replicas_.back().Open(), "opening an empty replica");
  for (ReplicaUnderTest& replica : replicas_) {
    if (failed()) return;
    Check(replica.CatchUp(ledger_.log(), kEveryBlock), "applying all blocks");
    Check(replica.Open(), "reopening a replica");
    if (failed()) return;
    const LedgerTail expected = ledger_.log().tail();
    const LedgerTail got = replica.replica().tail();
    if (expected != got) {
      return Mismatch("tail of a replica at the end",
                      absl::StrCat(expected.position, " ", Hex(expected.hash)),
                      absl::StrCat(got.position, " ", Hex(got.hash)));
    }
  }
  for (int i = 0; i < 10 && !failed(); ++i) AskOne();
  const auto blocks = ledger_.log().ReadAfter(0, SIZE_MAX);
  Check(blocks.status(), "reading all blocks");
  if (blocks.ok()) counts_.blocks += static_cast<int>(blocks->size());
}

}  // namespace repatriation
