// A request's Filter: checked and parsed once, then matched against cells.
//
// Thread-safety: plain values; CellFilter is immutable.
#ifndef QUERY_SERVICE_CORE_SELECTION_CELL_FILTER_H_
#define QUERY_SERVICE_CORE_SELECTION_CELL_FILTER_H_

#include <bitset>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/domain/category.h"
#include "common/domain/day.h"
#include "query_service/core/view/ledger_view.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// What empty `kinds` and `statuses` mean: actual repatriations, or all events.
enum class DefaultKinds { kRepatriations, kAll };

// A filter that passed its checks.
struct CheckedFilter {
  v1::Filter proto;  // with defaults filled in, as answers echo it
  DayInterval days;  // proto.days()

  // Whether it selects people of one sex only.
  bool by_sex() const { return proto.sex() != v1::SEX_UNSPECIFIED; }
};

// Fills in defaults. INVALID_ARGUMENT names the field and the rule; `path` is the
// filter's field in the request ("filter"; empty if the request has the fields itself).
absl::StatusOr<CheckedFilter> CheckFilter(const v1::Filter& filter, DefaultKinds default_kinds,
                                          absl::string_view path);

// The day that `text` names; nullopt if it is empty. INVALID_ARGUMENT naming `field`.
absl::StatusOr<absl::optional<DayNumber>> CheckDay(absl::string_view text, absl::string_view field);

// The days of a range. INVALID_ARGUMENT names the field.
absl::StatusOr<DayInterval> CheckDays(const v1::DayRange& days, absl::string_view path);

class CellFilter {
 public:
  // Names that are not in the view match nothing.
  CellFilter(const CheckedFilter& filter, const LedgerView::Reader& reader);

  bool operator()(const CellKey& key) const {
    return kinds_.test(key.kind) && statuses_.test(key.status) && categories_.test(key.category) &&
           days_.Contains(key.day) && (sex_ == v1::SEX_UNSPECIFIED || key.sex == sex_) &&
           missions_.Matches(key.mission) && countries_.Matches(key.country) &&
           sites_.Matches(key.site) && destination_sites_.Matches(key.destination_site) &&
           units_.Matches(key.unit);
  }

  // Those that it compares.
  CellDimensions dimensions() const { return dimensions_; }

  bool by_sex() const { return sex_ != v1::SEX_UNSPECIFIED; }

 private:
  CellFilter(const v1::Filter& filter, const DayInterval& days, const LedgerView::Reader& reader);

  // The texts of a field; any text if it is empty.
  struct Texts {
    bool any = true;
    absl::flat_hash_set<TextId> ids;
    bool Matches(TextId id) const { return any || ids.contains(id); }
  };
  static Texts TextsOf(const google::protobuf::RepeatedPtrField<std::string>& names,
                       const LedgerView::Reader& reader);

  CellDimensions dimensions_ = 0;
  std::bitset<32> kinds_;
  std::bitset<8> statuses_;
  CategorySet categories_;
  DayInterval days_;
  v1::Sex sex_;
  Texts missions_;
  Texts countries_;
  Texts sites_;
  Texts destination_sites_;
  Texts units_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_SELECTION_CELL_FILTER_H_
