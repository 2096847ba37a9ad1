#include "tools/repatctl/import/import_kinds.h"

namespace repatriation {
namespace {

struct RequiredColumns {
  const char* kind;
  std::vector<std::string> names;
};

std::vector<std::string> RequiredColumnsOf(absl::string_view kind) {
  const RequiredColumns all[] = {
      {"event", {"mission", "kind", "day", "category", "headcount"}},
      {"mandate", {"mission", "resolution", "adopted", "drawdown_start", "deadline"}},
      {"strength", {"mission", "series", "as_of", "category", "headcount"}},
      {"statement", {"mission", "measure", "day", "category", "headcount"}},
      {"reported_through", {"mission", "day"}},
      {"site_closure", {"mission", "site", "day"}},
  };
  for (const RequiredColumns& required : all) {
    if (kind == required.kind) return required.names;
  }
  return {};
}

std::vector<ImportKind> MakeImportKinds() {
  std::vector<ImportKind> kinds = {
      {"event", &ColumnsOf<v1::Event>(), RequiredColumnsOf("event"), nullptr}};
  const auto& record = *v1::Record::descriptor();
  for (int i = 0; i < record.field_count(); ++i) {
    const auto* const field = record.field(i);
    kinds.push_back({field->name(), new MessageColumns(*field->message_type()),
                     RequiredColumnsOf(field->name()), field});
  }
  return kinds;
}

}  // namespace

google::protobuf::Message& ImportKind::ContentOf(v1::Submission& submission) const {
  if (record_field == nullptr) return *submission.mutable_event();
  v1::Record& record = *submission.mutable_record();
  return *record.GetReflection()->MutableMessage(&record, record_field);
}

const std::vector<ImportKind>& ImportKinds() {
  static const auto* const kinds = new std::vector<ImportKind>(MakeImportKinds());
  return *kinds;
}

const ImportKind* FindImportKind(absl::string_view name) {
  for (const ImportKind& kind : ImportKinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace repatriation
