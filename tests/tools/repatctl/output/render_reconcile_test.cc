#include "tools/repatctl/output/render_reconcile.h"

#include <gmock/gmock.h>

#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

v1::ReconcileResponse Reconciled() {
  return Parsed<v1::ReconcileResponse>(R"(
      header { applied_position: 40 known_at_position: 40 }
      reconciliations {
        statement { record_id: "s1" measure: MEASURE_DEPARTED day: "2023-12-01"
                    category: CATEGORY_UNIFORMED headcount: 9680 qualifier: QUALIFIER_EXACT }
        position: 20 recorded: 9680 difference: 0 verdict: VERDICT_AGREES
        explanation: "They are equal." since_position: 20 }
      reconciliations {
        statement { record_id: "s2" measure: MEASURE_REMAINING day: "2023-12-01"
                    category: CATEGORY_ALL headcount: 10040 country: "SEN" site: "Gao" }
        position: 21 recorded: 3831 difference: 6209 verdict: VERDICT_WRONG_MEASURE
        explanation: "It is what had departed." since_position: 33 }
      reconciliations {
        statement { record_id: "s3" measure: MEASURE_DEPARTED from: "2023-08-25"
                    day: "2023-08-25" category: CATEGORY_FORMED_POLICE_UNIT headcount: 125 }
        position: 22 verdict: VERDICT_UNKNOWN explanation: "No events." since_position: 22 }
      conflicts { kind: CONFLICT_KIND_SITE_CLOSURES positions: 30 positions: 31
                  description: "Goundam closed on 2023-08-15 or 2023-08-16." })");
}

TEST(Reconcile, TableHasExplanationsAndConflicts) {
  EXPECT_EQ(
      ReconcileTable(Reconciled()),
      "position  day         statement                                     stated  qualifier  "
      "recorded  difference  verdict        since\n"
      "      20  2023-12-01  departed uniformed                             9,680  exact      "
      "   9,680           0  agrees            20\n"
      "      21  2023-12-01  remaining all, SEN, Gao                       10,040             "
      "   3,831       6,209  wrong_measure     33\n"
      "      22  2023-08-25  departed formed_police_unit, from 2023-08-25     125             "
      "       ?           ?  unknown           22\n"
      "\n"
      "position  why\n"
      "      21  It is what had departed.\n"
      "      22  No events.\n"
      "\n"
      "conflict       positions  description\n"
      "site_closures  30, 31     Goundam closed on 2023-08-15 or 2023-08-16.\n"
      "\n"
      "ledger position 40, known at position 40\n");
}

TEST(Reconcile, CsvHasItsColumns) {
  EXPECT_EQ(ReconcileCsv(Reconciled()),
            "statement,day,stated,qualifier,recorded,difference,verdict\n"
            "s1,2023-12-01,9680,exact,9680,0,agrees\n"
            "s2,2023-12-01,10040,,3831,6209,wrong_measure\n"
            "s3,2023-08-25,125,,,,unknown\n");
}

}  // namespace
}  // namespace repatriation
