"""Files of latents, whoever wrote them: the one reader.

    .npz    ours (see records.py): the network that they belong to is checked, rows have the photos' names
    .npy    Puzer, pbaylies, rolux (L, D); stylegan3-fun (1, L, D); StyleCLIP (N, L, D); ReStyle (by name)
    .npz    ADA-PyTorch (w), ADA (dlatents)
    .pt     rosinality (file name → latent), e4e (N, L, D), PTI's pivots (1, L, D), pSp (N, L, D)

    (D,)  (1, D)  (N, D)  (N, 1, D)       w, the same in every layer
    (L, D)  (1, L, D)  (N, L, D)          w+, a row for every layer; never z

Two axes are N latents w where N is no number of layers of a StyleGAN; `as_w` reads them so in any case.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from typing import Any, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.foreign.places import split_place
from ganspace_tf.foreign.shapes import told
from ganspace_tf.foreign.values import read_values
from ganspace_tf.photos.forms import Entry, entries_of
from ganspace_tf.photos.records import Record, read_record
from nvlabs.errors import NetworkFileError
from nvlabs.reading.budget import Budget

PathLike = Union[str, "os.PathLike[str]"]
LAYERS = tuple(range(8, 20, 2))  # of StyleGANs of 32 to 1024 pixels
UNIT = 1e-3  # how near to 1 the length of a direction is; that of a w is many times larger
LONGEST_NAME = 60  # characters of a name in a label


class Latents(NamedTuple):
    """rows: (N, L, D) float32. names: what to call each row. told: how the file was read, for people.

    file, inside, as_w: what was read, so that it can be read again.
    """

    rows: np.ndarray
    names: List[str]
    told: str
    file: str
    inside: Optional[str]
    as_w: bool


def load_latents(path: PathLike, gen: Any, as_w: bool = False, trust: bool = False) -> np.ndarray:
    """The latents of a file, (N, L, D) float32, for a generator.

    path: .npy, .npz (w, dlatents) or .pt of any kind in the module's table, or "FILE:ROWS" with rows such as
    0-3,7 or names in the file. as_w: two axes are N latents w, also where N is the number of layers. Raises
    FileError for a file that holds no latents of this network (its width, its layers), UsageError for rows
    that are not there, BasisMismatch for a file of ours of another network, unless `trust`.
    """
    file, inside = split_place(os.fspath(path))
    return np.array(read_latents(file, gen, inside, as_w, trust=trust).rows)


def read_latents(
    file: str,
    gen: Any,
    inside: Optional[str] = None,
    as_w: bool = False,
    called: Optional[str] = None,
    trust: bool = False,
) -> Latents:
    """The same with the names of the rows and how they were read. inside: ROWS, None for all. called: what
    rows without a name of their own are named after, instead of the file.
    """
    budget = Budget.of_files(file)
    values = read_values(file, budget)
    entries, record = entries_of(values), read_record(file, budget)
    if record is not None:
        if not trust:
            record.check(gen)
        entries = _of_record(entries, record, file)
    if entries is None:
        raise FileError(
            "{} holds no latents: an array of (D) to (N, L, D) is needed, under w or dlatents in a "
            "dictionary, or by names".format(file)
        )
    try:
        chosen = _chosen(entries, inside)
        _charge([entry.arrays[-1] for entry in chosen.entries], budget)
        blocks = [_block(entry.arrays[-1], gen, as_w, entry.single) for entry in chosen.entries]
    except (FileError, NetworkFileError) as error:
        raise FileError("{}: {}".format(file, error)) from None
    stem, numbered = called or os.path.basename(file), sum(len(rows) for rows, _ in blocks) > 1
    rows: List[np.ndarray] = []
    names: List[str] = []
    for entry, (found, _) in zip(chosen.entries, blocks):
        rows += list(found)
        own = entry.name or stem
        several = len(found) > 1 or (numbered and not entry.name)
        names += ["{}:{}".format(own, len(names) + k) if several else own for k in range(len(found))]
    if chosen.numbers is not None:
        rows, names = _picked(rows, names, chosen.numbers, file)
    whole = blocks[0][0] if len(blocks) == 1 and chosen.numbers is None else _stacked(rows)
    layers = whole.shape[1]
    how = "; ".join(dict.fromkeys(told for _, told in blocks))
    if record is not None and "noise0" in values:
        how += "; the noise that was fitted with it is not drawn"
    return Latents(
        gen.per_layer(whole[:, 0] if layers == 1 else whole),
        [name[-LONGEST_NAME:] for name in names],
        "{} latent{}: {}".format(len(rows), "" if len(rows) == 1 else "s", how),
        file,
        inside,
        as_w,
    )


def _of_record(entries: Optional[List[Entry]], record: Record, file: str) -> List[Entry]:
    """The entries of a file of ours: a row for each name, numbered where two photos have one name."""
    names = record.called
    w = entries[0].arrays[-1] if entries else np.empty(0)
    if w.ndim != 3 or len(w) != len(names):
        raise FileError("{} is damaged: {} rows of facts for latents of {}".format(file, len(names), told(w)))
    layers = slice(0, 1 if record.space == "w" else None)
    return [Entry(name, (w[k, layers],), True) for k, name in enumerate(names)]


def _charge(arrays: List[np.ndarray], budget: Budget) -> None:
    """What float32 and one array of all will take. Raises NetworkFileError."""
    for array in arrays:
        budget.spend(4 * array.size * ((array.dtype != np.float32) + (len(arrays) > 1)))


def _stacked(rows: List[np.ndarray]) -> np.ndarray:
    """Latents (1 | L, D) as one array (N, 1 | L, D)."""
    layers = max(len(row) for row in rows)
    return np.stack([np.broadcast_to(row, (layers, row.shape[1])) for row in rows])


def sha256_of(file: PathLike) -> str:
    """SHA-256 of a file, hexadecimal. Raises FileError."""
    digest = hashlib.sha256()
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):
            raise FileError("cannot read {}: it is no ordinary file".format(file))
        with open(file, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    except OSError as error:
        raise FileError.unreadable(file, error) from None
    return digest.hexdigest()


# ------------------------------------------------------------------ which rows


class _Chosen(NamedTuple):
    entries: List[Entry]
    numbers: Optional[List[int]]  # rows of these, None for all


def _chosen(entries: List[Entry], inside: Optional[str]) -> _Chosen:
    """The entries that ROWS names, or all of them and the numbers of rows. Raises UsageError."""
    if inside is None:
        return _Chosen(entries, None)
    if inside and any(entry.name == inside for entry in entries):
        return _Chosen([entry for entry in entries if entry.name == inside], None)
    numbers = _numbers(inside)
    if numbers is not None:
        return _Chosen(entries, numbers)
    return _Chosen([_by_name(entries, part.strip()) for part in inside.split(",")], None)


def _numbers(text: str) -> Optional[List[int]]:
    found: List[int] = []
    for part in text.split(","):
        match = re.match(r"^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$", part)
        if match is None:
            return None
        first, last = int(match.group(1)), int(match.group(2) or match.group(1))
        if last < first or last - first > 1_000_000:
            raise UsageError("rows {!r:.40}: the range {}-{} is empty or endless".format(text, first, last))
        found.extend(range(first, last + 1))
    return found


def _by_name(entries: List[Entry], text: str) -> Entry:
    """An entry by its name, or as name@k its k-th iteration (from 0)."""
    name, at, number = text.rpartition("@")
    for entry in entries:
        if entry.name and entry.name == text:
            return entry
        if at and entry.name == name and number.isdecimal():
            if int(number[:9]) >= len(entry.arrays):
                raise UsageError("{!r} has iterations 0 to {}".format(name[:60], len(entry.arrays) - 1))
            return entry._replace(name=text, arrays=entry.arrays[: int(number) + 1])
    known = ", ".join(entry.name[:40] for entry in entries[:5] if entry.name) or "none"
    raise UsageError("rows {!r:.60}: write 0-3,7, or names in the file ({})".format(text, known))


def _picked(
    rows: List[np.ndarray], names: List[str], numbers: List[int], file: str
) -> Tuple[List[np.ndarray], List[str]]:
    if max(numbers) >= len(rows):
        raise UsageError(
            "{} has {} latent{}, 0 to {}; {} is not there".format(
                file, len(rows), "" if len(rows) == 1 else "s", len(rows) - 1, max(numbers)
            )
        )
    return [rows[k] for k in numbers], [names[k] for k in numbers]


# ------------------------------------------------------------------ what an array of latents is


def _block(array: np.ndarray, gen: Any, as_w: bool, single: bool) -> Tuple[np.ndarray, str]:
    """Latents (n, 1 | L, D) float32 and how they were read. Raises FileError."""
    if array.ndim not in (1, 2, 3):
        raise FileError("{} is no shape of latents; (D) to (N, L, D) are".format(told(array)))
    if array.shape[-1] != gen.dlatent_size:
        raise FileError(
            "latents are {} numbers wide, those of {} have {}".format(
                array.shape[-1], gen.name, gen.dlatent_size
            )
        )
    with np.errstate(over="ignore"):
        values = array.astype(np.float32, copy=False)
    if not np.isfinite(values).all():
        raise FileError("latents hold NaN or infinity")
    rows, how = _rows(values, gen, as_w, single)
    if len(rows) == 1 and not as_w and (np.abs(np.linalg.norm(rows, axis=2) - 1) < UNIT).all():
        raise FileError(
            "{} is of unit length, as directions are and latents are not; --direction takes it, --as-w "
            "insists".format(told(array))
        )
    return rows, how


def _rows(values: np.ndarray, gen: Any, as_w: bool, single: bool) -> Tuple[np.ndarray, str]:
    L, count = gen.n_layers, values.shape[-2] if values.ndim > 1 else 1
    same = "w, the same in all {} layers".format(L)
    if values.ndim == 1:
        return values[None, None], same
    if values.ndim == 2 and (as_w or count == 1):
        return values[:, None], same
    if values.ndim == 3 and count == 1:
        return values, same
    if count == L:
        how = "w+, a row for each of {} layers".format(L)
        if values.ndim == 3 or single:
            return values.reshape((-1,) + values.shape[-2:]), how
        return values[None], how + " (--as-w: {} latents w)".format(L)
    if values.ndim == 2 and not single and count not in LAYERS:
        return values[:, None], same
    hint = ""
    if count in LAYERS and gen.has_mapping:
        hint = " ({} are of a network of {} pixels, {} is of {})".format(
            count, 2 ** ((count + 2) // 2), gen.name, gen.image_shape[-1]
        )
    insist = "; --as-w reads {} latents w".format(count) if values.ndim == 2 and not single else ""
    raise FileError("latents have {} layers, this network has {}{}{}".format(count, L, hint, insist))
