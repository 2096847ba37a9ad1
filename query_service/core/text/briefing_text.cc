#include "query_service/core/text/briefing_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/domain/day.h"
#include "google/protobuf/util/time_util.h"
#include "query_service/core/text/briefing_sentences.h"
#include "query_service/core/text/english.h"

namespace repatriation {
namespace {

std::string PeriodOf(const v1::DayRange& days) {
  // The range is half-open; the text names its last day.
  std::string period;
  if (!days.from().empty()) absl::StrAppend(&period, " from ", days.from());
  if (const auto to = ParseDay(days.to()); to.has_value()) {
    absl::StrAppend(&period, " through ", FormatDay(*to - 1));
  }
  return period.empty() ? " to date" : period;
}

int64_t HeadcountOf(v1::Category category, const v1::GetBriefingResponse& briefing) {
  for (const auto& figure : briefing.figures()) {
    if (figure.category() == category) return figure.figure().headcount();
  }
  return 0;
}

void AppendMovements(const v1::GetBriefingResponse& briefing, std::string& text) {
  for (const auto& record : briefing.latest_movements()) {
    const v1::Event& event = record.event();
    absl::StrAppend(&text, "On ", event.day(), " ", Thousands(event.headcount()), " ",
                    NameOf(event.category()), " (", event.country(), ") left from ", event.site(),
                    ".\n");
  }
}

void AppendFigures(const v1::GetBriefingResponse& briefing, std::string& text) {
  for (const auto& figure : briefing.figures()) {
    absl::StrAppendFormat(&text, "%10s  %s", Thousands(figure.figure().headcount()),
                          NameOf(figure.category()));
    std::vector<std::string> addends;
    for (const int addend : figure.addends()) {
      addends.push_back(Thousands(HeadcountOf(static_cast<v1::Category>(addend), briefing)));
    }
    if (!addends.empty()) absl::StrAppend(&text, " = ", absl::StrJoin(addends, " + "));
    text += "\n";
  }
}

void AppendList(absl::string_view title, const std::vector<std::string>& sentences,
                std::string& text) {
  if (sentences.empty()) return;
  absl::StrAppend(&text, title, ":\n");
  for (const std::string& sentence : sentences) absl::StrAppend(&text, "  - ", sentence, "\n");
}

// `|` would end a cell.
std::string Cell(absl::string_view text) { return absl::StrReplaceAll(text, {{"|", "\\|"}}); }

void AppendTable(const v1::GetBriefingResponse& briefing, std::string& text) {
  text += "\n| people | repatriated | sum of |\n| --- | ---: | --- |\n";
  for (const auto& figure : briefing.figures()) {
    std::vector<std::string> addends;
    for (const int addend : figure.addends()) {
      addends.push_back(NameOf(static_cast<v1::Category>(addend)));
    }
    absl::StrAppend(&text, "| ", Cell(NameOf(figure.category())), " | ",
                    Thousands(figure.figure().headcount()), " | ", absl::StrJoin(addends, ", "),
                    " |\n");
  }
}

void AppendSection(absl::string_view title, const std::vector<std::string>& sentences,
                   std::string& text) {
  if (sentences.empty()) return;
  absl::StrAppend(&text, "\n## ", title, "\n\n");
  for (const std::string& sentence : sentences) absl::StrAppend(&text, "- ", sentence, "\n");
}

std::string Provenance(const v1::ResponseHeader& header) {
  return absl::StrCat("As known at position ", header.known_at_position(), " of ledger ",
                      header.ledger_id(), ", recorded ",
                      google::protobuf::util::TimeUtil::ToString(header.known_at_time()),
                      "\nHash of the ledger through position ", header.known_at_hash_position(),
                      ": ", header.known_at_hash(), "\n");
}

constexpr absl::string_view kStrength = "Strength, pace and forecast";
constexpr absl::string_view kClosedSites = "Closed sites";
constexpr absl::string_view kDiscrepancies = "Open discrepancies";

}  // namespace

std::string BriefingText(const v1::GetBriefingResponse& briefing) {
  std::string text =
      absl::StrCat(briefing.mission(), ": personnel repatriated", PeriodOf(briefing.days()), "\n");
  AppendMovements(briefing, text);
  AppendFigures(briefing, text);
  AppendList(kStrength, DrawdownSentences(briefing.drawdown()), text);
  AppendList(kClosedSites, ClosedSiteSentences(briefing.drawdown()), text);
  AppendList(kDiscrepancies, DiscrepancySentences(briefing), text);
  return text + Provenance(briefing.header());
}

std::string BriefingMarkdown(const v1::GetBriefingResponse& briefing) {
  std::string text = absl::StrCat("# ", briefing.mission(), ": personnel repatriated",
                                  PeriodOf(briefing.days()), "\n\n");
  AppendMovements(briefing, text);
  AppendTable(briefing, text);
  AppendSection(kStrength, DrawdownSentences(briefing.drawdown()), text);
  AppendSection(kClosedSites, ClosedSiteSentences(briefing.drawdown()), text);
  AppendSection(kDiscrepancies, DiscrepancySentences(briefing), text);
  return absl::StrCat(text, "\n", Provenance(briefing.header()));
}

}  // namespace repatriation
