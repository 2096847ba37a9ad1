// Writes the seed inputs of the fuzz targets:
//
//   make_seeds FOLDER      FOLDER/block/..., FOLDER/note/..., FOLDER/text/...
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/ledger/block.h"
#include "common/proof/checkpoint.h"
#include "common/proof/signed_note.h"
#include "tests/common/testing/raw_block.h"

namespace repatriation {
namespace {

LedgerEntry Event() {
  LedgerEntry entry;
  entry.id = "event-1";
  entry.event.mission = "MINUSMA";
  entry.event.kind = v1::KIND_REPATRIATION;
  entry.event.category = v1::CATEGORY_CONTINGENT_TROOPS;
  entry.event.country = "SEN";
  entry.event.site = "Mopti";
  entry.event.source = "manifest";
  entry.event.day = DayNumberOf(absl::CivilDay(2023, 9, 20));
  entry.event.headcount = 116;
  return entry;
}

LedgerEntry Amendment() {
  LedgerEntry entry = Event();
  entry.type = EntryType::kAmendment;
  entry.id = "correction-1";
  entry.target_position = 1;
  entry.reason = "wrong day";
  entry.event.female = 4;
  return entry;
}

LedgerEntry Voiding() {
  LedgerEntry entry;
  entry.type = EntryType::kVoiding;
  entry.id = "correction-2";
  entry.target_position = 1;
  entry.reason = "counted twice";
  return entry;
}

LedgerEntry Plan() {
  LedgerEntry entry = Event();
  entry.id = "plan-1";
  entry.event.status = v1::EVENT_STATUS_PLANNED;
  return entry;
}

LedgerEntry Release() {
  LedgerEntry entry = Voiding();
  entry.type = EntryType::kQuarantineRelease;
  entry.id = "correction-3";
  return entry;
}

LedgerEntry Mark(const std::string& record) {
  LedgerEntry entry;
  entry.type = EntryType::kRecord;
  entry.id = "mark-1";
  entry.record = record;
  return entry;
}

std::string MarkRecord() {
  v1::Record record;
  record.mutable_reported_through()->set_record_id("mark-1");
  record.mutable_reported_through()->set_mission("MINUSMA");
  record.mutable_reported_through()->set_day("2023-12-10");
  return EncodeRecord(record);
}

std::string BlockOf(const std::vector<LedgerEntry>& entries) {
  BlockBuilder builder(LedgerId::FromBytes("sixteen bytes id"), LedgerTail(),
                       1'695'277'800'000'000);
  for (const LedgerEntry& entry : entries) builder.Add(entry);
  return builder.Finish();
}

std::string BodyOf(const std::string& block) {
  return block.substr(kRawHeaderBytes, block.size() - kRawHeaderBytes - kRawHashBytes);
}

void Write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file.good()) {
    std::perror(path.c_str());
    std::exit(1);
  }
}

void WriteNotes(const std::filesystem::path& folder) {
  const auto key = Ed25519PrivateKey::FromSeed(std::string(32, 'k'));
  const auto witness = Ed25519PrivateKey::FromSeed(std::string(32, 'w'));
  const Checkpoint checkpoint{LedgerId::FromBytes("sixteen bytes id"),
                              {7, 1'695'277'800'000'001, Sha256("block")},
                              absl::FromUnixSeconds(1'695'340'800)};
  Write(folder / "checkpoint", SignCheckpoint(checkpoint, key));
  Write(folder / "text", CheckpointText(checkpoint));
  SignedNote note = SignNote("one\n\ntwo\n", "ledger", key);
  note.signatures.push_back(SignNote(note.text, "witness", witness).signatures[0]);
  Write(folder / "witnessed", FormatNote(note));
}

void WriteSeeds(const std::filesystem::path& folder) {
  const std::string block = BlockOf({Event(), Amendment(), Voiding()});
  const std::string record = MarkRecord();
  const std::string block_2 = BlockOf({Plan(), Release(), Mark(record)});
  // The first byte selects the mode, see block_fuzz.cc.
  Write(folder / "block" / "whole", '\0' + block);
  Write(folder / "block" / "rehashed", '\1' + block);
  // Three entries and six texts.
  Write(folder / "block" / "body", std::string("\2\3\6") + BodyOf(block));
  Write(folder / "block" / "rehashed_2", '\1' + block_2);
  // Three entries and five texts.
  Write(folder / "block" / "body_2", std::string("\3\3\5") + BodyOf(block_2));
  Write(folder / "block" / "event", std::string("\2\1\0", 3) + RawEvent().Bytes());

  WriteNotes(folder / "note");

  Write(folder / "text" / "day", "2024-02-29");
  Write(folder / "text" / "country", "SEN");
  Write(folder / "text" / "word", "contingent_troops");
  Write(folder / "text" / "accents", "Ménaka \xf0\x9f\x9b\xab \xe2\x80\xae");
  Write(folder / "text" / "long", std::string(80, 'x') + "\xed\xa0\x80\xc0\x80");
}

}  // namespace
}  // namespace repatriation

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_seeds FOLDER\n");
    return 2;
  }
  repatriation::WriteSeeds(argv[1]);
  return 0;
}
