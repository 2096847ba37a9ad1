#include "tools/repatctl/verify/verify_services.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/errors.h"

namespace repatriation {
namespace {

// The number of evenly spaced positions that are compared.
constexpr Position kParts = 8;

// True if an error is a finding: something is wrong with the service's data.
bool IsFinding(const absl::Status& status) {
  return absl::IsDataLoss(status) || ReasonOf(status) == "REPLICA_DIVERGED" ||
         ReasonOf(status) == "POSITION_AHEAD_OF_LEDGER";
}

absl::StatusOr<v1::GetLedgerHashResponse> FetchHash(ProofClient& client, Position position) {
  v1::GetLedgerHashRequest request;
  request.set_position(position);
  return client.GetLedgerHash(request);
}

bool Agree(const absl::StatusOr<v1::GetLedgerHashResponse>& a,
           const absl::StatusOr<v1::GetLedgerHashResponse>& b) {
  return a.ok() && b.ok() && a->ledger_id() == b->ledger_id() && a->position() == b->position() &&
         a->hash() == b->hash();
}

class Comparison {
 public:
  explicit Comparison(const std::vector<Peer>& peers) : peers_(peers) {}

  absl::StatusOr<ServicesReport> Run() && {
    absl::Status status = CompareLedgers();
    if (status.ok() && report_.first_bad == 0) status = CompareUpTo(report_.compared_through);
    if (!status.ok()) return status;
    return std::move(report_);
  }

 private:
  // Sets compared_through to the last position that all have. A replica that has
  // diverged, or follows another ledger, is a finding.
  absl::Status CompareLedgers() {
    std::vector<HashRow> ends;
    for (size_t peer = 0; peer < peers_.size(); ++peer) {
      HashRow row{0, peer, FetchHash(*peers_[peer].client, 0), false};
      if (!row.answer.ok() && !IsFinding(row.answer.status())) return row.answer.status();
      ends.push_back(std::move(row));
    }
    report_.compared_through = INT64_MAX;
    bool same_ledger = true;
    for (HashRow& end : ends) {
      end.agrees = end.answer.ok() && ends.front().answer.ok() &&
                   (end.answer->ledger_id() == ends.front().answer->ledger_id() ||
                    end.answer->ledger_id().empty());
      same_ledger = same_ledger && end.agrees;
      if (end.answer.ok()) {
        end.position = end.answer->position();
        report_.compared_through = std::min(report_.compared_through, end.position);
      }
    }
    if (same_ledger) return absl::OkStatus();
    report_.rows = std::move(ends);
    report_.first_bad = 1;
    return absl::OkStatus();
  }

  absl::Status CompareUpTo(Position last) {
    if (last == 0) {
      report_.hash = std::string(64, '0');
      return absl::OkStatus();
    }
    std::set<Position> positions = {1, last};
    for (Position part = 1; part < kParts; ++part) {
      positions.insert(std::max<Position>(1, last / kParts * part));
    }
    Position good = 0;
    for (const Position position : positions) {
      const auto agrees = CompareAt(position);
      if (!agrees.ok()) return agrees.status();
      if (*agrees && report_.first_bad == 0) good = position;
      if (!*agrees && report_.first_bad == 0) report_.first_bad = position;
    }
    if (report_.first_bad == 0) {
      report_.hash = report_.rows.back().answer->hash();
      return absl::OkStatus();
    }
    return FindFirstBad(good);
  }

  // Fetches all hashes at `position` and adds them to the report.
  absl::StatusOr<bool> CompareAt(Position position) {
    bool all_agree = true;
    const size_t first = report_.rows.size();
    for (size_t peer = 0; peer < peers_.size(); ++peer) {
      HashRow row{position, peer, FetchHash(*peers_[peer].client, position), false};
      if (!row.answer.ok() && !IsFinding(row.answer.status())) return row.answer.status();
      row.agrees = peer == 0 ? row.answer.ok() : Agree(report_.rows[first].answer, row.answer);
      all_agree = all_agree && row.agrees;
      report_.rows.push_back(std::move(row));
    }
    return all_agree;
  }

  // Each hash covers all entries before it, so all hashes from the first bad position
  // on differ: bisects between that and `good`.
  absl::Status FindFirstBad(Position good) {
    while (report_.first_bad - good > 1) {
      const Position middle = good + (report_.first_bad - good) / 2;
      const auto agrees = CompareAt(middle);
      if (!agrees.ok()) return agrees.status();
      (*agrees ? good : report_.first_bad) = middle;
    }
    std::stable_sort(report_.rows.begin(), report_.rows.end(),
                     [](const HashRow& a, const HashRow& b) { return a.position < b.position; });
    return absl::OkStatus();
  }

  const std::vector<Peer>& peers_;
  ServicesReport report_;
};

}  // namespace

absl::StatusOr<ServicesReport> CompareServices(const std::vector<Peer>& peers) {
  return Comparison(peers).Run();
}

absl::StatusOr<LedgerEvidence> EvidenceOf(ProofClient& client, Position position) {
  auto answer = FetchHash(client, position);
  // The last position shows that the ledger ends before `position`.
  if (ReasonOf(answer.status()) == "POSITION_AHEAD_OF_LEDGER") answer = FetchHash(client, 0);
  if (!answer.ok()) return answer.status();
  return EvidenceFrom(*answer);
}

}  // namespace repatriation
