"""Decodes ledger blocks, implemented from common/ledger/FORMAT.md alone.

The hashes, positions and contents that the crash tests compare therefore do not come from the code
under test.
"""
import hashlib
import struct
import typing

_HEADER = struct.Struct("<4sIqq16s32sII")
_HASH_BYTES = 32
_MAGICS = (b"RLB1", b"RLB2")

EVENT, AMENDMENT, VOIDING, PLANNED_EVENT, PLANNED_AMENDMENT, RELEASE, RECORD = range(1, 8)
EVENTS = (EVENT, PLANNED_EVENT)
AMENDMENTS = (AMENDMENT, PLANNED_AMENDMENT)
CORRECTIONS = (AMENDMENT, VOIDING, PLANNED_AMENDMENT, RELEASE)


class Content(typing.NamedTuple):
    """The content of an event or an amendment; `day` counts from 1970-01-01."""
    kind: int
    category: int
    qualifier: int
    day: int
    headcount: int
    female: typing.Optional[int]
    mission: str
    country: str
    site: str
    destination_site: str
    unit: str
    movement_ref: str
    source: str


class Entry(typing.NamedTuple):
    position: int
    type: int
    id: str
    target: int = 0  # position of the corrected event
    reason: str = ""
    content: typing.Optional[Content] = None
    record: bytes = b""


class Block(typing.NamedTuple):
    first_position: int
    last_position: int
    recorded_time_us: int
    ledger_id: str
    previous_hash: bytes
    hash: bytes
    hash_is_right: bool
    entries: list


class _Reader:
    def __init__(self, data, begin, end):
        self._data = data
        self._at = begin
        self._end = end

    def varint(self):
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7f) << shift
            if byte < 0x80:
                return value
            shift += 7

    def byte(self):
        self._at += 1
        return self._data[self._at - 1]

    def read_bytes(self):
        size = self.varint()
        self._at += size
        return self._data[self._at - size:self._at]

    def at_end(self):
        return self._at == self._end


def _content(reader, texts):
    kind, category, qualifier = reader.byte(), reader.byte(), reader.byte()
    day, headcount, women = reader.varint(), reader.varint(), reader.varint()
    named = [texts[reader.varint()] for _ in range(7)]
    return Content(kind, category, qualifier, (day >> 1) ^ -(day & 1), headcount,
                   women - 1 if women else None, *named)


def _entry(reader, texts, position):
    entry_type = reader.byte()
    entry_id = reader.read_bytes().decode()
    if entry_type == RECORD:
        return Entry(position, entry_type, entry_id, record=bytes(reader.read_bytes()))
    target, reason, content = 0, "", None
    if entry_type in CORRECTIONS:
        target, reason = position - reader.varint(), texts[reader.varint()]
    if entry_type in EVENTS or entry_type in AMENDMENTS:
        content = _content(reader, texts)
    return Entry(position, entry_type, entry_id, target, reason, content)


def decode(data):
    """The Block in `data`; ValueError if it is not one."""
    try:
        return _decode(data)
    except (IndexError, struct.error) as error:
        raise ValueError(f"truncated block: {error}") from None


def _decode(data):
    magic, count, first, time_us, ledger_id, previous, text_count, body = _HEADER.unpack_from(data)
    if magic not in _MAGICS or len(data) != _HEADER.size + body + _HASH_BYTES:
        raise ValueError(f"not a block: {data[:80].hex()}, {len(data)} bytes")
    reader = _Reader(data, _HEADER.size, _HEADER.size + body)
    texts = [""] + [reader.read_bytes().decode() for _ in range(text_count)]
    entries = [_entry(reader, texts, first + index) for index in range(count)]
    if not reader.at_end():
        raise ValueError(f"trailing bytes in the block at position {first}")
    return Block(first, first + count - 1, time_us, ledger_id.hex(), previous,
                 data[-_HASH_BYTES:],
                 hashlib.sha256(data[:-_HASH_BYTES]).digest() == data[-_HASH_BYTES:], entries)
