#include "tools/repatctl/commands/verify_command.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/errors.h"
#include "common/proof/checkpoint.h"
#include "common/proof/signed_note.h"
#include "tools/repatctl/commands/add_command.h"
#include "tools/repatctl/commands/command_flags.h"
#include "tools/repatctl/output/progress.h"
#include "tools/repatctl/output/render_verify.h"
#include "tools/repatctl/output/tables.h"
#include "tools/repatctl/verify/verify_directory.h"
#include "tools/repatctl/verify/verify_services.h"

namespace repatriation {
namespace {

// The flags of both commands; each uses its own part.
struct VerifyFlags {
  ProofConnector connect;
  std::string data_dir;
  std::string checkpoint;
  std::string public_key;
  std::string format = "table";
  std::string out;
};

// A checkpoint to verify, or none.
using Wanted = absl::optional<Checkpoint>;

// Whether a status says that something is bad, not that it cannot be found out.
bool IsBad(const absl::Status& status) {
  return absl::IsDataLoss(status) ||
         (absl::IsFailedPrecondition(status) && !ReasonOf(status).empty());
}

// The exit status for either.
int FailVerify(const Session& session, const absl::Status& status) {
  if (!IsBad(status)) return session.Fail(status);
  session.env.err << ErrorLine(status) << "\n";
  return kExitNotVerified;
}

absl::StatusOr<std::string> ReadNote(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // One more than a note may have, so that a longer file is refused as such.
  std::string bytes(kNoteBytesMax + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.is_open() || file.bad()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
  }
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

// FAILED_PRECONDITION with a reason, or DATA_LOSS, if the note is not to be
// believed; other errors if it cannot be looked at.
absl::StatusOr<Wanted> ReadCheckpoint(const VerifyFlags& flags) {
  if (flags.checkpoint.empty()) return Wanted();
  const auto key = Ed25519PublicKey::ReadFile(flags.public_key);
  if (!key.ok()) return absl::InvalidArgumentError(key.status().message());
  const auto note = ReadNote(flags.checkpoint);
  if (!note.ok()) return note.status();
  auto checkpoint = OpenCheckpoint(*note, *key);
  if (checkpoint.ok()) return Wanted(*std::move(checkpoint));
  const absl::Status status = absl::IsInvalidArgument(checkpoint.status())
                                  ? absl::DataLossError(checkpoint.status().message())
                                  : checkpoint.status();
  return Annotate(status, flags.checkpoint);
}

std::string CheckpointLine(const Checkpoint& checkpoint) {
  return absl::StrCat("checkpoint of position ", checkpoint.tail.position, ", issued ",
                      absl::FormatTime(absl::RFC3339_full, checkpoint.issued, absl::UTCTimeZone()),
                      ": signed by this key, and the history up to it is unchanged\n");
}

std::string VerifiedLine(Position position, absl::string_view hash) {
  return absl::StrCat("verified: ", position, " positions, hash ", hash, "\n");
}

// Offline.

void PrintReport(Session& session, const DirectoryReport& report) {
  session.env.out << absl::StrCat(report.is_replica ? "copy of ledger " : "ledger ",
                                  report.ledger.ledger_id.ToString(), ", blocks through position ",
                                  report.tail.position, ", id index through position ",
                                  report.ids_through, "\n");
  for (const Flaw& flaw : report.flaws) {
    session.env.out << absl::StrCat("bad at position ", flaw.position, ": ", flaw.what, "\n");
  }
  if (report.indexes_skipped) {
    session.env.out << "what is derived from the blocks was not checked to the end\n";
  }
}

// The exit status for what became of the checkpoint.
int CheckAgainst(Session& session, const Checkpoint& wanted, const DirectoryReport& report) {
  if (!report.flaws.empty() && report.tail.position < wanted.tail.position) {
    session.env.out << absl::StrCat("the checkpoint of position ", wanted.tail.position,
                                    " is beyond what could be read\n");
    return kExitNotVerified;
  }
  const absl::Status holds = CheckEvidence(wanted, report.ledger);
  if (!holds.ok()) return FailVerify(session, holds);
  session.env.out << CheckpointLine(wanted);
  return kExitOk;
}

int VerifyOffline(Session& session, const VerifyFlags& flags, const Wanted& wanted) {
  const absl::Time started = session.env.clock.Now();
  VerifyOptions options;
  options.data_dir = flags.data_dir;
  if (wanted.has_value()) options.evidence_at = wanted->tail.position;
  std::unique_ptr<ProgressLine> line;
  options.progress = [&](Position done, Position last) {
    if (line == nullptr) {
      line = std::make_unique<ProgressLine>(session.env.err, session.env.err_is_terminal, last,
                                            session.env.clock, "entries");
    }
    line->Update(done, done);
  };
  const auto report = VerifyDirectory(options);
  line.reset();
  if (!report.ok()) return FailVerify(session, report.status());
  const double seconds = absl::ToDoubleSeconds(session.env.clock.Now() - started);
  if (seconds > 0) {
    session.env.err << absl::StrCat(
        "read ", report->tail.position, " entries in ",
        absl::FormatDuration(absl::Trunc(absl::Seconds(seconds), absl::Milliseconds(1))), ", ",
        WithThousands(static_cast<int64_t>(static_cast<double>(report->tail.position) / seconds)),
        " a second\n");
  }
  PrintReport(session, *report);
  const int checkpoint = wanted.has_value() ? CheckAgainst(session, *wanted, *report) : kExitOk;
  if (!report->flaws.empty()) {
    session.env.out << absl::StrCat("not verified: first bad position ",
                                    report->flaws.front().position, "\n");
    return kExitNotVerified;
  }
  if (checkpoint == kExitOk) {
    session.env.out << VerifiedLine(report->tail.position, Hex(report->tail.hash));
  }
  return checkpoint;
}

// Online.

std::vector<Peer> PeersOf(const Session& session, const ProofConnector& connect) {
  std::vector<Peer> peers;
  const auto add = [&](const std::string& service, const std::string& target) {
    peers.push_back({service, target, connect(service, target, session.timeout())});
  };
  add("ingest", session.ingest_target);
  for (const auto target : absl::StrSplit(session.query_target, ',', absl::SkipEmpty())) {
    add("query", std::string(target));
  }
  return peers;
}

int CheckAgainst(Session& session, const Checkpoint& wanted, const std::vector<Peer>& peers) {
  for (const Peer& peer : peers) {
    const auto evidence = EvidenceOf(*peer.client, wanted.tail.position);
    absl::Status holds = evidence.status();
    if (evidence.ok()) holds = CheckEvidence(wanted, *evidence);
    holds = Annotate(holds, absl::StrCat(peer.service, " service at ", peer.target));
    if (!holds.ok()) return FailVerify(session, holds);
  }
  return kExitOk;
}

int VerifyOnline(Session& session, const VerifyFlags& flags, const Wanted& wanted) {
  const std::vector<Peer> peers = PeersOf(session, flags.connect);
  const auto report = CompareServices(peers);
  if (!report.ok()) return FailVerify(session, report.status());
  const bool for_people = flags.format == "table";
  session.env.out << (flags.format == "json"  ? ServicesJson(*report, peers)
                      : flags.format == "csv" ? ServicesCsv(*report, peers)
                                              : ServicesTable(*report, peers));
  if (report->first_bad > 0) {
    if (for_people) {
      session.env.out << "not verified: first bad position " << report->first_bad << "\n";
    }
    return kExitNotVerified;
  }
  if (wanted.has_value()) {
    const int checkpoint = CheckAgainst(session, *wanted, peers);
    if (checkpoint != kExitOk) return checkpoint;
    if (for_people) session.env.out << CheckpointLine(*wanted);
  }
  if (for_people) session.env.out << VerifiedLine(report->compared_through, report->hash);
  return kExitOk;
}

int RunVerify(Session& session, const VerifyFlags& flags) {
  if (flags.checkpoint.empty() != flags.public_key.empty()) {
    return session.FailUsage("verify: --checkpoint and --public_key go together");
  }
  const auto wanted = ReadCheckpoint(flags);
  if (!wanted.ok()) return FailVerify(session, wanted.status());
  return flags.data_dir.empty() ? VerifyOnline(session, flags, *wanted)
                                : VerifyOffline(session, flags, *wanted);
}

int RunCheckpoint(Session& session, const VerifyFlags& flags) {
  const auto response =
      flags.connect("ingest", session.ingest_target, session.timeout())->SignCheckpoint({});
  if (!response.ok()) return session.Fail(response.status());
  if (flags.out.empty()) {
    session.env.out << response->note();
    return kExitOk;
  }
  std::ofstream file(flags.out, std::ios::binary | std::ios::trunc);
  file << response->note();
  file.close();
  if (!file.good()) return session.FailUsage(absl::StrCat("cannot write ", flags.out));
  session.env.out << "wrote the checkpoint of position " << response->position() << " to "
                  << flags.out << "\n";
  return kExitOk;
}

}  // namespace

void AddVerifyCommands(CLI::App& app, Session& session, const ProofConnector& connect) {
  const auto flags = std::make_shared<VerifyFlags>();
  flags->connect = connect;
  CLI::App& verify =
      AddCommand(app, session, flags, "verify",
                 "Check a ledger, a copy or a backup, or that services agree", &RunVerify);
  verify
      .add_option("--data_dir", flags->data_dir,
                  "Read everything in this directory of either service, or a backup of it; the\n"
                  "service must not run on it. Not given: compare the services at --ingest and\n"
                  "--query, which may be several, comma-separated")
      ->type_name("DIR");
  verify
      .add_option("--checkpoint", flags->checkpoint,
                  "Check also that the history up to this signed checkpoint is unchanged")
      ->type_name("FILE");
  verify
      .add_option("--public_key", flags->public_key,
                  "PEM file with the public key of those who signed it")
      ->type_name("FILE");
  AddFormatFlag(verify, flags->format);
  verify.footer(
      "Ends with `verified: N positions, hash H` and 0; with 1 if something is bad, naming the\n"
      "first bad position; with 3 if that cannot be found out.\n"
      "--format is that of the comparison of services.\n"
      "Example: repatctl verify --data_dir backup --checkpoint c.checkpoint --public_key c.pub");

  CLI::App& checkpoint =
      AddCommand(app, session, flags, "checkpoint",
                 "Have the ingest service sign where the ledger ends", &RunCheckpoint);
  checkpoint.add_option("--out", flags->out, "File to write. Not given: standard output")
      ->type_name("FILE");
}

}  // namespace repatriation
