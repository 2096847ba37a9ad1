// Follows an answer over its pages. The first page pins the ledger position of
// the others, so together they are one consistent answer.
#ifndef TOOLS_REPATCTL_COMMANDS_PAGES_H_
#define TOOLS_REPATCTL_COMMANDS_PAGES_H_

#include <utility>

#include "absl/status/status.h"

namespace repatriation {

// Calls `fetch(request)`, which gives an absl::StatusOr of a response, page
// after page, and hands each to `take(response)`, until the last one or until
// `take` returns false. Returns the first error.
template <typename Request, typename Fetch, typename Take>
absl::Status FollowPages(Request request, const Fetch& fetch, const Take& take) {
  while (true) {
    auto page = fetch(std::as_const(request));
    if (!page.ok()) return page.status();
    request.set_page_token(page->next_page_token());
    if (!take(*std::move(page)) || request.page_token().empty()) return absl::OkStatus();
  }
}

// Makes `whole` the answer of all pages so far: the first page with the rows
// of the later ones, moved. `rows` is the generated mutable_...() of the rows.
template <typename Response, typename Rows>
void AppendPage(Response page, Rows* (Response::*rows)(), Response& whole) {
  page.clear_next_page_token();
  if ((whole.*rows)()->empty()) {
    whole = std::move(page);
    return;
  }
  for (auto& row : *(page.*rows)()) (whole.*rows)()->Add(std::move(row));
}

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_PAGES_H_
