#include "tools/repatctl/commands/ingest_commands.h"

#include <CLI/Validators.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/text.h"
#include "google/protobuf/util/message_differencer.h"
#include "tools/repatctl/client/wait.h"
#include "tools/repatctl/commands/add_command.h"
#include "tools/repatctl/commands/command_flags.h"
#include "tools/repatctl/commands/import_command.h"
#include "tools/repatctl/fields/field_path.h"
#include "tools/repatctl/import/event_ids.h"

namespace repatriation {
namespace {

// The flags of record, correct, void and release.
struct RecordFlags {
  std::vector<EventFieldFlag> event;
  std::string event_id;
  std::string correction_id;
  std::string reason;
  int64_t min_position = 0;
  bool wait = false;
};

// The result of one submission.
struct Outcome {
  int exit_status = kExitOk;
  bool duplicate = false;
};

// Appends one submission and prints its position or error.
Outcome Append(Session& session, v1::Submission submission, bool wait) {
  v1::AppendEventsRequest request;
  *request.add_submissions() = std::move(submission);
  const auto response = session.Ingest()->AppendEvents(request);
  if (!response.ok()) return {session.Fail(response.status())};
  const v1::BatchResult& result = response->result();
  if (result.rejections_size() > 0) {
    const v1::Rejection& rejection = result.rejections(0);
    return {session.FailRejected(
        {FieldNameOf(rejection.field()), rejection.reason(), rejection.description()})};
  }
  if (result.positions_size() != 1) {
    return {session.Fail(absl::InternalError("the ingest service answered without a position"))};
  }
  const bool duplicate = result.duplicate_indexes_size() > 0;
  session.env.out << (duplicate ? "duplicate of position " : "recorded at position ")
                  << result.positions(0) << "\n"
                  << std::flush;
  if (wait) {
    const auto query = session.Query();
    const auto status = WaitForPosition(*query, result.positions(0), session.timeout(),
                                        session.retry_environment());
    if (!status.ok()) return {session.Fail(status)};
  }
  return {kExitOk, duplicate};
}

int RunRecord(Session& session, const RecordFlags& flags) {
  v1::Submission submission;
  v1::Event& event = *submission.mutable_event();
  if (const auto error = ApplyEventFlags(flags.event, event); error.has_value()) {
    return session.FailRejected(*error);
  }
  if (event.event_id().empty()) event.set_event_id(DerivedEventId(event, 0));
  return Append(session, std::move(submission), flags.wait).exit_status;
}

int RunCorrect(Session& session, const RecordFlags& flags) {
  if (flags.event.empty()) return session.FailUsage("correct: needs at least one field to change");
  v1::GetEventRequest request;
  request.mutable_read()->set_min_position(flags.min_position);
  request.set_event_id(flags.event_id);
  const auto found = session.Query()->GetEvent(request);
  if (!found.ok()) return session.Fail(found.status());
  if (found->voided()) {
    // The same error as the ingest service's.
    return session.FailRejected(
        {"event_id", "EVENT_VOIDED",
         absl::StrCat("must name an event that is not voided, is ", Quoted(flags.event_id))});
  }
  v1::Submission submission;
  v1::Amendment& amendment = *submission.mutable_amendment();
  v1::Event& event = *amendment.mutable_event();
  event = found->event();
  if (const auto error = ApplyEventFlags(flags.event, event); error.has_value()) {
    return session.FailRejected(*error);
  }
  // The id on the command line may be that of an earlier correction.
  amendment.set_event_id(event.event_id());
  amendment.set_reason(flags.reason);
  amendment.set_correction_id(flags.correction_id.empty()
                                  ? DerivedCorrectionId(event.event_id(), flags.reason, &event)
                                  : flags.correction_id);
  const bool changes = !google::protobuf::util::MessageDifferencer::Equals(event, found->event());
  const Outcome outcome = Append(session, std::move(submission), flags.wait);
  if (outcome.duplicate && changes) {
    session.env.err << "note: the event has been corrected again since; to return to this content, "
                       "give another --reason or a new --correction_id\n";
  }
  return outcome.exit_status;
}

int RunVoid(Session& session, const RecordFlags& flags) {
  v1::Submission submission;
  v1::Voiding& voiding = *submission.mutable_voiding();
  voiding.set_event_id(flags.event_id);
  voiding.set_reason(flags.reason);
  voiding.set_correction_id(flags.correction_id.empty()
                                ? DerivedCorrectionId(flags.event_id, flags.reason, nullptr)
                                : flags.correction_id);
  return Append(session, std::move(submission), flags.wait).exit_status;
}

void AddCorrectionFlags(CLI::App& command, RecordFlags& flags) {
  command.add_option("EVENT_ID", flags.event_id, "Id of the event")->required();
  command.add_option("--reason", flags.reason, "Reason, for later audits")
      ->type_name("TEXT")
      ->required();
  command
      .add_option("--correction_id", flags.correction_id,
                  "Permanent unique id. Not set: derived from the other flags, so repeating\n"
                  "the command changes nothing")
      ->type_name("ID");
}

int RunRelease(Session& session, const RecordFlags& flags) {
  v1::Submission submission;
  v1::QuarantineRelease& release = *submission.mutable_quarantine_release();
  release.set_event_id(flags.event_id);
  release.set_reason(flags.reason);
  release.set_correction_id(flags.correction_id.empty()
                                ? DerivedReleaseId(flags.event_id, flags.reason)
                                : flags.correction_id);
  return Append(session, std::move(submission), flags.wait).exit_status;
}

}  // namespace

void AddReleaseCommand(CLI::App& quarantine, Session& session) {
  const auto flags = std::make_shared<RecordFlags>();
  CLI::App& release =
      AddCommand(quarantine, session, flags, "release",
                 "Release an event from quarantine, so that it counts", &RunRelease);
  AddCorrectionFlags(release, *flags);
  AddWaitFlag(release, flags->wait);
  release.footer(
      "Correct or void an event that turns out to be wrong instead.\n"
      "Example: repatctl quarantine release my-event --reason 'the July table left them out'");
}

void AddIngestCommands(CLI::App& app, Session& session) {
  AddImportCommand(app, session);
  const auto flags = std::make_shared<RecordFlags>();

  CLI::App& record = AddCommand(app, session, flags, "record", "Record one event", &RunRecord);
  AddEventFlags(record, true, flags->event);
  AddWaitFlag(record, flags->wait);
  record.footer(
      "Example: repatctl record --event_id my-first-event --mission TEST --kind repatriation \\\n"
      "  --day 2024-01-15 --category contingent_troops --country SEN --site Mopti --headcount 30\n"
      "Without --event_id the id is derived from the content, so repeating the command changes\n"
      "nothing. An event with the same content but another id is a different event.");

  CLI::App& correct =
      AddCommand(app, session, flags, "correct", "Correct fields of an event", &RunCorrect);
  AddCorrectionFlags(correct, *flags);
  AddEventFlags(correct, false, flags->event);
  AddMinPositionFlag(correct, flags->min_position);
  AddWaitFlag(correct, flags->wait);
  correct.footer(
      "Example: repatctl correct my-first-event --headcount 29 --reason 'manifest of 16 January'\n"
      "Fields that are not given keep their values. An empty value clears a field; so does\n"
      "`unspecified` for an optional one.");

  CLI::App& voiding =
      AddCommand(app, session, flags, "void", "Remove an event from all figures", &RunVoid);
  AddCorrectionFlags(voiding, *flags);
  AddWaitFlag(voiding, flags->wait);
  voiding.footer(
      "Voiding is final: the event can be neither corrected nor recorded again under its id.\n"
      "Example: repatctl void my-first-event --reason 'reported twice'");
}

}  // namespace repatriation
