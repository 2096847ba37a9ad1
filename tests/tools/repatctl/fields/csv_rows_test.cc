#include "tools/repatctl/fields/csv_rows.h"

#include <gmock/gmock.h>

#include <sstream>
#include <streambuf>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<CsvRow> RowsOf(const std::string& text) {
  std::istringstream input(text);
  CsvRowReader reader(input);
  std::vector<CsvRow> rows;
  CsvRow row;
  while (true) {
    const auto found = reader.Next(row);
    EXPECT_THAT(found, IsOk());
    if (!found.ok() || !*found) break;
    rows.push_back(row);
  }
  EXPECT_EQ(reader.bytes_read(), static_cast<int64_t>(text.size()));
  return rows;
}

// "LINE: CELL|CELL", or "LINE: !" for a malformed row.
std::vector<std::string> Read(const std::string& text) {
  std::vector<std::string> shown;
  for (const CsvRow& row : RowsOf(text)) {
    shown.push_back(absl::StrCat(row.line, ": "));
    if (!row.malformed.empty()) {
      shown.back() += "!";
      continue;
    }
    for (size_t i = 0; i < row.cells.size(); ++i) {
      absl::StrAppend(&shown.back(), i == 0 ? "" : "|", row.cells[i]);
    }
  }
  return shown;
}

TEST(CsvRowReader, ReadsAllLineEndings) {
  EXPECT_THAT(Read("a,b\nc,d\n"), ElementsAre("1: a|b", "2: c|d"));
  EXPECT_THAT(Read("a,b\r\nc,d\r\n"), ElementsAre("1: a|b", "2: c|d"));
  EXPECT_THAT(Read("a,b\rc,d\r"), ElementsAre("1: a|b", "2: c|d"));
  EXPECT_THAT(Read("a,b\nc,d"), ElementsAre("1: a|b", "2: c|d"));
}

TEST(CsvRowReader, SkipsEmptyLinesButCountsThem) {
  EXPECT_THAT(Read("\na\n\n\nb\n\n"), ElementsAre("2: a", "5: b"));
  EXPECT_THAT(Read("\r\na\r\n\r\nb"), ElementsAre("2: a", "4: b"));
  EXPECT_THAT(Read(""), IsEmpty());
  EXPECT_THAT(Read("\n\n"), IsEmpty());
}

TEST(CsvRowReader, SkipsAByteOrderMarkOnlyAtTheStart) {
  EXPECT_THAT(Read("\xef\xbb\xbf"
                   "a,b\n"),
              ElementsAre("1: a|b"));
  EXPECT_THAT(Read("a\n\xef\xbb\xbf"
                   "b\n"),
              ElementsAre("1: a",
                          "2: \xef\xbb\xbf"
                          "b"));
  EXPECT_THAT(Read("\xef\xbb\xbf"), IsEmpty());
}

TEST(CsvRowReader, ReadsQuotedCells) {
  EXPECT_THAT(Read("\"a,\"\"b\"\"\",c\n"), ElementsAre("1: a,\"b\"|c"));
  EXPECT_THAT(Read("\"\",\"\"\n"), ElementsAre("1: |"));
  EXPECT_THAT(Read("\"\"\n"), ElementsAre("1: "));
}

TEST(CsvRowReader, GivesTheLineOnWhichARowBegins) {
  EXPECT_THAT(Read("\"a\nb\nc\",d\ne,f\n"), ElementsAre("1: a\nb\nc|d", "4: e|f"));
  EXPECT_THAT(Read("\"a\r\nb\",d\r\ne,f\r\n"), ElementsAre("1: a\r\nb|d", "3: e|f"));
  EXPECT_THAT(Read("\"\n\n\"\nx"), ElementsAre("1: \n\n", "4: x"));
}

TEST(CsvRowReader, KeepsWhiteSpaceAndEmptyCells) {
  EXPECT_THAT(Read(" a ,\tb,,\n"), ElementsAre("1:  a |\tb||"));
  EXPECT_THAT(Read(" \n"), ElementsAre("1:  "));
}

TEST(CsvRowReader, KeepsNonTextBytes) {
  const std::string bytes("a\0\xff,b", 5);
  const auto rows = RowsOf(bytes);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_THAT(rows[0].cells, ElementsAre(std::string("a\0\xff", 3), "b"));
}

TEST(CsvRowReader, ResumesAfterAMalformedRow) {
  EXPECT_THAT(Read("a\nb\"c,d\ne\n"), ElementsAre("1: a", "2: !", "3: e"));
  EXPECT_THAT(Read("\"a\"b,c\ne\n"), ElementsAre("1: !", "2: e"));
  EXPECT_THAT(Read("\"a\" ,c\r\ne\r\n"), ElementsAre("1: !", "2: e"));
  // Detected on line 3, where the quote is closed before an x.
  EXPECT_THAT(Read("a\n\"b,\nc\"x,d\ne\n"), ElementsAre("1: a", "2: !", "4: e"));
}

TEST(CsvRowReader, ReportsAnUnclosedQuote) {
  const auto rows = RowsOf("a\n\"b,c\nd\n");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_THAT(rows[1].malformed, HasSubstr("not closed before the end"));
}

TEST(CsvRowReader, LimitsTheSizeOfARow) {
  // Longer than the buffer: first over many lines, then on one line.
  std::string lines;
  for (size_t i = 0; i < kCsvRowBytesMax; ++i) lines += "x\n";
  const auto rows = RowsOf(absl::StrCat("\"", lines));
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows[0].line, 1);
  EXPECT_THAT(rows[0].malformed, HasSubstr("longer than 65536 bytes"));
  EXPECT_THAT(rows[1].cells, ElementsAre("x"));

  const auto long_line = RowsOf(absl::StrCat(std::string(3 * kCsvRowBytesMax, 'x'), "\ny\n"));
  ASSERT_THAT(long_line, SizeIs(2));
  EXPECT_THAT(long_line[0].malformed, HasSubstr("longer than"));
  EXPECT_EQ(long_line[1].line, 2);
  EXPECT_THAT(long_line[1].cells, ElementsAre("y"));
}

TEST(CsvRowReader, ReadsAcrossBuffers) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) absl::StrAppend(&text, i, ",\"a\nb\"\r\n");
  const auto rows = RowsOf(text);
  ASSERT_THAT(rows, SizeIs(50'000));
  for (int i = 0; i < 50'000; ++i) {
    ASSERT_THAT(rows[static_cast<size_t>(i)].cells, ElementsAre(absl::StrCat(i), "a\nb"));
    ASSERT_EQ(rows[static_cast<size_t>(i)].line, 2 * i + 1);
  }
}

TEST(CsvRowReader, ReportsInputErrors) {
  struct Broken : std::streambuf {
    int_type underflow() override { throw std::ios_base::failure("disk"); }
  } broken;
  std::istream input(&broken);
  CsvRowReader reader(input);
  CsvRow row;
  EXPECT_THAT(reader.Next(row), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(ParseCsvCells, SplitsAFlagsValue) {
  EXPECT_THAT(*ParseCsvCells("SEN,BGD"), ElementsAre("SEN", "BGD"));
  EXPECT_THAT(*ParseCsvCells("\"Mopti, Sévaré\",Gao"), ElementsAre("Mopti, Sévaré", "Gao"));
  EXPECT_THAT(*ParseCsvCells(""), ElementsAre(""));
  EXPECT_THAT(*ParseCsvCells("a,"), ElementsAre("a", ""));
  EXPECT_THAT(ParseCsvCells("\"a"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseCsvCells("a\nb"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseCsvCells("\n"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CsvLine, QuotesOnlyWhereNecessary) {
  EXPECT_EQ(CsvLine({"a", "", "b c"}), "a,,b c\n");
  EXPECT_EQ(CsvLine({"a,b", "say \"x\"", "l\nm", "r\rs"}),
            "\"a,b\",\"say \"\"x\"\"\",\"l\nm\",\"r\rs\"\n");
}

TEST(CsvLine, RoundTrips) {
  const std::vector<std::string> cells = {"a,b", "\"", "\"\"", "l\r\nm", " x ", "", "Sévaré"};
  const auto rows = RowsOf(CsvLine(cells));
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].cells, cells);
}

}  // namespace
}  // namespace repatriation
