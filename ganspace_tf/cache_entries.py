"""What is in the cache folder, how much it takes, and forgetting some of it.

Only files that the cache writes are entries: by their place and their name, and no links. Whatever else is in
the folder is counted and left alone, and no link is followed out of it.
"""

from __future__ import annotations

import os
import re
import stat
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Iterable, Iterator, List, NamedTuple, Optional

from ganspace_tf.cache import CacheWarning, cache_folder

KINDS = OrderedDict(  # folder → names of its entries
    components=re.compile(r"[A-Za-z0-9._-]{1,120}-[0-9a-f]{32}\.npz\Z"),
    states=re.compile(r"[0-9a-f]{32}-\d{1,20}\.npz\Z"),
    previews=re.compile(r"[0-9a-f]{64}\.npz\Z"),
)
LIMIT = "GANSPACE_CACHE_LIMIT"
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}
MOST = 100_000  # files that are looked at; a folder with more is no cache of ours


class Entry(NamedTuple):
    """A file of the cache. kind: of KINDS; used: when it was last read or written, seconds of the epoch."""

    path: str
    kind: str
    bytes: int
    used: float


class Contents(NamedTuple):
    """entries: the least recently used first. foreign: files, folders and links that are not ours."""

    folder: Path
    entries: List[Entry]
    foreign: int

    @property
    def bytes(self) -> int:
        return sum(entry.bytes for entry in self.entries)


def contents(folder: Optional[Path] = None) -> Contents:
    """The entries of a cache folder (default: `cache_folder()`); none where there is no folder."""
    folder = cache_folder() if folder is None else folder
    entries: List[Entry] = []
    foreign = 0
    for kind, names in KINDS.items():
        for item in _items(folder / kind):
            try:
                facts = item.stat(follow_symlinks=False)
            except OSError:  # gone meanwhile
                continue
            if stat.S_ISREG(facts.st_mode) and names.match(item.name):
                used = max(facts.st_mtime, facts.st_atime)
                entries.append(Entry(item.path, kind, facts.st_size, used))
            elif not item.name.startswith(".unfinished-"):  # of a program that runs, or was killed
                foreign += 1
    ours = (*KINDS, "models", "downloads")  # networks, fetched and on their way, are no results
    foreign += sum(item.name not in ours or item.is_symlink() for item in _items(folder))
    return Contents(folder, sorted(entries, key=lambda entry: (entry.used, entry.path)), foreign)


def beyond(found: Contents, limit: int) -> List[Entry]:
    """The entries to forget so that the others take at most `limit` bytes: the least recently used ones."""
    chosen, left = [], found.bytes
    for entry in found.entries:
        if left <= limit:
            break
        chosen.append(entry)
        left -= entry.bytes
    return chosen


def size_of(text: str) -> int:
    """Bytes of "4G", "250M", "1.5G", "640K" (powers of 1000), or of a plain number; 0 for what is no size."""
    match = re.match(r"^(\d{1,15}(?:\.\d{1,9})?)\s*([KMG]?)B?$", text.strip(), re.IGNORECASE)
    return int(float(match.group(1)) * _UNITS[match.group(2).upper()]) if match else 0


def standing_limit() -> Optional[int]:
    """Bytes by GANSPACE_CACHE_LIMIT; None where it is not set, or says no size, which is a CacheWarning."""
    text = os.environ.get(LIMIT, "")
    limit = size_of(text)
    if text and not limit:
        warnings.warn("{}={!r:.40} is no size such as 2G".format(LIMIT, text), CacheWarning, stacklevel=2)
    return limit or None


def keep_to_limit() -> None:
    """Forget what `standing_limit` has no room for, but not the entry that was used last."""
    limit = standing_limit()
    if limit is not None:
        found = contents()
        forget(entry for entry in beyond(found, limit) if entry != found.entries[-1])


def forget(entries: Iterable[Entry]) -> List[Entry]:
    """Remove entries; those that were removed. A program that reads one meanwhile computes it again."""
    gone = []
    for entry in entries:
        folder = os.path.dirname(entry.path)
        if os.path.islink(folder):  # since it was looked at
            continue
        try:
            os.unlink(entry.path)  # of a link the link, never what it points to
        except OSError:
            continue
        gone.append(entry)
    return gone


def _items(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """What is in a folder that is no link, MOST at most; nothing where it cannot be read."""
    if os.path.islink(str(folder)) and folder.name in KINDS:
        return
    try:
        with os.scandir(str(folder)) as items:
            for count, item in enumerate(items):
                if count >= MOST:
                    return
                yield item
    except OSError:
        return
