// `repatctl verify` and `checkpoint` from the command line to the exit status.
#include "tools/repatctl/commands/verify_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/errors.h"
#include "common/proof/checkpoint.h"
#include "common/proof/ledger_hash.h"
#include "common/storage/data_directory.h"
#include "common/storage/stored_ledger_log.h"
#include "ingest_service/core/entry_index.h"
#include "query_service/core/replica/replica.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/temp_dir.h"
#include "tests/tools/repatctl/testing/fakes.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Position kBlockEntries = 10;
constexpr Position kTail = 100;

// A service with blocks of kBlockEntries entries, or only an error.
struct HashLedger {
  LedgerId id;
  std::vector<std::string> blocks;
  absl::Status failure;
  std::string note;

  absl::StatusOr<v1::GetLedgerHashResponse> HashAt(const v1::GetLedgerHashRequest& request) const {
    if (!failure.ok()) return failure;
    return LedgerHashAt(request, id, static_cast<Position>(blocks.size()) * kBlockEntries,
                        [this](Position at) -> absl::StatusOr<std::string> {
                          return blocks[static_cast<size_t>((at - 1) / kBlockEntries)];
                        });
  }
};

class FakeProofClient : public ProofClient {
 public:
  explicit FakeProofClient(const HashLedger& ledger) : ledger_(ledger) {}
  absl::StatusOr<v1::GetLedgerHashResponse> GetLedgerHash(
      const v1::GetLedgerHashRequest& request) override {
    return ledger_.HashAt(request);
  }
  absl::StatusOr<v1::SignCheckpointResponse> SignCheckpoint(
      const v1::SignCheckpointRequest&) override {
    if (!ledger_.failure.ok()) return ledger_.failure;
    v1::SignCheckpointResponse response;
    response.set_note(ledger_.note);
    response.set_position(kTail);
    return response;
  }

 private:
  const HashLedger& ledger_;
};

class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() {
    ledger_.id = chain_.id();
    for (Position i = 0; i < kTail / kBlockEntries; ++i) {
      ledger_.blocks.push_back(chain_.Next(kBlockEntries));
    }
    services_["ingest:1"] = services_["query:1"] = services_["query:2"] = ledger_;
  }

  // Writes a checkpoint of `position` signed by `key_`; returns its path.
  std::string CheckpointAt(Position position) {
    const size_t block = static_cast<size_t>((position - 1) / kBlockEntries);
    const LedgerTail tail = Block::Parse(ledger_.blocks[block]).value().tail();
    const Checkpoint checkpoint{ledger_.id, tail, absl::FromUnixSeconds(1'700'000'000)};
    return File("checkpoint", SignCheckpoint(checkpoint, key_));
  }
  std::string PublicKey() {
    return File("key.pub",
                "-----BEGIN PUBLIC KEY-----\n"
                "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
                "-----END PUBLIC KEY-----\n");
  }
  std::string File(const std::string& name, const std::string& text) {
    WriteFile(dir_.Path(name), text);
    return dir_.Path(name);
  }

  int Verify(std::vector<std::string> arguments, const std::string& command = "verify") {
    out_.str("");
    err_.str("");
    std::istringstream in;
    Environment environment = {.in = in,
                               .out = out_,
                               .err = err_,
                               .clock = clock_,
                               .sleep = nullptr,
                               .connect_query = nullptr,
                               .connect_ingest = nullptr};
    Session session(environment);
    session.ingest_target = "ingest:1";
    session.query_target = "query:1,query:2";
    CLI::App app;
    AddVerifyCommands(app, session,
                      [this](const std::string&, const std::string& target, absl::Duration) {
                        return std::make_unique<FakeProofClient>(services_.at(target));
                      });
    arguments.insert(arguments.begin(), command);
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    return session.command();
  }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  std::string HashAt(Position position) const {
    v1::GetLedgerHashRequest request;
    request.set_position(position);
    return ledger_.HashAt(request)->hash();
  }

  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  RandomChain chain_{seed_};
  const TempDir dir_;
  const Ed25519PrivateKey key_ = Ed25519PrivateKey::FromSeed(
      absl::HexStringToBytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  HashLedger ledger_;
  std::map<std::string, HashLedger> services_;
  FakeClock clock_;
  std::ostringstream out_;
  std::ostringstream err_;
};

// Services.

TEST_F(VerifyTest, ServicesThatAgree) {
  EXPECT_EQ(Verify({}), kExitOk);
  EXPECT_THAT(out(), EndsWith(absl::StrCat("verified: 100 positions, hash ", HashAt(100), "\n")));
  EXPECT_EQ(Verify({"--format=csv"}), kExitOk);
  EXPECT_THAT(out(),
              AllOf(HasSubstr("position,service,address,hash,result\n"),
                    HasSubstr(absl::StrCat("100,query,query:2,", HashAt(100), ",agrees\n"))));
  EXPECT_EQ(Verify({"--format=json"}), kExitOk);
  EXPECT_THAT(out(), AllOf(HasSubstr("\"verified\": true"), HasSubstr(HashAt(100))));
}

TEST_F(VerifyTest, LaggingReplicaIsComparedAtItsPosition) {
  services_["query:2"].blocks.resize(4);
  EXPECT_EQ(Verify({}), kExitOk);
  EXPECT_THAT(out(), EndsWith(absl::StrCat("verified: 40 positions, hash ", HashAt(40), "\n")));
}

TEST_F(VerifyTest, FindsTheFirstPositionThatDiffers) {
  for (size_t first_bad = 0; first_bad < 10; ++first_bad) {
    HashLedger& replica = services_["query:2"] = ledger_;
    RandomChain other(seed_ + 1, chain_.id());
    for (size_t i = 0; i < 10; ++i) {
      const std::string block = other.Next(kBlockEntries);
      if (i >= first_bad) replica.blocks[i] = block;
    }
    EXPECT_EQ(Verify({}), kExitNotVerified);
    EXPECT_THAT(out(), EndsWith(absl::StrCat("not verified: first bad position ",
                                             first_bad * kBlockEntries + 1, "\n")));
    EXPECT_THAT(out(), HasSubstr("differs"));
  }
}

TEST_F(VerifyTest, DivergedReplicaIsNotVerified) {
  services_["query:1"].failure =
      WithReason(absl::FailedPreconditionError("this replica has diverged"), "REPLICA_DIVERGED");
  EXPECT_EQ(Verify({}), kExitNotVerified);
  EXPECT_THAT(out(), HasSubstr("this replica has diverged"));
}

TEST_F(VerifyTest, AnotherLedgerIsNotVerified) {
  services_["query:1"].id = LedgerId::FromBytes("another sixteen!");
  EXPECT_EQ(Verify({}), kExitNotVerified);
  EXPECT_THAT(out(), HasSubstr("differs"));
}

TEST_F(VerifyTest, UnreachableServiceIsAServiceError) {
  services_["query:1"].failure = absl::UnavailableError("connection refused");
  EXPECT_EQ(Verify({}), kExitService);
  EXPECT_THAT(err(), HasSubstr("connection refused"));
}

TEST_F(VerifyTest, EmptyServicesAgree) {
  for (auto& [target, service] : services_) {
    service.blocks.clear();
    if (target != "ingest:1") service.id = LedgerId();
  }
  EXPECT_EQ(Verify({}), kExitOk);
  EXPECT_THAT(out(),
              EndsWith(absl::StrCat("verified: 0 positions, hash ", std::string(64, '0'), "\n")));
}

TEST_F(VerifyTest, ServicesAreCheckedAgainstACheckpoint) {
  EXPECT_EQ(Verify({"--checkpoint", CheckpointAt(50), "--public_key", PublicKey()}), kExitOk);
  EXPECT_THAT(out(), HasSubstr("checkpoint of position 50, issued 2023-11-14T22:13:20+00:00"));
  for (auto& [target, service] : services_) service.blocks.resize(4);
  EXPECT_EQ(Verify({"--checkpoint", CheckpointAt(50), "--public_key", PublicKey()}),
            kExitNotVerified);
  EXPECT_THAT(err(), HasSubstr("LEDGER_ENDS_BEFORE_CHECKPOINT"));
}

TEST_F(VerifyTest, CheckpointPrintsOrWritesTheNote) {
  services_["ingest:1"].note = "a note\n";
  EXPECT_EQ(Verify({}, "checkpoint"), kExitOk);
  EXPECT_EQ(out(), "a note\n");
  const std::string path = dir_.Path("out");
  EXPECT_EQ(Verify({"--out", path}, "checkpoint"), kExitOk);
  EXPECT_EQ(FileContent(path), "a note\n");
  EXPECT_EQ(Verify({"--out", dir_.Path("missing/out")}, "checkpoint"), kExitUsage);
  services_["ingest:1"].failure =
      WithReason(absl::FailedPreconditionError("no key"), "NO_CHECKPOINT_KEY");
  EXPECT_EQ(Verify({}, "checkpoint"), kExitService);
  EXPECT_THAT(err(), HasSubstr("NO_CHECKPOINT_KEY"));
}

// Directories.

class VerifyDirectoryTest : public VerifyTest {
 protected:
  // Makes the data directory of an ingest service.
  void MakeLedger() {
    StoreOptions options;
    options.path = StorePath(data_dir_);
    options.tables = LedgerTables::Specs();
    const auto store = Store::Open(options).value();
    StoreBatch batch;
    batch.Put(LedgerTables::kMeta, "ledger_id", std::string(ledger_.id.bytes()));
    ASSERT_THAT(store->Write(batch, Durability::kSynced), IsOk());
    const auto log = StoredLedgerLog::Open(store.get(), LedgerTables::kMeta, LedgerTables::kBlocks,
                                           TailNote::Open(TailNotePath(data_dir_)).value())
                         .value();
    for (const std::string& block : ledger_.blocks) {
      ASSERT_THAT(log->Append(*Block::Parse(block)), IsOk());
    }
    IdIndexOptions ids;
    ids.path = IdsPath(data_dir_);
    ids.filter_bytes = 1 << 20;
    ids.run_ids = kBlockEntries;
    ids.merge_runs = 64;  // never reached
    ASSERT_THAT(
        EntryIndex::Open(store.get(), {LedgerTables::kVoided, LedgerTables::kMeta}, ids, log.get()),
        IsOk());
  }
  // Makes the data directory of a query service.
  void MakeReplica() {
    const auto replica = Replica::Open(data_dir_).value();
    for (const std::string& block : ledger_.blocks) {
      ASSERT_THAT(replica->Apply(block), IsOk());
    }
  }

  void Plant(const std::vector<TableSpec>& tables, TableId table, const std::string& key,
             const std::string& value) {
    StoreOptions options;
    options.path = StorePath(data_dir_);
    options.tables = tables;
    const auto store = Store::Open(options).value();
    StoreBatch batch;
    batch.Put(table, key, value);
    ASSERT_THAT(store->Write(batch, Durability::kSynced), IsOk());
  }

  int VerifyDir(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"--data_dir", data_dir_});
    return Verify(arguments);
  }
  int VerifyWith(const std::string& checkpoint) {
    return VerifyDir({"--checkpoint", checkpoint, "--public_key", PublicKey()});
  }

  const std::string data_dir_ = dir_.Path("data");
};

TEST_F(VerifyDirectoryTest, IntactLedger) {
  MakeLedger();
  EXPECT_EQ(VerifyDir(), kExitOk) << out() << err();
  EXPECT_THAT(out(), HasSubstr(absl::StrCat("ledger ", ledger_.id.ToString(),
                                            ", blocks through position 100, id index through "
                                            "position 90\n")));
  EXPECT_THAT(out(), EndsWith(absl::StrCat("verified: 100 positions, hash ", HashAt(100), "\n")));
}

TEST_F(VerifyDirectoryTest, IntactReplica) {
  MakeReplica();
  EXPECT_EQ(VerifyDir(), kExitOk) << out() << err();
  EXPECT_THAT(out(), HasSubstr("replica of ledger "));
  EXPECT_THAT(out(), EndsWith(absl::StrCat("verified: 100 positions, hash ", HashAt(100), "\n")));
}

TEST_F(VerifyDirectoryTest, DamagedBlock) {
  MakeLedger();
  std::string damaged = ledger_.blocks[6];
  damaged[90] = static_cast<char>(damaged[90] ^ 1);
  Plant(LedgerTables::Specs(), LedgerTables::kBlocks, PositionKey(61), damaged);
  EXPECT_EQ(VerifyDir(), kExitNotVerified);
  EXPECT_THAT(out(), HasSubstr("bad at position 61: "));
  EXPECT_THAT(out(), EndsWith("not verified: first bad position 61\n"));
}

TEST_F(VerifyDirectoryTest, DamagedVoidingIndex) {
  MakeLedger();
  Plant(LedgerTables::Specs(), LedgerTables::kVoided, PositionKey(1000), PositionKey(1001));
  EXPECT_EQ(VerifyDir(), kExitNotVerified);
  EXPECT_THAT(out(), EndsWith("not verified: first bad position 1000\n"));
}

TEST_F(VerifyDirectoryTest, LedgerEndsBeforeAcknowledgedPosition) {
  MakeLedger();
  const auto note = TailNote::Open(TailNotePath(data_dir_)).value();
  ASSERT_THAT(note->Write({ledger_.id, 200, Sha256("block")}), IsOk());
  EXPECT_EQ(VerifyDir(), kExitNotVerified);
  EXPECT_THAT(out(), AllOf(HasSubstr("position 200 was acknowledged"),
                           EndsWith("not verified: first bad position 101\n")));
}

TEST_F(VerifyDirectoryTest, WrongLedgerId) {
  MakeLedger();
  Plant(LedgerTables::Specs(), LedgerTables::kMeta, "ledger_id", "another sixteen!");
  EXPECT_EQ(VerifyDir(), kExitNotVerified);
  EXPECT_THAT(out(), EndsWith("not verified: first bad position 1\n"));
}

TEST_F(VerifyDirectoryTest, DamagedIdRun) {
  MakeLedger();
  const std::string run = FilesOf(IdsPath(data_dir_), "", ".run").front();
  std::string bytes = FileContent(run);
  bytes[4096 + 8] = static_cast<char>(bytes[4096 + 8] ^ 1);
  WriteFile(run, bytes);
  EXPECT_EQ(VerifyDir(), kExitNotVerified);
  EXPECT_THAT(out(), HasSubstr(run));
}

TEST_F(VerifyDirectoryTest, DamagedView) {
  MakeReplica();
  Plant(ReplicaTables::Specs(), ReplicaTables::kViewDeltas, PositionKey(70), "damaged");
  EXPECT_EQ(VerifyDir(), kExitNotVerified);
  EXPECT_THAT(out(), EndsWith("not verified: first bad position 61\n"));
}

TEST_F(VerifyDirectoryTest, ChangesNoFile) {
  MakeLedger();
  const auto files = [&] {
    std::map<std::string, std::pair<std::string, std::filesystem::file_time_type>> found;
    for (const auto& file : std::filesystem::recursive_directory_iterator(data_dir_)) {
      if (!file.is_regular_file()) continue;
      found[file.path()] = {FileContent(file.path()), file.last_write_time()};
    }
    return found;
  };
  const auto before = files();
  EXPECT_EQ(VerifyDir(), kExitOk);
  EXPECT_TRUE(files() == before);
}

TEST_F(VerifyDirectoryTest, DirectoryInUse) {
  MakeLedger();
  StoreOptions options;
  options.path = StorePath(data_dir_);
  options.tables = LedgerTables::Specs();
  const auto store = Store::Open(options).value();
  EXPECT_EQ(VerifyDir(), kExitService);
  EXPECT_THAT(err(), AllOf(HasSubstr(options.path), HasSubstr("is in use")));
}

TEST_F(VerifyDirectoryTest, NotADataDirectory) {
  EXPECT_EQ(VerifyDir(), kExitService);
  EXPECT_THAT(err(), HasSubstr("contains no store"));
  StoreOptions options;
  options.path = StorePath(data_dir_);
  options.tables = {{"something else"}};
  ASSERT_THAT(Store::Open(options), IsOk());
  EXPECT_EQ(VerifyDir(), kExitService);
  EXPECT_THAT(err(), HasSubstr("neither service"));
}

TEST_F(VerifyDirectoryTest, CheckpointMatches) {
  MakeLedger();
  for (const Position position : {10, 50, 100}) {
    EXPECT_EQ(VerifyWith(CheckpointAt(position)), kExitOk) << err();
    EXPECT_THAT(out(), HasSubstr(absl::StrCat("checkpoint of position ", position, ", issued")));
  }
}

TEST_F(VerifyDirectoryTest, InvalidCheckpoint) {
  MakeLedger();
  const std::string note = FileContent(CheckpointAt(50));
  const auto refuses = [&](const std::string& altered, const std::string& words) {
    ASSERT_NE(altered, note);
    EXPECT_EQ(VerifyWith(File("altered", altered)), kExitNotVerified);
    EXPECT_THAT(err(), AllOf(HasSubstr(dir_.Path("altered")), HasSubstr(words)));
    EXPECT_THAT(out(), Not(HasSubstr("verified")));
  };
  refuses(absl::StrReplaceAll(note, {{"position 50", "position 40"}}), "SIGNATURE_MISMATCH");
  refuses(SignCheckpoint({ledger_.id, {50, 0, Sha256("")}, absl::UnixEpoch()},
                         Ed25519PrivateKey::FromSeed(std::string(32, 'o'))),
          "NOT_SIGNED_BY_KEY");
  refuses("no note", "not a signed note");
}

TEST_F(VerifyDirectoryTest, CheckpointContradictsLedger) {
  MakeLedger();
  const Checkpoint good{ledger_.id, Block::Parse(ledger_.blocks[4])->tail(), absl::UnixEpoch()};
  const auto refuses = [&](const Checkpoint& checkpoint, const std::string& reason) {
    EXPECT_EQ(VerifyWith(File("checkpoint", SignCheckpoint(checkpoint, key_))), kExitNotVerified);
    EXPECT_THAT(err(), HasSubstr(reason));
    EXPECT_THAT(out(), Not(HasSubstr("verified:")));
  };
  Checkpoint other = good;
  other.ledger_id = LedgerId::FromBytes("another sixteen!");
  refuses(other, "LEDGER_ID_MISMATCH");
  other = good;
  other.tail.position = 200;
  refuses(other, "LEDGER_ENDS_BEFORE_CHECKPOINT");
  other = good;
  other.tail.hash = Sha256("another history");
  refuses(other, "HASH_MISMATCH");
  other = good;
  other.tail.position = 47;
  refuses(other, "end of a block");
}

TEST_F(VerifyDirectoryTest, InvalidFlagCombinations) {
  EXPECT_EQ(VerifyDir({"--checkpoint", "c"}), kExitUsage);
  EXPECT_EQ(VerifyDir({"--public_key", "k"}), kExitUsage);
  EXPECT_EQ(VerifyDir({"--checkpoint", CheckpointAt(50), "--public_key", dir_.Path("missing")}),
            kExitUsage);
  EXPECT_EQ(VerifyDir({"--checkpoint", dir_.Path("missing"), "--public_key", PublicKey()}),
            kExitUsage);
}

}  // namespace
}  // namespace repatriation
