"""Latents in the forms of other programs: a row of FORMS each.

npz                 ours, with what is known of every row (`records`)
nvlabs-ada          `dlatents` (1, L, D): dlatents.npz of stylegan2-ada's projector
nvlabs-ada-pytorch  `w` (1, L, D): projected_w.npz of stylegan2-ada-pytorch's
npy                 (N, L, D): what encoders keep, and StyleCLIP as w_plus.npy

Source: spec/own-photos.md, section 3.
"""

from __future__ import annotations

import os
from collections import Counter, OrderedDict
from typing import Any, BinaryIO, Callable, Dict, List, NamedTuple, Optional

import numpy as np

from ganspace_tf.cache import write_file
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.photos.latents import LONGEST_NAME, Latents
from ganspace_tf.photos.records import Record, read_record, write_latents

ADA_LAYERS = 18  # the only number that the generate.py of stylegan2-ada takes


class Form(NamedTuple):
    """ending: of its files. single: whether a file holds one latent. write: of a stream and rows (N, L, D);
    None for our own.
    """

    ending: str
    single: bool
    write: Optional[Callable[[BinaryIO, np.ndarray], None]]


def _ada(stream: BinaryIO, rows: np.ndarray) -> None:
    np.savez(stream, dlatents=rows)


def _ada_pytorch(stream: BinaryIO, rows: np.ndarray) -> None:
    np.savez(stream, w=rows)


def _npy(stream: BinaryIO, rows: np.ndarray) -> None:
    np.save(stream, rows, allow_pickle=False)


FORMS: Dict[str, Form] = OrderedDict(
    [
        ("npz", Form(".npz", False, None)),
        ("nvlabs-ada", Form(".npz", True, _ada)),
        ("nvlabs-ada-pytorch", Form(".npz", True, _ada_pytorch)),
        ("npy", Form(".npy", False, _npy)),
    ]
)


def form_of(name: Optional[str], out: str) -> str:
    """The form to write; without a name, by the ending of the file. Raises UnknownName, UsageError."""
    ending = os.path.splitext(out)[1].lower()
    if name is None:
        name = next((known for known, form in FORMS.items() if form.ending == ending), "npz")
    if name not in FORMS:
        raise UnknownName.among("form of latents", name, list(FORMS))
    if ending != FORMS[name].ending:
        raise UsageError("OUT {}: latents as {} end in {}".format(out, name, FORMS[name].ending))
    return name


def write_as(name: str, path: str, latents: Latents, gen: Any) -> List[str]:
    """Write latents in a form; what a person should know of it. Raises UsageError, FileError."""
    form, rows = FORMS[name], np.ascontiguousarray(latents.rows, np.float32)
    if form.single and len(rows) != 1:
        raise UsageError(
            "{} holds {} latents, a file as {} holds one: pick it, {}:0".format(
                latents.file, len(rows), name, latents.file
            )
        )
    if form.write is None:
        write_latents(path, rows, record_of(latents, gen))
        return []
    write = form.write
    write_file(path, lambda stream: write(stream, rows))
    if name == "nvlabs-ada" and rows.shape[1] != ADA_LAYERS:
        text = "generate.py of stylegan2-ada takes {} layers alone (1024 px); these have {}"
        return [text.format(ADA_LAYERS, rows.shape[1])]
    return []


def record_of(latents: Latents, gen: Any) -> Record:
    """What our file says of latents: all that theirs said, for rows that come from one of ours."""
    known = read_record(latents.file)
    facts: Dict[str, Any] = {}
    if known is not None:
        names = [name[-LONGEST_NAME:] for name in known.called]  # as latents are called
        counts = Counter(names)
        facts = {name: row for name, row in zip(names, known.rows) if counts[name] == 1}
    source = os.path.basename(latents.file)
    alike = bool((latents.rows == latents.rows[:, :1]).all())
    rows = [facts.get(name, {"name": name, "source": source}) for name in latents.names]
    return Record(gen.fingerprint, gen.name, "w" if alike else "w+", rows)
