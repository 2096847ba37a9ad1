// Faults planted in the naive model, to prove that the test detects them.
#ifndef TESTS_PROPERTY_MODEL_FAULT_H_
#define TESTS_PROPERTY_MODEL_FAULT_H_

namespace repatriation {

enum class ModelFault {
  kNone,
  kVoidedStillCounts,
  kAmendedCountsTwice,
  kAmendmentIgnored,
  kKnownAtIgnored,
  kKnownAtTimeExclusive,
  kSexesAreTwoEvents,
  kForceWithoutStaffOfficers,
  kUnknownSiteMatchesNothing,
  kLastDayIncluded,
  kWeekFromSunday,
  kConflictIsDuplicate,
  kVoidedMayBeAmended,
  kNationalStaffIsCivilian,
  kPlannedCounts,
  kNothingQuarantined,
  kReleaseIgnored,
  kTableDayIncluded,
  // Completeness and timelines with filled gaps.
  kOneReporterIsEnough,
  kMarksNeverGoBack,
  kMarksOfSitesIgnored,
  kOpenEndIsComplete,
  kUnknownIsZero,
  kBucketCompleteByItsFirstDay,
  kMeanOfFewerBuckets,
  // Strength tables and drawdowns.
  kSumsAndPartsBothCount,
  kEarliestTableIsBaseline,
  kBaselineDayCounts,
  kRelocationsReachNobody,
  kRelocationsLeaveTheMission,
  kPlannedDeathsDepart,
  // Statements.
  kDayOfStatementExcluded,
  kMandateIgnored,
  kQualifiersIgnored,
  kMoreThanMayBeLess,
  kEventsBeforeStrength,
  kWomenIgnored,
  kOtherMeasureIgnored,
  kAddendsIgnored,
  kVerdictsDateFromTheirStatement,
  kHalfTablesAreJudged,
};
inline constexpr ModelFault kLastModelFault = ModelFault::kHalfTablesAreJudged;

}  // namespace repatriation

#endif  // TESTS_PROPERTY_MODEL_FAULT_H_
