"""Our own files of latents: w, noise maps where they were fitted, and what is known of every row.

An uncompressed .npz without pickles: `w` (N, L, D) float32, the key and shape that ADA-PyTorch's generate.py
reads; `noise0`, `noise1`, … (N, 1, h, w) float32 where noise was fitted; and the text `latents.json`:

    {"format": "ganspace-latents", "format_version": 1, "fingerprint": …, "network": …, "space": "w" | "w+",
     "rows": [{"name": …, "sha256": …, …}, …]}

The same rows give the same bytes.
"""

from __future__ import annotations

import json
import os
from collections import Counter, OrderedDict
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

import numpy as np

from ganspace_tf import fields
from ganspace_tf.cache import write_file
from ganspace_tf.errors import BasisMismatch, FileError, UsageError
from nvlabs.errors import NetworkFileError
from nvlabs.plain_text import one_line
from nvlabs.reading import json_text
from nvlabs.reading.budget import Budget
from nvlabs.reading.shown import show
from nvlabs.reading.zips import MAGIC, ZipReader
from nvlabs.writing.npz import write_entries

FORMAT, VERSION, ENTRY = "ganspace-latents", 1, "latents.json"
MAX_TEXT = 16 << 20
LONGEST_NAME = 200
PathLike = Union[str, "os.PathLike[str]"]


class Record(NamedTuple):
    """What `latents.json` says. fingerprint, network: of the network; space: "w" or "w+"; rows: the facts of
    each row, of which `name` is always there.
    """

    fingerprint: str
    network: str
    space: str
    rows: List[Dict[str, Any]]

    @property
    def names(self) -> List[str]:
        return [one_line(row["name"], LONGEST_NAME) for row in self.rows]

    @property
    def called(self) -> List[str]:
        """The names, numbered where two photos have one name."""
        names = self.names
        counts = Counter(names)
        return [name if counts[name] == 1 else "{}:{}".format(name, k) for k, name in enumerate(names)]

    def check(self, gen: Any) -> None:
        """Raises BasisMismatch where the latents belong to another network."""
        if self.fingerprint != gen.fingerprint:
            raise BasisMismatch(
                "these latents belong to {} ({}), not to {} ({}); --trust-latents uses them all the "
                "same".format(show(self.network), self.fingerprint[:8], gen.name, gen.fingerprint[:8])
            )


def write_latents(path: PathLike, w: np.ndarray, record: Record, noise: Sequence[np.ndarray] = ()) -> None:
    """Writes the file. w: (N, L, D), N at most 100,000; noise: (N, 1, h, w) per noise map of the network.
    Raises UsageError, FileError.
    """
    if w.ndim != 3 or len(record.rows) != len(w) or any(len(maps) != len(w) for maps in noise):
        raise UsageError("{} rows of facts for latents of shape {}".format(len(record.rows), w.shape))
    if len(w) > fields.LONGEST_LIST:  # read_record would call it damaged
        too_many = "a file of latents holds at most {:,}, not {:,}; write several files"
        raise UsageError(too_many.format(fields.LONGEST_LIST, len(w)))
    arrays = OrderedDict([("w", np.asarray(w, np.float32))])
    arrays.update(("noise{}".format(k), np.asarray(maps, np.float32)) for k, maps in enumerate(noise))
    text: "OrderedDict[str, Any]" = OrderedDict(format=FORMAT, format_version=VERSION)
    text.update(record._asdict())
    written = json.dumps(text, indent=1, allow_nan=False)
    if len(written) > MAX_TEXT:
        raise UsageError(
            "the facts of {:,} latents are {:,} bytes, a file holds {:,}; write several files".format(
                len(w), len(written), MAX_TEXT
            )
        )
    write_file(str(path), lambda stream: write_entries(stream, ENTRY, written, arrays))


def read_record(path: PathLike, budget: Optional[Budget] = None) -> Optional[Record]:
    """What a file of our own says of its latents; None for any other file. Raises FileError for one that is
    damaged."""
    try:
        with open(str(path), "rb") as stream:
            if stream.read(len(MAGIC)) != MAGIC:
                return None
            size = os.fstat(stream.fileno()).st_size
            budget = Budget.of(size) if budget is None else budget
            archive = ZipReader(stream, size, budget, deflate=True)
            if ENTRY not in archive.entries:
                return None
            text = json_text.parse(archive.read(ENTRY, MAX_TEXT), budget)
    except (OSError, ValueError) as error:
        raise FileError.unreadable(path, error) from None
    except NetworkFileError as error:
        raise FileError("{}: {}".format(path, error.reason)) from None
    return _checked(text, path)


FACTS: Dict[str, Any] = {"fingerprint": str, "network": str, "space": str, "rows": List[Dict[str, Any]]}


def _checked(text: Any, path: PathLike) -> Record:
    if not isinstance(text, dict) or text.get("format") != FORMAT:
        raise FileError("{} is damaged: {} does not say {}".format(path, ENTRY, FORMAT))
    if text.get("format_version") != VERSION:
        raise FileError(
            "{}: version {} of {}; this reads version {}".format(
                path, show(text.get("format_version")), FORMAT, VERSION
            )
        )
    for key, kind in FACTS.items():
        if not fields.fits(text.get(key), kind):
            raise FileError("{} is damaged: its {} is {}".format(path, key, show(text.get(key))))
    if not all(isinstance(row.get("name"), str) for row in text["rows"]):
        raise FileError("{} is damaged: a row has no name".format(path))
    return Record(*(text[key] for key in FACTS))
