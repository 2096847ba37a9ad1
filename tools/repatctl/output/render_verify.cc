#include "tools/repatctl/output/render_verify.h"

#include "google/protobuf/struct.pb.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {
namespace {

const std::vector<std::string>& Columns() {
  static const std::vector<std::string> columns = {"position", "service", "address", "hash",
                                                   "result"};
  return columns;
}

// In the order of Columns().
std::vector<std::string> CellsOf(const HashRow& row, const std::vector<Peer>& peers) {
  const Peer& peer = peers[row.peer];
  const std::string position = PlainNumber(row.position);
  if (!row.answer.ok()) {
    return {position, peer.service, peer.target, "", std::string(row.answer.status().message())};
  }
  return {position, peer.service, peer.target, row.answer->hash(),
          row.agrees ? "agrees" : "differs"};
}

}  // namespace

std::string ServicesTable(const ServicesReport& report, const std::vector<Peer>& peers) {
  Table table;
  for (const std::string& name : Columns()) {
    table.AddColumn(name, name == "position" ? Align::kRight : Align::kLeft);
  }
  for (const HashRow& row : report.rows) table.AddRow(CellsOf(row, peers));
  return table.Render();
}

std::string ServicesCsv(const ServicesReport& report, const std::vector<Peer>& peers) {
  std::string text = CsvLine(Columns());
  for (const HashRow& row : report.rows) text += CsvLine(CellsOf(row, peers));
  return text;
}

std::string ServicesJson(const ServicesReport& report, const std::vector<Peer>& peers) {
  google::protobuf::Struct answer;
  auto& fields = *answer.mutable_fields();
  fields["verified"].set_bool_value(report.first_bad == 0);
  fields["position"].set_string_value(PlainNumber(report.compared_through));
  if (report.first_bad == 0) {
    fields["hash"].set_string_value(report.hash);
  } else {
    fields["first_bad_position"].set_string_value(PlainNumber(report.first_bad));
  }
  auto& rows = *fields["rows"].mutable_list_value();
  for (const HashRow& row : report.rows) {
    const std::vector<std::string> cells = CellsOf(row, peers);
    auto& values = *rows.add_values()->mutable_struct_value()->mutable_fields();
    for (size_t i = 0; i < cells.size(); ++i) values[Columns()[i]].set_string_value(cells[i]);
  }
  return ToJson(answer);
}

}  // namespace repatriation
