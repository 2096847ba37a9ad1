#include "tests/bench/query_rpc_client.h"

#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "repatriation/v1/query_service.pb.h"
#include "tests/bench/percentile.h"
#include "tests/bench/raw_load.h"
#include "tests/common/rpc/raw_client.h"
#include "tools/repatctl/load/load_events.h"

namespace repatriation {
namespace {

constexpr int kRounds = 5;  // per query and kind of answer
constexpr int kPageSize = 10'000;
constexpr char kAggregateMethod[] = "/repatriation.v1.QueryService/GetAggregate";
constexpr char kTimelineMethod[] = "/repatriation.v1.QueryService/GetTimeline";

struct Question {
  std::string name;
  std::string method;
  std::string request;
  // Checks that an answer is complete and has rows; returns its ledger position.
  std::function<absl::StatusOr<int64_t>(const std::string& answer)> check;
};

template <typename Response>
absl::StatusOr<int64_t> CheckAnswer(const std::string& bytes) {
  Response answer;
  if (!answer.ParseFromString(bytes)) return absl::InternalError("the answer cannot be parsed");
  if (answer.rows().empty()) return absl::InternalError("the answer has no rows");
  if (!answer.next_page_token().empty()) return absl::InternalError("the answer has more pages");
  return answer.header().applied_position();
}

Question Aggregate(std::string name, const std::string& mission,
                   const std::vector<v1::Dimension>& group_by) {
  v1::GetAggregateRequest request;
  request.mutable_filter()->add_missions(mission);
  for (const v1::Dimension dimension : group_by) request.add_group_by(dimension);
  request.set_page_size(kPageSize);
  return {std::move(name), kAggregateMethod, request.SerializeAsString(),
          &CheckAnswer<v1::GetAggregateResponse>};
}

Question YearByDay(std::string name, const std::string& mission,
                   const std::vector<v1::Dimension>& group_by) {
  v1::GetTimelineRequest request;
  request.mutable_filter()->add_missions(mission);
  request.mutable_filter()->mutable_days()->set_from("2023-01-01");
  request.mutable_filter()->mutable_days()->set_to("2024-01-01");
  request.set_bucket(v1::BUCKET_DAY);
  for (const v1::Dimension dimension : group_by) request.add_group_by(dimension);
  request.set_page_size(kPageSize);
  return {std::move(name), kTimelineMethod, request.SerializeAsString(),
          &CheckAnswer<v1::GetTimelineResponse>};
}

std::vector<Question> Questions(const std::string& mission) {
  return {
      Aggregate("aggregate_by_category", mission, {v1::DIMENSION_CATEGORY}),
      Aggregate("aggregate_by_country_and_category", mission,
                {v1::DIMENSION_COUNTRY, v1::DIMENSION_CATEGORY}),
      YearByDay("timeline_year_by_day", mission, {}),
      YearByDay("timeline_year_by_day_and_category", mission, {v1::DIMENSION_CATEGORY}),
  };
}

// The bytes to append to a request so that it reads as known at `position`:
// concatenated messages are merged, and all requests have `read` as field 1.
std::string KnownAt(int64_t position) {
  v1::GetAggregateRequest request;
  request.mutable_read()->set_known_at_position(position);
  return request.SerializeAsString();
}

class Client {
 public:
  Client(const QueryRpcClientOptions& options, std::ostream& out)
      : options_(options), out_(out), channel_(NewChannel(options.target)), load_(channel_) {}

  absl::Status Run() {
    const std::vector<Question> questions = Questions(LoadMission(options_.seed));
    // Per query: now and past, each with prebuilt answers for the same time.
    round_ = absl::Seconds(options_.seconds) / (questions.size() * 2 * 2 * kRounds);
    for (const Question& question : questions) {
      absl::Status status = Measure(question, false);
      if (status.ok()) status = Measure(question, true);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Measure(const Question& question, bool past) {
    const auto now = CallRaw(channel_, question.method, question.request);
    if (!now.ok()) return now.status();
    const auto tail = question.check(*now);
    if (!tail.ok()) return tail.status();
    std::uniform_int_distribution<int64_t> positions(1, *tail);
    const auto next_request = [&] {
      return past ? question.request + KnownAt(positions(random_)) : question.request;
    };
    // A typical answer: past answers differ in size only while there are few events.
    const std::string typical = past ? question.request + KnownAt(*tail / 2) : question.request;
    const auto answer = CallRaw(channel_, question.method, typical);
    if (!answer.ok()) return answer.status();
    if (const auto whole = question.check(*answer); !whole.ok()) return whole.status();
    const auto kept = CallRaw(channel_, kKeepAnswerMethod, *answer);
    if (!kept.ok()) return kept.status();
    return Alternate(question, past, answer->size(), next_request);
  }

  absl::Status Alternate(const Question& question, bool past, size_t answer_bytes,
                         const std::function<std::string()>& next_request) {
    std::vector<double> rates, prebuilt_rates, latencies_ms;
    for (int i = 0; i < kRounds; ++i) {
      const auto asked = load_.Run(question.method, options_.in_flight, round_, next_request);
      if (!asked.ok()) return asked.status();
      const auto prebuilt = load_.Run(kPrebuiltMethod, options_.in_flight, round_, next_request);
      if (!prebuilt.ok()) return prebuilt.status();
      rates.push_back(asked->calls_per_second);
      prebuilt_rates.push_back(prebuilt->calls_per_second);
      latencies_ms.insert(latencies_ms.end(), asked->latencies_ms.begin(),
                          asked->latencies_ms.end());
    }
    const double rate = Percentile(rates, 0.5);
    const double prebuilt_rate = Percentile(prebuilt_rates, 0.5);
    out_ << absl::StrFormat(
                "{\"question\": \"%s\", \"known_at\": \"%s\", \"requests_per_second\": %.0f, "
                "\"prebuilt_per_second\": %.0f, \"ratio\": %.3f, \"p50_ms\": %.3f, "
                "\"p99_ms\": %.3f, \"bytes\": %d}\n",
                question.name, past ? "past" : "now", rate, prebuilt_rate, rate / prebuilt_rate,
                Percentile(latencies_ms, 0.5), Percentile(latencies_ms, 0.99), answer_bytes)
         << std::flush;
    return absl::OkStatus();
  }

  const QueryRpcClientOptions options_;
  std::ostream& out_;
  const std::shared_ptr<grpc::Channel> channel_;
  RawLoad load_;
  absl::Duration round_;
  std::mt19937_64 random_;
};

}  // namespace

absl::Status RunQueryRpcClient(const QueryRpcClientOptions& options, std::ostream& out) {
  return Client(options, out).Run();
}

}  // namespace repatriation
