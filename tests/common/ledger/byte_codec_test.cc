#include "common/ledger/byte_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/crypto/sha256.h"
#include "tests/common/testing/random_entries.h"

namespace repatriation {
namespace {

std::string Varint(uint64_t value) {
  std::string bytes;
  PutVarint(bytes, value);
  return bytes;
}

TEST(ByteCodecTest, FixedIntegersAreLittleEndian) {
  std::string bytes;
  PutFixed(bytes, uint8_t{0xab});
  PutFixed(bytes, uint32_t{0x01020304});
  PutFixed(bytes, int64_t{-2});
  EXPECT_EQ(Hex(bytes), "ab04030201feffffffffffffff");
  ByteReader reader(bytes);
  EXPECT_EQ(reader.Fixed<uint8_t>(), 0xab);
  EXPECT_EQ(reader.Fixed<uint32_t>(), 0x01020304u);
  EXPECT_EQ(reader.Fixed<int64_t>(), -2);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteCodecTest, VarintsMatchProtobuf) {
  const struct {
    uint64_t value;
    const char* hex;
  } kCases[] = {
      {0, "00"},
      {1, "01"},
      {127, "7f"},
      {128, "8001"},
      {150, "9601"},
      {16383, "ff7f"},
      {16384, "808001"},
      {uint64_t{1} << 63, "80808080808080808001"},
      {UINT64_MAX, "ffffffffffffffffff01"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Hex(Varint(c.value)), c.hex) << c.value;
    const std::string bytes = Varint(c.value);
    ByteReader reader(bytes);
    EXPECT_EQ(reader.Varint(), c.value);
    EXPECT_TRUE(reader.ok() && reader.at_end()) << c.value;
  }
}

TEST(ByteCodecTest, RandomValuesRoundTrip) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t value = random.Below(UINT64_MAX) >> random.Below(64);
    const std::string bytes = Varint(value);
    ByteReader reader(bytes);
    ASSERT_EQ(reader.Varint(), value);
    ASSERT_TRUE(reader.ok() && reader.at_end()) << value;
    const auto number = static_cast<int64_t>(value);
    ASSERT_EQ(UnZigZag(ZigZag(number)), number);
    ASSERT_EQ(UnZigZag(ZigZag(-number)), -number);
  }
}

TEST(ByteCodecTest, ZigZagKeepsSmallMagnitudesSmall) {
  const struct {
    int64_t value;
    uint64_t code;
  } kCases[] = {
      {0, 0}, {-1, 1}, {1, 2}, {-2, 3}, {INT64_MAX, UINT64_MAX - 1}, {INT64_MIN, UINT64_MAX},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(ZigZag(c.value), c.code) << c.value;
    EXPECT_EQ(UnZigZag(c.code), c.value) << c.code;
  }
}

TEST(ByteCodecTest, RejectsVarintsOfMoreThan64Bits) {
  const std::string kCases[] = {
      std::string(9, '\xff') + "\x02",    // bit 64
      std::string(9, '\x80') + "\x02",    //
      std::string(9, '\xff') + "\x81",    // continues in an eleventh byte
      std::string(10, '\x80') + "\x01",   //
      std::string(10, '\xff') + "\x7f",   //
      std::string(100, '\x80') + '\x01',  //
      std::string(9, '\xff') +
          "\x7f"
          "\1",  //
  };
  for (const std::string& bytes : kCases) {
    ByteReader reader(bytes);
    EXPECT_EQ(reader.Varint(), 0u) << Hex(bytes);
    EXPECT_FALSE(reader.ok()) << Hex(bytes);
  }
}

TEST(ByteCodecTest, RejectsTruncatedVarints) {
  for (size_t size = 0; size < 10; ++size) {
    const std::string bytes(size, '\x80');
    ByteReader reader(bytes);
    EXPECT_EQ(reader.Varint(), 0u) << size;
    EXPECT_FALSE(reader.ok()) << size;
  }
}

TEST(ByteCodecTest, AllReadsFailAfterOnePastTheEnd) {
  ByteReader reader("abc");
  EXPECT_EQ(reader.Bytes(4), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.Bytes(1), "");
  EXPECT_EQ(reader.Fixed<uint32_t>(), 0u);
  EXPECT_EQ(reader.Varint(), 0u);
  EXPECT_FALSE(reader.ok());
}

TEST(ByteCodecTest, RejectsGiantSizes) {
  for (const uint64_t size : {uint64_t{4}, uint64_t{1} << 32, uint64_t{1} << 63, UINT64_MAX}) {
    ByteReader reader("abc");
    EXPECT_EQ(reader.Bytes(size), "") << size;
    EXPECT_FALSE(reader.ok()) << size;
  }
}

TEST(ByteCodecTest, AcceptsEmptyReads) {
  ByteReader reader("");
  EXPECT_EQ(reader.Bytes(0), "");
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
}

}  // namespace
}  // namespace repatriation
