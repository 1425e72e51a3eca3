"""Files of the PyTorch editions: training snapshots, bare networks, and either saved by torch.save."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, BinaryIO, Callable, Dict, List, NamedTuple, Optional

import numpy as np

from nvlabs.errors import DamagedFile, NetworkFileError, UnsupportedNetwork
from nvlabs.reading import foreign
from nvlabs.reading.budget import Budget
from nvlabs.reading.pytorch import ada, stylegan3
from nvlabs.reading.pytorch.dense import VERSION
from nvlabs.reading.pytorch.machine import (
    PERSISTENT,
    ForeignName,
    ForeignNode,
    PersistenceMachine,
    PersistentNode,
)
from nvlabs.reading.pytorch.modules import ModuleReader, TorchModule
from nvlabs.reading.records import FileRecords, NetworkRecord
from nvlabs.reading.torch_containers import LEGACY_START, LegacyContainer, ZipContainer
from nvlabs.reading.zips import MAGIC, Data

MAX_VARIABLES = 10_000
MARK = PERSISTENT[0].encode("ascii")
BLOCK = 4 << 20
KEYS_SHOWN = 4
# Families: a module with `recognises(module)` and `convert(module, name)`.
FAMILIES = (stylegan3, ada)


class Contents(NamedTuple):
    """What a file holds, and how to reach the storages of a torch.save container."""

    value: Any
    read: Optional[Callable[[str], Data]] = None
    order: str = "<"


def read_pickle(stream: BinaryIO, size: int, budget: Budget) -> FileRecords:
    """The networks of a plain pickle. Raises NetworkFileError, as the others do."""
    budget.spend(size)
    return _records(Contents(PersistenceMachine(stream, size, budget).run()), budget)


def read_zip(stream: BinaryIO, size: int, budget: Budget) -> FileRecords:
    """The networks of a zip container of torch.save."""
    zipped = ZipContainer(stream, size, budget, PersistenceMachine)
    return _records(Contents(zipped.value, zipped.read, zipped.order), budget)


def read_legacy(stream: BinaryIO, size: int, budget: Budget) -> FileRecords:
    """The networks of the container that torch.save wrote before."""
    legacy = LegacyContainer(stream, size, budget, PersistenceMachine)
    return _records(Contents(legacy.value, legacy.read, legacy.order), budget)


# Readers by the first bytes of a file.
READERS = ((MAGIC, read_zip), (LEGACY_START, read_legacy), (b"\x80", read_pickle))


def names_networks(stream: BinaryIO) -> bool:
    """Whether a file, from its beginning on, names the persistence code somewhere: plain pickles do, and both
    containers of torch.save, which do not pack their pickles.
    """
    stream.seek(0)
    tail = b""
    while True:
        block = stream.read(BLOCK)
        if MARK in tail + block:
            return True
        if not block:
            return False
        tail = block[-len(MARK) :]


def _records(contents: Contents, budget: Budget) -> FileRecords:
    """G_ema as Gs; G and D beside it where they can be read, and what else the file says."""

    def reader() -> ModuleReader:
        return ModuleReader(budget, contents.read, contents.order)

    value = contents.value
    if isinstance(value, (PersistentNode, ForeignNode, ForeignName)):
        return FileRecords(None, None, _generator(reader().module(value, "the network"), "Gs"), bare=True)
    if type(value) is not dict:
        raise DamagedFile("holds a %s, neither a network nor a dictionary of networks" % type(value).__name__)
    wanted = "G_ema" if value.get("G_ema") is not None else "G"
    if value.get(wanted) is None:
        raise UnsupportedNetwork(
            "a dictionary without G_ema, the generator to use; it holds %s" % _keys(list(value))
        )
    facts: Dict[str, Any] = {}
    notes: List[str] = []
    if wanted == "G":
        notes.append("no G_ema (the average to use) is in the file: G is used in its place")
    Gs = _generator(reader().module(value[wanted], wanted), "Gs")
    others: Dict[str, Optional[NetworkRecord]] = {}
    for name, make in (("G", _generator), ("D", _stored)):
        others[name] = None
        if name != wanted and value.get(name) is not None:
            try:
                others[name] = make(reader().module(value[name], name), name)
            except NetworkFileError as error:
                notes.append("%s is left out: %s" % (name, error.reason))
    for name, tell in (("training_set_kwargs", _training_set), ("augment_pipe", _augmentation)):
        if value.get(name) is not None:
            try:
                facts[name] = tell(reader(), value[name])
            except NetworkFileError as error:
                notes.append("%s is left out: %s" % (name, error.reason))
    if notes:
        facts["notes"] = notes
    return FileRecords(others["G"], others["D"], Gs, facts=facts)


def _generator(module: TorchModule, name: str) -> NetworkRecord:
    for family in FAMILIES:
        if family.recognises(module):
            return family.convert(module, name)
    raise foreign.no_network(
        "class %s, with the parts %s, is no generator" % (module.class_name[:60], _keys(list(module.parts)))
    )


def _stored(module: TorchModule, name: str) -> NetworkRecord:
    """A network that is kept for its variables, under PyTorch's names: the discriminator."""
    variables: "OrderedDict[str, np.ndarray]" = OrderedDict()
    for key, array in module.all_arrays():
        if len(variables) >= MAX_VARIABLES:
            raise DamagedFile("holds more than %d variables" % MAX_VARIABLES)
        if array.dtype.kind == "f":
            variables[key] = array.astype(np.float32, copy=False)
    return NetworkRecord(VERSION, name, {}, OrderedDict(), module.class_name[:60], variables, module.source)


def _training_set(reader: ModuleReader, value: Any) -> Any:
    return reader.plain(value)


def _augmentation(reader: ModuleReader, value: Any) -> Dict[str, Any]:
    """Class, strength p, and the transformations that are switched on."""
    pipe = reader.module(value, "augment_pipe")
    told: Dict[str, Any] = {"class": pipe.class_name[:60]}
    if "p" in pipe.arrays and pipe.arrays["p"].size == 1:
        told["p"] = float(pipe.arrays["p"].ravel()[0])
    told["on"] = [
        key for key in ON_OFF if type(pipe.attributes.get(key)) in (int, float) and pipe.attributes[key]
    ]
    return told


ON_OFF = (
    "xflip", "rotate90", "xint", "scale", "rotate", "aniso", "xfrac", "brightness", "contrast", "lumaflip",
    "hue", "saturation", "imgfilter", "noise", "cutout",
)  # fmt: skip


def _keys(keys: List[Any]) -> str:
    more = " and %d more" % (len(keys) - KEYS_SHOWN) if len(keys) > KEYS_SHOWN else ""
    return (", ".join(str(key)[:60] for key in keys[:KEYS_SHOWN]) + more) or "nothing"
