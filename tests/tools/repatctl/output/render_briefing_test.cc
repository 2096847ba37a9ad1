#include "tools/repatctl/output/render_briefing.h"

#include <gmock/gmock.h>

#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

TEST(Briefing, IsTheServicesTextOrItsFigures) {
  const auto response = Parsed<v1::GetBriefingResponse>(R"(
      figures { category: CATEGORY_CONTINGENT_TROOPS figure { headcount: 2583 events: 9 } }
      figures { category: CATEGORY_FORCE figure { headcount: 2680 events: 11 }
                addends: CATEGORY_CONTINGENT_TROOPS }
      text: "MINUSMA\n2,680 Force")");
  EXPECT_EQ(BriefingAsText(response), "MINUSMA\n2,680 Force\n");
  EXPECT_EQ(BriefingCsv(response),
            "category,headcount,events\ncontingent_troops,2583,9\nforce,2680,11\n");
}

}  // namespace
}  // namespace repatriation
