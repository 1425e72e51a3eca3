"""A PyTorch checkpoint of a StyleGAN or StyleGAN2 becomes the records of a network file."""

from __future__ import annotations

import os
from typing import Any, Iterator, Mapping, Optional, Set, Tuple, Union

from ganspace_tf.ports import stylegan1, stylegan2
from ganspace_tf.ports.files import HEAD_BYTES, TorchFileError, read_checkpoint
from nvlabs.errors import NetworkFileError, UnsupportedNetwork
from nvlabs.reading.budget import DICTIONARY, ENTRY, Budget
from nvlabs.reading.pytorch.networks import names_networks
from nvlabs.reading.records import FileRecords, NetworkRecord
from nvlabs.reading.safetensors import is_safetensors
from nvlabs.reading.torch_containers import LEGACY_START
from nvlabs.reading.zips import names_in

# Converters: `MARK`, an entry that every state dictionary of theirs has; `recognises(state)`;
# `convert(state, latent_avg)`. Adding a port: one file, one row.
PORTS = (stylegan2, stylegan1)
# Keys under which checkpoints keep the generator, or what it is part of: looked into first, in this order.
KEYS = ("g_ema", "state_dict", "g")
AVERAGE = "latent_avg"
MOST_PARTS = 8  # generators in one state dictionary that are looked at
KEYS_SHOWN = 4
INSIDE_SHOWN = 3
READ_HERE = (
    ".pt and .safetensors of rosinality's StyleGAN2, also as decoder of pSp, e4e, ReStyle or HyperStyle, and "
    "of GANSpace's StyleGAN; official .pkl of StyleGAN, StyleGAN2, StyleGAN2-ADA; neutral .npz; BigGAN-deep "
    "folders"
)

State = Mapping[str, Any]


def is_checkpoint(path: Union[str, "os.PathLike[str]"]) -> bool:
    """Whether a file begins as torch.save writes it, or is a safetensors file; its name does not count. False
    for what cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            head, size = stream.read(HEAD_BYTES), os.fstat(stream.fileno()).st_size
            begins = head.startswith(LEGACY_START) or is_safetensors(head, size)
            begins = begins or any(name.endswith("/data.pkl") for name in names_in(path))
            return begins and not names_networks(stream)  # last, since it reads the whole file
    except (OSError, ValueError):
        return False


def read_network(path: Union[str, "os.PathLike[str]"]) -> FileRecords:
    """The generator of a checkpoint (torch.save or safetensors), as the Gs of a network file.

    Known are the StyleGAN2 port of rosinality (and GANSpace's fork of it) and the StyleGAN port that GANSpace
    uses: the state dictionary alone; under g_ema, state_dict, g or another key; and as a part of a larger
    one, with a prefix before its names, such as the decoder.* of pSp, e4e, ReStyle and HyperStyle, or
    module.*. The average latent is the latent_avg beside it. What the conversion changes, adds and
    estimates stands in the converters. Raises TorchFileError.
    """
    budget = Budget.of_files(path)
    value = read_checkpoint(path, budget)
    try:
        return FileRecords(None, None, _convert(value, budget))
    except NetworkFileError as error:
        raise TorchFileError(error.reason, os.fspath(path)) from None


def _convert(value: Any, budget: Budget) -> NetworkRecord:
    for state, average in _states(value, None, set()):
        for port in PORTS:
            for part in _parts(state, port.MARK, budget):
                if port.recognises(part):
                    own = {name: item for name, item in part.items() if name != AVERAGE}
                    return port.convert(own, budget, part.get(AVERAGE, average))
    raise UnsupportedNetwork(
        "holds no generator of the known ports; it holds {}. Read here: {}".format(contents(value), READ_HERE)
    )


def _states(value: Any, average: Any, seen: Set[int]) -> Iterator[Tuple[State, Any]]:
    """The dictionaries that may hold a generator, the likeliest first, each with the average latent that is
    kept beside it. seen: those that were looked at, by identity: a file may share one without end.
    """
    if not isinstance(value, dict) or id(value) in seen:
        return
    seen.add(id(value))
    average = value.get(AVERAGE, average)
    for key in KEYS:
        yield from _states(value.get(key), average, seen)
    yield value, average
    for key in value:
        if key not in KEYS:
            yield from _states(value[key], average, seen)


def _parts(state: State, mark: str, budget: Budget) -> Iterator[State]:
    """The state dictionary itself, or its parts whose names follow a prefix: those of a moving average first,
    then the shortest prefix.
    """
    names = [name for name in state if isinstance(name, str)]
    prefixes = [name[: -len(mark)] for name in names if name.endswith(mark)]
    prefixes = [prefix for prefix in prefixes if not prefix or prefix.endswith(".")]
    prefixes.sort(key=lambda prefix: ("ema" not in prefix, len(prefix)))
    for prefix in prefixes[:MOST_PARTS]:
        found = [name for name in names if name.startswith(prefix)]
        budget.spend(DICTIONARY + ENTRY * len(found))
        yield {name[len(prefix) :]: state[name] for name in found}


def contents(value: Any) -> str:
    """What a file holds, by a few of its names, and a few of what is inside these."""
    if not isinstance(value, dict):
        return "a %s" % type(value).__name__
    return _names(value, KEYS_SHOWN, inside=True) or "nothing"


def _names(value: State, shown: int, inside: bool) -> str:
    keys = list(value)
    names = []
    for key in keys[:shown]:
        within: Optional[Any] = value[key] if inside else None
        more = _names(within, INSIDE_SHOWN, inside=False) if isinstance(within, dict) else ""
        names.append(str(key)[:60] + (" (%s)" % more if more else ""))
    return ", ".join(names) + (" and %d more" % (len(keys) - shown) if len(keys) > shown else "")
