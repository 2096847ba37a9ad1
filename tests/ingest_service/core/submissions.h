// Submissions for tests, and results as short text for expectations.
//
// Thread-safety: all functions are pure.
#ifndef TESTS_INGEST_SERVICE_CORE_SUBMISSIONS_H_
#define TESTS_INGEST_SERVICE_CORE_SUBMISSIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/base/errors.h"
#include "ingest_service/core/batch.h"

namespace repatriation {

using Submissions = google::protobuf::RepeatedPtrField<v1::Submission>;

inline absl::Time TestTime() { return absl::FromUnixSeconds(1'695'800'000); }
inline DayNumber TestToday() {
  return DayNumberOf(absl::ToCivilDay(TestTime(), absl::UTCTimeZone()));
}

inline v1::Submission AnEvent(const std::string& id, int headcount = 1,
                              const std::string& mission = "MINUSMA") {
  v1::Submission submission;
  v1::Event& event = *submission.mutable_event();
  event.set_event_id(id);
  event.set_mission(mission);
  event.set_kind(v1::KIND_REPATRIATION);
  event.set_day("2023-09-20");
  event.set_category(v1::CATEGORY_CONTINGENT_TROOPS);
  event.set_headcount(headcount);
  return submission;
}

inline v1::Submission AnAmendment(const std::string& id, const std::string& event_id,
                                  int headcount = 2, const std::string& mission = "MINUSMA") {
  v1::Submission submission;
  v1::Amendment& amendment = *submission.mutable_amendment();
  amendment.set_correction_id(id);
  amendment.set_event_id(event_id);
  amendment.set_reason("counted again");
  *amendment.mutable_event() = AnEvent("", headcount, mission).event();
  return submission;
}

inline v1::Submission AVoiding(const std::string& id, const std::string& event_id) {
  v1::Submission submission;
  v1::Voiding& voiding = *submission.mutable_voiding();
  voiding.set_correction_id(id);
  voiding.set_event_id(event_id);
  voiding.set_reason("counted twice");
  return submission;
}

inline Submissions BatchOf(const std::vector<v1::Submission>& submissions) {
  return {submissions.begin(), submissions.end()};
}

// The result views `submissions`.
inline CheckedBatch Checked(const Submissions& submissions, size_t bytes = 1) {
  return CheckBatch(submissions, bytes, /*submissions_max=*/10'000, TestToday()).value();
}

// One word per submission: its position, with "=" in front for a duplicate, or
// "FIELD:REASON" of its rejection.
inline std::string Summary(const v1::BatchResult& result) {
  std::vector<std::string> words;
  for (const int64_t position : result.positions()) words.push_back(absl::StrCat(position));
  for (const int index : result.duplicate_indexes()) words[index] = absl::StrCat("=", words[index]);
  int last_index = -1;
  for (const v1::Rejection& rejection : result.rejections()) {
    if (words[rejection.index()] != "0") words[rejection.index()] += "!";
    if (rejection.index() <= last_index) words.push_back("rejections out of order");
    last_index = rejection.index();
    words[rejection.index()] = absl::StrCat(rejection.field(), ":", rejection.reason());
  }
  return absl::StrJoin(words, " ");
}
inline std::string Summary(const absl::StatusOr<v1::BatchResult>& result) {
  return result.ok() ? Summary(*result) : result.status().ToString();
}

}  // namespace repatriation

#endif  // TESTS_INGEST_SERVICE_CORE_SUBMISSIONS_H_
