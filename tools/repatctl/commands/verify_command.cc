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

// The flags of both commands.
struct VerifyFlags {
  ProofConnector connect;
  std::string data_dir;
  std::string checkpoint;
  std::string public_key;
  std::string format = "table";
  std::string out;
};

// The checkpoint to verify, if any.
using ExpectedCheckpoint = absl::optional<Checkpoint>;

// True if `status` is a finding, false if the check could not be done.
bool IsFinding(const absl::Status& status) {
  return absl::IsDataLoss(status) ||
         (absl::IsFailedPrecondition(status) && !ReasonOf(status).empty());
}

// Prints the error and returns the exit status.
int FailVerify(const Session& session, const absl::Status& status) {
  if (!IsFinding(status)) return session.Fail(status);
  session.env.err << ErrorLine(status) << "\n";
  return kExitNotVerified;
}

absl::StatusOr<std::string> ReadNote(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // One more than the maximum, so that a longer file is rejected as too long.
  std::string bytes(kNoteBytesMax + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.is_open() || file.bad()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
  }
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

// FAILED_PRECONDITION with a reason, or DATA_LOSS, if the note is not valid; other
// errors if it cannot be read.
absl::StatusOr<ExpectedCheckpoint> ReadCheckpoint(const VerifyFlags& flags) {
  if (flags.checkpoint.empty()) return ExpectedCheckpoint();
  const auto key = Ed25519PublicKey::ReadFile(flags.public_key);
  if (!key.ok()) return absl::InvalidArgumentError(key.status().message());
  const auto note = ReadNote(flags.checkpoint);
  if (!note.ok()) return note.status();
  auto checkpoint = OpenCheckpoint(*note, *key);
  if (checkpoint.ok()) return ExpectedCheckpoint(*std::move(checkpoint));
  const absl::Status status = absl::IsInvalidArgument(checkpoint.status())
                                  ? absl::DataLossError(checkpoint.status().message())
                                  : checkpoint.status();
  return Annotate(status, flags.checkpoint);
}

std::string CheckpointLine(const Checkpoint& checkpoint) {
  return absl::StrCat("checkpoint of position ", checkpoint.tail.position, ", issued ",
                      absl::FormatTime(absl::RFC3339_full, checkpoint.issued, absl::UTCTimeZone()),
                      ": signed by this key, history up to it unchanged\n");
}

std::string VerifiedLine(Position position, absl::string_view hash) {
  return absl::StrCat("verified: ", position, " positions, hash ", hash, "\n");
}

// Offline.

void PrintReport(Session& session, const DirectoryReport& report) {
  session.env.out << absl::StrCat(report.is_replica ? "replica of ledger " : "ledger ",
                                  report.ledger.ledger_id.ToString(), ", blocks through position ",
                                  report.tail.position, ", id index through position ",
                                  report.ids_through, "\n");
  for (const Flaw& flaw : report.flaws) {
    session.env.out << absl::StrCat("bad at position ", flaw.position, ": ", flaw.what, "\n");
  }
  if (report.indexes_skipped) {
    session.env.out << "indexes were not checked completely, since blocks are bad\n";
  }
}

// Checks the ledger against the checkpoint; returns the exit status.
int CheckAgainst(Session& session, const Checkpoint& expected, const DirectoryReport& report) {
  if (!report.flaws.empty() && report.tail.position < expected.tail.position) {
    session.env.out << absl::StrCat("the checkpoint of position ", expected.tail.position,
                                    " is after the last readable position\n");
    return kExitNotVerified;
  }
  const absl::Status status = CheckEvidence(expected, report.ledger);
  if (!status.ok()) return FailVerify(session, status);
  session.env.out << CheckpointLine(expected);
  return kExitOk;
}

int VerifyOffline(Session& session, const VerifyFlags& flags, const ExpectedCheckpoint& expected) {
  const absl::Time started = session.env.clock.Now();
  VerifyOptions options;
  options.data_dir = flags.data_dir;
  if (expected.has_value()) options.evidence_at = expected->tail.position;
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
        "/s\n");
  }
  PrintReport(session, *report);
  const int checkpoint = expected.has_value() ? CheckAgainst(session, *expected, *report) : kExitOk;
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

int CheckAgainst(Session& session, const Checkpoint& expected, const std::vector<Peer>& peers) {
  for (const Peer& peer : peers) {
    const auto evidence = EvidenceOf(*peer.client, expected.tail.position);
    absl::Status status = evidence.status();
    if (evidence.ok()) status = CheckEvidence(expected, *evidence);
    status = Annotate(status, absl::StrCat(peer.service, " service at ", peer.target));
    if (!status.ok()) return FailVerify(session, status);
  }
  return kExitOk;
}

int VerifyOnline(Session& session, const VerifyFlags& flags, const ExpectedCheckpoint& expected) {
  const std::vector<Peer> peers = PeersOf(session, flags.connect);
  const auto report = CompareServices(peers);
  if (!report.ok()) return FailVerify(session, report.status());
  const bool is_table = flags.format == "table";
  session.env.out << (flags.format == "json"  ? ServicesJson(*report, peers)
                      : flags.format == "csv" ? ServicesCsv(*report, peers)
                                              : ServicesTable(*report, peers));
  if (report->first_bad > 0) {
    if (is_table) {
      session.env.out << "not verified: first bad position " << report->first_bad << "\n";
    }
    return kExitNotVerified;
  }
  if (expected.has_value()) {
    const int checkpoint = CheckAgainst(session, *expected, peers);
    if (checkpoint != kExitOk) return checkpoint;
    if (is_table) session.env.out << CheckpointLine(*expected);
  }
  if (is_table) session.env.out << VerifiedLine(report->compared_through, report->hash);
  return kExitOk;
}

int RunVerify(Session& session, const VerifyFlags& flags) {
  if (flags.checkpoint.empty() != flags.public_key.empty()) {
    return session.FailUsage("verify: --checkpoint and --public_key must be given together");
  }
  const auto expected = ReadCheckpoint(flags);
  if (!expected.ok()) return FailVerify(session, expected.status());
  return flags.data_dir.empty() ? VerifyOnline(session, flags, *expected)
                                : VerifyOffline(session, flags, *expected);
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
                 "Check a ledger, a replica or a backup, or compare running services", &RunVerify);
  verify
      .add_option("--data_dir", flags->data_dir,
                  "Check this data directory of either service, or a backup of one; the service\n"
                  "must not be running on it. Not set: compare the services at --ingest and\n"
                  "--query, which may be a comma-separated list")
      ->type_name("DIR");
  verify
      .add_option("--checkpoint", flags->checkpoint,
                  "Also check that the history up to this signed checkpoint is unchanged")
      ->type_name("FILE");
  verify
      .add_option("--public_key", flags->public_key,
                  "PEM file with the public key of the checkpoint's signer")
      ->type_name("FILE");
  AddFormatFlag(verify, flags->format);
  verify.footer(
      "Prints `verified: N positions, hash H`, or what is bad and the first bad position.\n"
      "--format applies to the comparison of services.\n"
      "Exit status: 0 verified, 1 something is bad, 2 the command line or a file is wrong,\n"
      "3 the check could not be done.\n"
      "Example: repatctl verify --data_dir backup --checkpoint c.checkpoint --public_key c.pub");

  CLI::App& checkpoint = AddCommand(
      app, session, flags, "checkpoint",
      "Get a checkpoint: the ledger's current end, signed by the ingest service", &RunCheckpoint);
  checkpoint.add_option("--out", flags->out, "File to write. Not set: standard output")
      ->type_name("FILE");
}

}  // namespace repatriation
