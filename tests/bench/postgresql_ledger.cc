#include "tests/bench/postgresql_ledger.h"

#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "common/domain/day.h"

namespace repatriation {
namespace {

// The fields of a synthetic event. Ids are stored as 16-byte UUIDs, which is fastest
// for PostgreSQL, although the ledger accepts any text.
enum class Field { kId, kMission, kKind, kDay, kCategory, kCountry, kSite, kHeadcount, kSource };

struct Column {
  Field field;
  absl::string_view name;
  absl::string_view type;
  uint32_t type_oid;  // from pg_type.dat, the same in every version
};

// Wide columns first, so that no column is padded.
constexpr Column kColumns[] = {
    {Field::kId, "event_id", "uuid", 2950},       {Field::kDay, "day", "date", 1082},
    {Field::kHeadcount, "headcount", "int4", 23}, {Field::kKind, "kind", "int2", 21},
    {Field::kCategory, "category", "int2", 21},   {Field::kMission, "mission", "text", 25},
    {Field::kCountry, "country", "text", 25},     {Field::kSite, "site", "text", 25},
    {Field::kSource, "source", "text", 25},
};
constexpr DayNumber kPostgresqlEpoch = 10957;  // 2000-01-01

// The most selective columns first, so that most comparisons end early.
constexpr absl::string_view kCell = "day, country, category, site, kind, mission";

template <typename Format>
std::string JoinColumns(absl::string_view separator, Format format) {
  int number = 0;
  return absl::StrJoin(kColumns, separator, [&](std::string* out, const Column& column) {
    absl::StrAppend(out, format(column, ++number));
  });
}

std::string ColumnNames() {
  return JoinColumns(", ", [](const Column& column, int) { return std::string(column.name); });
}

std::string InsertEventsSql(absl::string_view source) {
  return absl::Substitute("INSERT INTO event ($0) $1 ON CONFLICT (event_id) DO NOTHING",
                          ColumnNames(), source);
}

// Adds the rows of `added`, ordered by key: transactions that lock cells in different
// orders could deadlock.
std::string AddToRollUpSql(absl::string_view figures, absl::string_view order) {
  return absl::Substitute(
      "INSERT INTO roll_up AS r ($0, headcount, events) SELECT $0, $1 FROM added $2 "
      "ON CONFLICT ($0) DO UPDATE SET headcount = r.headcount + excluded.headcount, "
      "events = r.events + excluded.events",
      kCell, figures, order);
}

std::string AddBatchToRollUpSql() {
  return AddToRollUpSql("sum(headcount), count(*)",
                        absl::Substitute("GROUP BY $0 ORDER BY $0", kCell));
}

// One statement for both; a statement-level trigger with a transition table was not
// faster.
std::string WithRollUp(const std::string& insert, const std::string& add) {
  return absl::Substitute("WITH added AS ($0 RETURNING $1, headcount) $2", insert, kCell, add);
}

void AppendBigEndian(uint32_t number, int bytes, std::string& out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(number >> shift));
  }
}

void AppendNumber(int64_t number, int bytes, std::string& out) {
  AppendBigEndian(bytes, 4, out);
  AppendBigEndian(static_cast<uint32_t>(number), bytes, out);
}

void AppendText(absl::string_view text, std::string& out) {
  AppendBigEndian(text.size(), 4, out);
  absl::StrAppend(&out, text);
}

// Appends length and bytes, the format of array elements and COPY fields.
void AppendField(const v1::Event& event, Field field, std::string& out) {
  switch (field) {
    case Field::kId:
      return AppendText(absl::HexStringToBytes(event.event_id()), out);
    case Field::kMission:
      return AppendText(event.mission(), out);
    case Field::kKind:
      return AppendNumber(event.kind(), 2, out);
    case Field::kDay:
      return AppendNumber(*ParseDay(event.day()) - kPostgresqlEpoch, 4, out);
    case Field::kCategory:
      return AppendNumber(event.category(), 2, out);
    case Field::kCountry:
      return AppendText(event.country(), out);
    case Field::kSite:
      return AppendText(event.site(), out);
    case Field::kHeadcount:
      return AppendNumber(event.headcount(), 4, out);
    case Field::kSource:
      return AppendText(event.source(), out);
  }
}

}  // namespace

std::string SchemaSql() {
  // Free space in the roll-up's pages (fillfactor) keeps updates on the same page and
  // out of the index (HOT). The table of events is append-only and needs no vacuum, so
  // inserts do not trigger it.
  return absl::Substitute(
      "DROP TABLE IF EXISTS event, roll_up;"
      "CREATE TABLE event ($0, PRIMARY KEY (event_id)) "
      "WITH (autovacuum_vacuum_insert_threshold = -1);"
      "CREATE TABLE roll_up (headcount int8 NOT NULL, events int8 NOT NULL, day date NOT NULL, "
      "kind int2 NOT NULL, category int2 NOT NULL, mission text NOT NULL, country text NOT NULL, "
      "site text NOT NULL, PRIMARY KEY ($1)) WITH (fillfactor = 70);",
      JoinColumns(", ",
                  [](const Column& column, int) {
                    return absl::StrCat(column.name, " ", column.type, " NOT NULL");
                  }),
      kCell);
}

std::string InsertBatchSql() {
  const std::string arrays = JoinColumns(", ", [](const Column& column, int number) {
    return absl::StrCat("$", number, "::", column.type, "[]");
  });
  return WithRollUp(InsertEventsSql(absl::StrCat("SELECT * FROM unnest(", arrays, ")")),
                    AddBatchToRollUpSql());
}

std::string InsertOneSql() {
  const std::string values = JoinColumns(", ", [](const Column& column, int number) {
    return absl::StrCat("$", number, "::", column.type);
  });
  return WithRollUp(InsertEventsSql(absl::StrCat("VALUES (", values, ")")),
                    AddToRollUpSql("headcount, 1", ""));
}

std::string StagingSql() {
  return absl::Substitute("CREATE TEMPORARY TABLE staged ($0) ON COMMIT DELETE ROWS",
                          JoinColumns(", ", [](const Column& column, int) {
                            return absl::StrCat(column.name, " ", column.type);
                          }));
}

std::string CopySql() {
  return absl::Substitute("BEGIN; COPY staged ($0) FROM STDIN (FORMAT binary)", ColumnNames());
}

std::string InsertStagedSql() {
  return WithRollUp(InsertEventsSql(absl::StrCat("SELECT ", ColumnNames(), " FROM staged")),
                    AddBatchToRollUpSql());
}

std::vector<std::string> ColumnArrays(const EventBatch& events) {
  std::vector<std::string> arrays(std::size(kColumns));
  for (size_t i = 0; i < arrays.size(); ++i) {
    // Number of dimensions, has nulls, type, number of elements, first index.
    for (const uint32_t number : {uint32_t{1}, uint32_t{0}, kColumns[i].type_oid,
                                  static_cast<uint32_t>(events.size()), uint32_t{1}}) {
      AppendBigEndian(number, 4, arrays[i]);
    }
    for (const v1::Event& event : events) AppendField(event, kColumns[i].field, arrays[i]);
  }
  return arrays;
}

std::vector<std::string> ColumnValues(const v1::Event& event) {
  std::vector<std::string> values;
  for (const Column& column : kColumns) {
    std::string field;
    AppendField(event, column.field, field);
    values.push_back(field.substr(4));
  }
  return values;
}

std::string CopyBytes(const EventBatch& events) {
  // Signature, flags, length of the header extension.
  std::string bytes("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
  for (const v1::Event& event : events) {
    AppendBigEndian(std::size(kColumns), 2, bytes);
    for (const Column& column : kColumns) AppendField(event, column.field, bytes);
  }
  AppendBigEndian(0xffff, 2, bytes);
  return bytes;
}

}  // namespace repatriation
