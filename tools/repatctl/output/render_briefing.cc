#include "tools/repatctl/output/render_briefing.h"

#include "absl/strings/str_cat.h"
#include "common/domain/enum_names.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/output/render.h"

namespace repatriation {

std::string BriefingAsText(const v1::GetBriefingResponse& response) {
  return WithLineEnd(response.text());
}

std::string BriefingAsMarkdown(const v1::GetBriefingResponse& response) {
  return WithLineEnd(response.markdown());
}

std::string BriefingCsv(const v1::GetBriefingResponse& response) {
  std::string text = CsvLine({"category", "headcount", "events"});
  for (const auto& figure : response.figures()) {
    absl::StrAppend(&text,
                    CsvLine({EnumName(figure.category()), absl::StrCat(figure.figure().headcount()),
                             absl::StrCat(figure.figure().events())}));
  }
  return text;
}

}  // namespace repatriation
