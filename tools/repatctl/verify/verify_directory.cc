#include "tools/repatctl/verify/verify_directory.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/proof/block_check.h"
#include "common/proof/id_check.h"
#include "common/storage/block_table.h"
#include "common/storage/data_directory.h"
#include "common/storage/stored_ledger_log.h"
#include "common/storage/tail_note.h"
#include "ingest_service/core/voided_check.h"
#include "query_service/core/replica/view_check.h"

namespace repatriation {
namespace {

bool HasTables(const std::vector<std::string>& names, const std::vector<TableSpec>& specs) {
  return names.size() == specs.size() &&
         std::all_of(specs.begin(), specs.end(), [&](const TableSpec& spec) {
           return std::find(names.begin(), names.end(), spec.name) != names.end();
         });
}

// The id stored in the ledger or replica; empty if there is none.
absl::StatusOr<LedgerId> StoredId(const Store& store, const BlockTable& blocks, bool is_replica) {
  if (!is_replica) return StoredLedgerLog::ReadId(store, LedgerTables::kMeta);
  const auto first = blocks.FirstLedgerId();
  // CheckBlocks() reports a damaged first block.
  return absl::IsDataLoss(first.status()) ? absl::StatusOr<LedgerId>(LedgerId()) : first;
}

// Checks one directory.
class DirectoryCheck {
 public:
  DirectoryCheck(const VerifyOptions& options, std::unique_ptr<Store> store, bool is_replica)
      : options_(options),
        store_(std::move(store)),
        blocks_table_(is_replica ? ReplicaTables::kBlocks : LedgerTables::kBlocks) {
    report_.is_replica = is_replica;
    if (is_replica) {
      view_ = std::make_unique<ViewCheck>(store_.get());
    } else {
      voided_ = std::make_unique<VoidedCheck>(
          store_.get(), EntryIndex::Tables{LedgerTables::kVoided, LedgerTables::kMeta});
    }
  }

  absl::StatusOr<DirectoryReport> Run() && {
    absl::Status status = CheckLedger();
    if (!status.ok()) return status;
    std::sort(report_.flaws.begin(), report_.flaws.end(),
              [](const Flaw& a, const Flaw& b) { return a.position < b.position; });
    return std::move(report_);
  }

 private:
  absl::Status CheckLedger() {
    const BlockTable blocks(store_.get(), blocks_table_);
    const auto id = StoredId(*store_, blocks, report_.is_replica);
    if (!id.ok()) return id.status();
    // Only for the progress; damage there is found later.
    last_ = blocks.Tail().value_or(LedgerTail()).position;
    auto ids =
        IdCheck::Open(IdsPath(options_.data_dir), *id, {.may_exceed_ledger = report_.is_replica});
    if (!ids.ok()) return ids.status();
    ids_ = *std::move(ids);
    report_.ids_through = ids_->last_position();
    const auto checked =
        CheckBlocks(*store_, blocks_table_, *id,
                    [this](const Block& block, absl::Span<const LedgerEntry> entries) {
                      return CheckBlock(block, entries);
                    });
    if (!checked.ok()) return checked.status();
    report_.tail = checked->tail;
    report_.ledger.ledger_id = checked->ledger_id;
    report_.ledger.last_position = checked->tail.position;
    if (checked->flaw.has_value()) {
      // Without valid blocks the indexes cannot be checked.
      report_.flaws.push_back(*checked->flaw);
      report_.indexes_skipped = true;
    } else if (absl::Status finished = Finish(id->empty()); !finished.ok()) {
      return finished;
    }
    if (!report_.is_replica) CheckAcknowledged();
    CollectFlaws();
    return absl::OkStatus();
  }

  absl::Status CheckBlock(const Block& block, absl::Span<const LedgerEntry> entries) {
    if (block.first_position() <= options_.evidence_at &&
        options_.evidence_at <= block.last_position()) {
      report_.ledger.at = block.tail();
    }
    absl::Status status = ids_->Add(entries);
    if (status.ok() && view_ != nullptr) status = view_->Add(block, entries);
    if (voided_ != nullptr) voided_->Add(entries);
    if (options_.progress) options_.progress(block.last_position(), last_);
    return status;
  }

  absl::Status Finish(bool without_id) {
    if (without_id && !report_.is_replica && report_.tail.position > 0) {
      report_.flaws.push_back({1, "the ledger has blocks but no ledger id"});
    }
    absl::Status status = ids_->Finish();
    if (status.ok() && view_ != nullptr) status = view_->Finish();
    if (status.ok() && voided_ != nullptr) status = voided_->Finish();
    return status;
  }

  // The store itself cannot show that the end of the ledger is missing.
  void CheckAcknowledged() {
    const auto note = TailNote::Open(TailNotePath(options_.data_dir));
    if (!note.ok()) {
      report_.flaws.push_back({report_.tail.position + 1, std::string(note.status().message())});
      return;
    }
    const auto& noted = (*note)->acknowledged();
    if (!noted.has_value() || noted->position <= report_.tail.position) return;
    report_.flaws.push_back({report_.tail.position + 1,
                             absl::StrCat("the ledger ends here, but position ", noted->position,
                                          " was acknowledged according to ", (*note)->path())});
  }

  void CollectFlaws() {
    const auto add = [this](const absl::optional<Flaw>& flaw) {
      if (flaw.has_value()) report_.flaws.push_back(*flaw);
    };
    add(ids_->flaw());
    if (view_ != nullptr) add(view_->flaw());
    if (voided_ != nullptr) add(voided_->flaw());
  }

  const VerifyOptions& options_;
  const std::unique_ptr<Store> store_;
  const TableId blocks_table_;
  std::unique_ptr<IdCheck> ids_;
  std::unique_ptr<ViewCheck> view_;      // of a replica
  std::unique_ptr<VoidedCheck> voided_;  // of the ledger
  Position last_ = 0;
  DirectoryReport report_;
};

}  // namespace

absl::StatusOr<DirectoryReport> VerifyDirectory(const VerifyOptions& options) {
  StoreOptions store_options;
  store_options.path = StorePath(options.data_dir);
  const auto names = Store::TableNames(store_options.path);
  if (!names.ok()) return names.status();
  const bool is_replica = HasTables(*names, ReplicaTables::Specs());
  if (!is_replica && !HasTables(*names, LedgerTables::Specs())) {
    return absl::FailedPreconditionError(
        absl::StrCat(store_options.path, " has the tables of neither service of this version"));
  }
  store_options.tables = is_replica ? ReplicaTables::Specs() : LedgerTables::Specs();
  // The same option as the query service.
  if (is_replica) store_options.damaged_log = DamagedLog::kRecoverPrefix;
  auto store = Store::OpenForReading(store_options);
  if (!store.ok()) return store.status();
  return DirectoryCheck(options, *std::move(store), is_replica).Run();
}

}  // namespace repatriation
