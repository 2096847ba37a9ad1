#include "common/base/failpoint.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "common/base/log.h"

namespace repatriation {
namespace {

constexpr char kVariable[] = "REPAT_FAILPOINTS";
constexpr int64_t kCountMax = 1'000'000;

struct ActionName {
  absl::string_view name;
  FailAction action;
};
constexpr ActionName kActions[] = {{"kill", FailAction::kKill},
                                   {"torn", FailAction::kTorn},
                                   {"error", FailAction::kError},
                                   {"hold", FailAction::kHold},
                                   {"skip", FailAction::kSkip}};

// One NAME=ACTION@COUNT part of the text.
struct Setting {
  size_t point = 0;
  FailAction action = FailAction::kNone;
  int64_t count = 0;

  // Whether it fires at this hit, counted from 1.
  bool FiresAt(int64_t hit) const {
    const bool once = action == FailAction::kKill || action == FailAction::kTorn;
    return once ? hit == count : hit >= count;
  }
};

// Written only while arming.
std::vector<Setting>& Settings() {
  static auto& settings = *new std::vector<Setting>();
  return settings;
}
std::array<std::atomic<int64_t>, kFailpointCount> hits;

bool Supports(FailpointUse use, FailAction action) {
  switch (action) {
    case FailAction::kNone:
      return false;
    case FailAction::kKill:
      return true;
    case FailAction::kTorn:
    case FailAction::kHold:
      return use == FailpointUse::kAppend;
    case FailAction::kError:
      return use != FailpointUse::kStep;
    case FailAction::kSkip:
      return use == FailpointUse::kSync;
  }
  return false;
}

absl::Status Malformed(absl::string_view part, absl::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat(kVariable, ": ", rule, ", not \"", part, "\""));
}

std::string AllNames() {
  return absl::StrJoin(kFailpoints, ", ", [](std::string* out, const FailpointSpec& point) {
    out->append(point.name);
  });
}

absl::optional<size_t> FindPoint(absl::string_view name) {
  for (size_t i = 0; i < kFailpointCount; ++i) {
    if (kFailpoints[i].name == std::string_view(name.data(), name.size())) return i;
  }
  return absl::nullopt;
}

absl::Status ParseSetting(absl::string_view part, Setting& setting) {
  const std::pair<absl::string_view, absl::string_view> point =
      absl::StrSplit(part, absl::MaxSplits('=', 1));
  const std::pair<absl::string_view, absl::string_view> what =
      absl::StrSplit(point.second, absl::MaxSplits('@', 1));
  const auto index = FindPoint(point.first);
  if (!index.has_value()) {
    return Malformed(part,
                     absl::StrCat("expected NAME=ACTION@COUNT with NAME one of ", AllNames()));
  }
  setting.point = *index;
  const auto* action =
      std::find_if(std::begin(kActions), std::end(kActions),
                   [&](const ActionName& each) { return each.name == what.first; });
  if (action == std::end(kActions) || !Supports(kFailpoints[*index].use, action->action)) {
    return Malformed(part, absl::StrCat("expected an action that ", point.first, " supports"));
  }
  setting.action = action->action;
  if (!absl::SimpleAtoi(what.second, &setting.count) || setting.count < 1 ||
      setting.count > kCountMax) {
    return Malformed(part, absl::StrCat("expected a count from 1 to ", kCountMax));
  }
  return absl::OkStatus();
}

// Takes no lock that another thread may hold: only system calls, and no logger.
[[noreturn]] void Kill(size_t index, int64_t hit) {
  const std::string text = absl::StrCat("failpoint ", std::string(kFailpoints[index].name),
                                        " ends this process at hit ", hit, "\n");
  // SIGKILL leaves no other trace of its reason.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

}  // namespace

namespace failpoint_internal {

std::atomic<bool> armed{false};

FailAction Hit(size_t index) {
  const int64_t hit = ++hits[index];
  FailAction fired = FailAction::kNone;
  for (const Setting& setting : Settings()) {
    if (setting.point != index || !setting.FiresAt(hit)) continue;
    if (setting.action == FailAction::kKill) Kill(index, hit);
    // The enum lists the more severe actions first: torn, error, hold, skip.
    if (fired == FailAction::kNone || setting.action < fired) fired = setting.action;
  }
  return fired;
}

}  // namespace failpoint_internal

void KillAtFailpoint(Failpoint point) { Kill(point.index(), hits[point.index()]); }

absl::Status ArmFailpoints(absl::string_view text) {
  Settings().clear();
  for (auto& each : hits) each = 0;
  failpoint_internal::armed = false;
  std::vector<Setting> settings;
  for (const absl::string_view part : absl::StrSplit(text, ';', absl::SkipEmpty())) {
    Setting setting;
    const absl::Status parsed = ParseSetting(part, setting);
    if (!parsed.ok()) return parsed;
    settings.push_back(setting);
  }
  Settings() = std::move(settings);
  failpoint_internal::armed = !Settings().empty();
  return absl::OkStatus();
}

absl::Status ArmFailpointsFromEnvironment() {
  const char* text = std::getenv(kVariable);
  if (text == nullptr) return absl::OkStatus();
  const absl::Status status = ArmFailpoints(text);
  if (!status.ok()) return status;
  if (AnyFailpointArmed()) {
    LogWarning("failpoints are armed, for tests only: ", kVariable, "=", text);
  }
  return absl::OkStatus();
}

}  // namespace repatriation
