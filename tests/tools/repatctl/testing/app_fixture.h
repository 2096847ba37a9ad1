// Runs repatctl commands against fake services.
#ifndef TESTS_TOOLS_REPATCTL_TESTING_APP_FIXTURE_H_
#define TESTS_TOOLS_REPATCTL_TESTING_APP_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/repatctl/testing/fakes.h"
#include "tools/repatctl/app.h"

namespace repatriation {

// Forwards every call, so that the fake outlives the client of one run.
class QueryHandle : public QueryClient {
 public:
  explicit QueryHandle(FakeQuery& query) : query_(query) {}
  absl::StatusOr<v1::GetAggregateResponse> GetAggregate(
      const v1::GetAggregateRequest& request) override {
    return query_.GetAggregate(request);
  }
  absl::StatusOr<v1::GetTimelineResponse> GetTimeline(
      const v1::GetTimelineRequest& request) override {
    return query_.GetTimeline(request);
  }
  absl::StatusOr<v1::ListEventsResponse> ListEvents(const v1::ListEventsRequest& request) override {
    return query_.ListEvents(request);
  }
  absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request) override {
    return query_.GetEvent(request);
  }
  absl::StatusOr<v1::GetBriefingResponse> GetBriefing(
      const v1::GetBriefingRequest& request) override {
    return query_.GetBriefing(request);
  }
  absl::StatusOr<v1::ListMissionsResponse> ListMissions(
      const v1::ListMissionsRequest& request) override {
    return query_.ListMissions(request);
  }
  absl::StatusOr<v1::GetDrawdownResponse> GetDrawdown(
      const v1::GetDrawdownRequest& request) override {
    return query_.GetDrawdown(request);
  }
  absl::StatusOr<v1::ReconcileResponse> Reconcile(const v1::ReconcileRequest& request) override {
    return query_.Reconcile(request);
  }
  absl::StatusOr<v1::CompareAggregatesResponse> CompareAggregates(
      const v1::CompareAggregatesRequest& request) override {
    return query_.CompareAggregates(request);
  }
  absl::StatusOr<v1::ListQuarantineResponse> ListQuarantine(
      const v1::ListQuarantineRequest& request) override {
    return query_.ListQuarantine(request);
  }
  absl::Status WatchAggregate(
      const v1::WatchAggregateRequest& request,
      const std::function<bool(const v1::WatchAggregateResponse&)>& handle) override {
    return query_.WatchAggregate(request, handle);
  }

 private:
  FakeQuery& query_;
};

class IngestHandle : public IngestClient {
 public:
  explicit IngestHandle(FakeIngest& ingest) : ingest_(ingest) {}
  absl::StatusOr<v1::AppendEventsResponse> AppendEvents(
      const v1::AppendEventsRequest& request) override {
    return ingest_.AppendEvents(request);
  }
  void StartAppendEvents(
      const v1::AppendEventsRequest& request,
      std::function<void(absl::StatusOr<v1::AppendEventsResponse>)> done) override {
    ingest_.StartAppendEvents(request, std::move(done));
  }
  std::unique_ptr<BatchStream> OpenStream() override { return ingest_.OpenStream(); }

 private:
  FakeIngest& ingest_;
};

class AppTest : public ::testing::Test {
 protected:
  AppTest() {
    unsetenv("REPAT_INGEST");
    unsetenv("REPAT_QUERY");
  }

  int Run(const std::vector<std::string>& arguments, const std::string& input = "") {
    out_.str("");
    err_.str("");
    std::istringstream in(input);
    Environment environment = {
        .in = in,
        .out = out_,
        .err = err_,
        .clock = retry_.clock,
        .sleep = [this](absl::Duration by) { retry_.Sleep(by); },
        .connect_query =
            [this](const std::string& target, absl::Duration timeout) {
              target_ = target;
              timeout_ = timeout;
              return std::make_unique<QueryHandle>(query_);
            },
        .connect_ingest =
            [this](const std::string& target, absl::Duration timeout) {
              target_ = target;
              timeout_ = timeout;
              return std::make_unique<IngestHandle>(ingest_);
            },
    };
    return RunRepatctl(arguments, environment);
  }

  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  std::ostringstream out_;
  std::ostringstream err_;
  FakeRetryEnvironment retry_;
  FakeQuery query_;
  FakeIngest ingest_;
  std::string target_;
  absl::Duration timeout_;
};

}  // namespace repatriation

#endif  // TESTS_TOOLS_REPATCTL_TESTING_APP_FIXTURE_H_
