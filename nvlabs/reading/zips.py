"""Zip archives (.npz, torch checkpoints) within bounds: the directory is checked before anything is read.

Python's zipfile believes what an archive says of itself: entries may lie over one another, so that 400 names
share the same bytes, unpack to a thousand times their size, or be there twice. None of that is in a file of
ours or of PyTorch. Read here: stored entries, deflated ones where the caller allows it, zip64.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections import OrderedDict
from typing import BinaryIO, Dict, List, NamedTuple, Optional, Tuple, Union

from nvlabs.errors import DamagedFile
from nvlabs.reading.budget import DICTIONARY, Budget
from nvlabs.reading.shown import show

Data = Union[bytes, bytearray]
MAGIC = b"PK\x03\x04"
STORED, DEFLATED = 0, 8
MAX_ENTRIES = 50_000
LONGEST_TAIL = 22 + 65535  # the end record with the longest comment
END = struct.Struct("<4s4H2LH")
LOCATOR = struct.Struct("<4sLQL")
END_64 = struct.Struct("<4sQ2H2L4Q")
DIRECTORY = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
ENCRYPTED = 0x1 | 0x40 | 0x2000  # flags: by password, strongly, directory hidden
UTF_8 = 0x800
TOO_WIDE = 0xFFFFFFFF  # a 32-bit field whose value is in the zip64 extra field
ZIP64_EXTRA = 1
LONGEST_EXTRA = 1024  # bytes that are looked through for it
ITEM_BYTES = 3 * DICTIONARY  # what an Entry takes, with its place in a dictionary
CHUNK = 1 << 20


class Entry(NamedTuple):
    """One file of an archive, as the directory describes it.

    packed, size: bytes before and after unpacking. offset: of its local header.
    """

    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    offset: int


class ZipReader:
    """The entries of an archive by name, in the order of its directory.

    stream: open for reading; size: of the file; deflate: whether compressed entries may be read.
    Raises DamagedFile for what is no zip archive, is cut or damaged, has a name twice or more than 50,000 of
    them, and for entries that share bytes.
    """

    def __init__(self, stream: BinaryIO, size: int, budget: Budget, deflate: bool = False) -> None:
        self._stream, self._size, self._budget = stream, size, budget
        self._methods = (STORED, DEFLATED) if deflate else (STORED,)
        self.entries: "OrderedDict[str, Entry]" = OrderedDict()
        start, length, count = self._end()
        budget.spend(length)
        for entry in _directory(self._at(start, length), count, budget):
            if entry.name in self.entries:
                raise DamagedFile("a zip archive with two entries %s" % show(entry.name))
            self.entries[entry.name] = entry
        self._starts = self._places(start)

    def read(self, name: str, limit: Optional[int] = None) -> Data:
        """The bytes of an entry (a bytearray where it was deflated), charged by the size it states.

        limit: bytes that it may have. Raises DamagedFile for an entry that is missing, too long, compressed
        where that is not allowed, encrypted, or damaged (its length and its checksum are verified).
        """
        entry = self.entries.get(name)
        if entry is None:
            raise DamagedFile("a zip archive without the entry %s" % show(name))
        if entry.flags & ENCRYPTED:
            raise DamagedFile("a zip archive whose entry %s is encrypted" % show(name))
        if entry.method not in self._methods:
            raise DamagedFile(
                "a zip archive whose entry %s is compressed (method %d), which is not read here; "
                "it was packed again, so get the file as it was made" % (show(name), entry.method)
            )
        if limit is not None and entry.size > limit:
            raise DamagedFile("a zip archive whose entry %s is too long: %d bytes" % (show(name), entry.size))
        self._budget.spend(entry.size)
        start = self._starts[name]
        data: Data = b""
        if entry.method != STORED:
            data = self._inflate(start, entry)
        elif entry.packed == entry.size:
            data = self._at(start, entry.size)
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise DamagedFile("a damaged zip archive: length or checksum of %s are wrong" % show(name))
        return data

    def _inflate(self, start: int, entry: Entry) -> bytearray:
        """Unpack, and stop at the size that the directory states whatever else is there."""
        unpack, made, end = zlib.decompressobj(-zlib.MAX_WBITS), bytearray(), start + entry.packed
        try:
            for place in range(start, end, CHUNK):
                data = self._at(place, min(CHUNK, end - place))
                while data and len(made) <= entry.size:
                    made += unpack.decompress(data, CHUNK)
                    data = unpack.unconsumed_tail
        except zlib.error:
            raise DamagedFile("a damaged zip archive: %s cannot be unpacked" % show(entry.name)) from None
        return made

    def _at(self, start: int, length: int) -> bytes:
        if start < 0 or start + length > self._size:
            raise DamagedFile("a damaged zip archive: it ends too early; copy or download it again")
        self._stream.seek(start)
        data = self._stream.read(length)
        if len(data) != length:
            raise DamagedFile("a damaged zip archive: it ends too early; copy or download it again")
        return data

    def _end(self) -> Tuple[int, int, int]:
        """Where the directory begins, its bytes and its entries, from the records at the end of the file."""
        tail = self._at(max(0, self._size - LONGEST_TAIL), min(self._size, LONGEST_TAIL))
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or at + END.size > len(tail):
            raise DamagedFile("a damaged zip archive: its directory is missing; copy or download it again")
        _, _, _, _, count, length, start, _ = END.unpack_from(tail, at)
        at += max(0, self._size - LONGEST_TAIL) - LOCATOR.size
        if at >= 0:
            magic, _, place, _ = LOCATOR.unpack(self._at(at, LOCATOR.size))
            if magic == b"PK\x06\x07":
                magic, _, _, _, _, _, _, count, length, start = END_64.unpack(self._at(place, END_64.size))
                if magic != b"PK\x06\x06":
                    raise DamagedFile("a damaged zip archive: its directory is missing")
        if count > MAX_ENTRIES or length < count * DIRECTORY.size:
            raise DamagedFile(
                "a zip archive that states %d entries; up to %d are read" % (count, MAX_ENTRIES)
            )
        return start, length, count

    def _places(self, end: int) -> Dict[str, int]:
        """Where the bytes of each entry begin. No two entries, headers included, may share a byte."""
        starts: Dict[str, int] = {}
        free = 0
        for entry in sorted(self.entries.values(), key=lambda entry: entry.offset):
            head = LOCAL.unpack(self._at(entry.offset, LOCAL.size))
            if head[0] != MAGIC or entry.offset < free:
                raise DamagedFile("a zip archive whose entries share bytes, or a damaged one")
            starts[entry.name] = entry.offset + LOCAL.size + head[-2] + head[-1]
            free = starts[entry.name] + entry.packed
            if free > end:
                raise DamagedFile("a zip archive whose entries share bytes, or a damaged one")
        return starts


def _directory(data: bytes, count: int, budget: Budget) -> List[Entry]:
    entries, at = [], 0
    for _ in range(count):
        if at + DIRECTORY.size > len(data):
            raise DamagedFile("a damaged zip archive: its directory is cut")
        fields = DIRECTORY.unpack_from(data, at)
        names, extras, comments = fields[10:13]
        at += DIRECTORY.size
        if fields[0] != b"PK\x01\x02" or at + names + extras + comments > len(data):
            raise DamagedFile("a damaged zip archive: its directory is cut")
        budget.spend(ITEM_BYTES + 4 * names)
        name, extra = data[at : at + names], data[at + names : at + names + extras]
        at += names + extras + comments
        flags, method, crc, packed, size, offset = fields[3], fields[4], *fields[7:10], fields[16]
        size, packed, offset = _wide([size, packed, offset], extra)
        entries.append(Entry(_name(name, flags), method, flags, crc, packed, size, offset))
    if at != len(data):
        raise DamagedFile("a damaged zip archive: its directory holds something else than entries")
    return entries


def _wide(values: List[int], extra: bytes) -> List[int]:
    """The sizes and the offset, those that do not fit into 32 bits from the zip64 extra field."""
    at = 0
    while TOO_WIDE in values and at + 4 <= min(len(extra), LONGEST_EXTRA):
        kind, length = struct.unpack_from("<HH", extra, at)
        at += 4 + length
        if kind == ZIP64_EXTRA:
            wide = extra[at - length : at]
            for index, value in enumerate(values):
                if value == TOO_WIDE and len(wide) >= 8:
                    values[index], wide = struct.unpack_from("<Q", wide)[0], wide[8:]
            break
    return values


def _name(data: bytes, flags: int) -> str:
    try:
        return data.decode("utf-8" if flags & UTF_8 else "cp437")
    except UnicodeDecodeError:
        raise DamagedFile("a damaged zip archive: a name that is no text") from None


def names_in(path: Union[str, "os.PathLike[str]"]) -> Tuple[str, ...]:
    """The names in an archive; none for what is no zip archive or cannot be read. For a first look at a file:
    whoever reads it says what is wrong with it.
    """
    try:
        with open(path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if stream.read(len(MAGIC)) != MAGIC:
                return ()
            return tuple(ZipReader(stream, size, Budget.of(size)).entries)
    except (OSError, ValueError, DamagedFile):
        return ()
