// Reads all pages of an answer. The first page pins the ledger position of the
// others, so together they are one consistent answer.
#ifndef TOOLS_REPATCTL_COMMANDS_PAGES_H_
#define TOOLS_REPATCTL_COMMANDS_PAGES_H_

#include <utility>

#include "absl/status/status.h"

namespace repatriation {

// Calls `fetch(request)`, which returns an absl::StatusOr of a response, for each
// page and passes the response to `use(response)`, until the last page or until
// `use` returns false. Returns the first error.
template <typename Request, typename Fetch, typename Use>
absl::Status FollowPages(Request request, const Fetch& fetch, const Use& use) {
  while (true) {
    auto page = fetch(std::as_const(request));
    if (!page.ok()) return page.status();
    request.set_page_token(page->next_page_token());
    if (!use(*std::move(page)) || request.page_token().empty()) return absl::OkStatus();
  }
}

// Appends the rows of `page` to `merged`; all else is that of the first page. `rows` is
// the generated mutable_...() of the rows.
template <typename Response, typename Rows>
void AppendPage(Response page, Rows* (Response::*rows)(), Response& merged) {
  page.clear_next_page_token();
  if ((merged.*rows)()->empty()) {
    merged = std::move(page);
    return;
  }
  for (auto& row : *(page.*rows)()) (merged.*rows)()->Add(std::move(row));
}

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_PAGES_H_
