"""A PyTorch checkpoint of a StyleGAN or StyleGAN2 becomes the records of a network file."""

from __future__ import annotations

import os
from typing import Any, Mapping, Optional, Union

from ganspace_tf.ports import stylegan1, stylegan2
from ganspace_tf.ports.files import TorchFileError, read_torch
from nvlabs.errors import NetworkFileError, UnsupportedNetwork
from nvlabs.reading.records import FileRecords, NetworkRecord
from nvlabs.reading.torch_containers import LEGACY_START
from nvlabs.reading.zips import names_in

KEYS_SHOWN = 4


def is_checkpoint(path: Union[str, "os.PathLike[str]"]) -> bool:
    """Whether a file begins as torch.save writes it; its name does not count. False for what cannot be
    read.
    """
    try:
        with open(path, "rb") as stream:
            head = stream.read(len(LEGACY_START))
    except (OSError, ValueError):
        return False
    return head == LEGACY_START or any(name.endswith("/data.pkl") for name in names_in(path))


def read_network(path: Union[str, "os.PathLike[str]"]) -> FileRecords:
    """The generator of a checkpoint, as the Gs of a network file.

    Known are the StyleGAN2 port of rosinality (and GANSpace's fork: a dictionary with g_ema and latent_avg,
    or the state dictionary alone) and the StyleGAN port that GANSpace uses (a state dictionary). What the
    conversion changes, adds and estimates stands in the converters. Raises TorchFileError.
    """
    value = read_torch(path)
    try:
        return FileRecords(None, None, _convert(value))
    except NetworkFileError as error:
        raise TorchFileError(error.reason, os.fspath(path)) from None


def _convert(value: Any) -> NetworkRecord:
    if isinstance(value, dict):
        average = value.get("latent_avg")
        for state in (_dictionary(value, "g_ema"), value):
            if state is not None and stylegan2.recognises(state):
                state = {name: item for name, item in state.items() if name != "latent_avg"}
                return stylegan2.convert(state, average)
        if stylegan1.recognises(value):
            return stylegan1.convert(value)
    raise UnsupportedNetwork(
        "holds no generator of the known ports (StyleGAN2 of rosinality, StyleGAN of GANSpace); it holds "
        + _contents(value)
    )


def _dictionary(value: Mapping[str, Any], key: str) -> Optional[Mapping[str, Any]]:
    found = value.get(key)
    return found if isinstance(found, dict) else None


def _contents(value: Any) -> str:
    if not isinstance(value, dict):
        return "a %s" % type(value).__name__
    keys = [str(key)[:60] for key in value]
    more = " and %d more" % (len(keys) - KEYS_SHOWN) if len(keys) > KEYS_SHOWN else ""
    return ", ".join(keys[:KEYS_SHOWN]) + more if keys else "nothing"
