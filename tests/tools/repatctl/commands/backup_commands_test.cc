#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/errors.h"
#include "common/rpc/status.h"
#include "repatriation/v1/backup_service.grpc.pb.h"
#include "tests/common/testing/temp_dir.h"
#include "tools/repatctl/app.h"
#include "tools/repatctl/client/grpc_clients.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

// Returns the responses that a test sets.
class FakeBackups final : public v1::BackupService::Service {
 public:
  grpc::Status CreateBackup(grpc::ServerContext* context, const v1::CreateBackupRequest*,
                            v1::CreateBackupResponse* response) override {
    time_left = absl::FromChrono(context->deadline()) - SystemClock().Now();
    *response = created;
    return ToGrpcStatus(failure);
  }
  grpc::Status ListBackups(grpc::ServerContext*, const v1::ListBackupsRequest*,
                           v1::ListBackupsResponse* response) override {
    *response = listed;
    return ToGrpcStatus(failure);
  }

  v1::CreateBackupResponse created;
  v1::ListBackupsResponse listed;
  absl::Status failure;
  absl::Duration time_left;
};

class BackupCommandsTest : public ::testing::Test {
 protected:
  BackupCommandsTest() {
    v1::Backup& backup = *backups_.created.mutable_backup();
    backup.set_name("20231231T235959.123Z-839");
    backup.set_path("/backups/20231231T235959.123Z-839");
    backup.set_ledger_id("00112233445566778899aabbccddeeff");
    backup.set_position(839);
    backup.set_hash("1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f");
    backup.mutable_create_time()->set_seconds(1'704'067'199);
    backup.set_size_bytes(73'912);
    backups_.created.mutable_elapsed()->set_nanos(420'000'000);
    *backups_.listed.add_backups() = backup;
    v1::Backup& damaged = *backups_.listed.add_backups();
    damaged.set_name("20240101T000000.000Z-900");
    damaged.set_path("/backups/20240101T000000.000Z-900");
    damaged.set_problem("the manifest is damaged");
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&backups_);
    server_ = builder.BuildAndStart();
  }

  int Run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    std::istringstream in;
    Environment environment = {.in = in,
                               .out = out_,
                               .err = err_,
                               .clock = SystemClock(),
                               .sleep = nullptr,
                               .connect_query = ConnectQuery,
                               .connect_ingest = ConnectIngest};
    arguments.push_back("--ingest=127.0.0.1:" + std::to_string(port_));
    return RunRepatctl(arguments, environment);
  }

  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  FakeBackups backups_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(BackupCommandsTest, BackupPrintsTheBackup) {
  EXPECT_EQ(Run({"backup"}), kExitOk) << err();
  EXPECT_EQ(out(),
            "backed up ledger 00112233445566778899aabbccddeeff through position 839\n"
            "name     20231231T235959.123Z-839\n"
            "hash     1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f\n"
            "bytes    73,912\n"
            "seconds  0.420\n"
            "path     /backups/20231231T235959.123Z-839\n");
  EXPECT_EQ(Run({"backup", "--format", "json"}), kExitOk) << err();
  EXPECT_THAT(out(), HasSubstr("\"position\": \"839\""));
}

TEST_F(BackupCommandsTest, BackupTimeoutDefaultsToADay) {
  EXPECT_EQ(Run({"backup"}), kExitOk);
  EXPECT_GT(backups_.time_left, absl::Hours(23));
  EXPECT_EQ(Run({"backup", "--timeout", "600"}), kExitOk);
  // Not 10: gRPC sends the remaining time in whole seconds, rounded up.
  EXPECT_LT(backups_.time_left, absl::Minutes(11));
}

TEST_F(BackupCommandsTest, ListIncludesDamagedBackups) {
  EXPECT_EQ(Run({"backup", "list", "--format", "csv"}), kExitOk) << err();
  EXPECT_EQ(out(),
            "name,path,ledger_id,position,hash,create_time,size_bytes,problem\n"
            "20231231T235959.123Z-839,/backups/20231231T235959.123Z-839,"
            "00112233445566778899aabbccddeeff,839,"
            "1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f,"
            "2023-12-31T23:59:59Z,73912,\n"
            "20240101T000000.000Z-900,/backups/20240101T000000.000Z-900,,,,,,"
            "the manifest is damaged\n");
  EXPECT_EQ(Run({"backup", "list"}), kExitOk) << err();
  EXPECT_THAT(out(), HasSubstr("73,912"));
  EXPECT_THAT(out(), HasSubstr("the manifest is damaged"));
}

TEST_F(BackupCommandsTest, ServiceErrorIsOneLine) {
  backups_.failure =
      WithReason(absl::AbortedError("another backup is in progress"), "BACKUP_UNDER_WAY");
  for (const auto& command :
       {std::vector<std::string>{"backup"}, std::vector<std::string>{"backup", "list"}}) {
    EXPECT_EQ(Run(command), kExitService);
    EXPECT_EQ(out(), "");
    EXPECT_EQ(err(), "error: ABORTED: another backup is in progress (BACKUP_UNDER_WAY)\n");
  }
}

TEST_F(BackupCommandsTest, RestoreNamesTheWrongPath) {
  const TempDir dir;
  EXPECT_EQ(Run({"restore", "--from", dir.path()}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("--data_dir"));
  EXPECT_EQ(Run({"restore", "--from", dir.path(), "--data_dir", dir.Path("data")}), kExitUsage);
  EXPECT_EQ(err(), "error: NOT_FOUND: " + dir.path() +
                       " is not a backup: it contains no backup.manifest\n");
  EXPECT_FALSE(std::filesystem::exists(dir.Path("data")));
}

}  // namespace
}  // namespace repatriation
