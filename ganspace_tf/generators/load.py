"""A name or a path becomes a generator."""

from __future__ import annotations

import importlib
import os
from typing import Any, Optional, Union

from ganspace_tf.demo import networks
from ganspace_tf.errors import FileError, UnknownName, UsageError
from ganspace_tf.generators import catalogue
from ganspace_tf.generators.base import Generator

# Modules with `recognises(path)` and `load(path, threads)`, asked in this order: PyTorch's files, any other
# file (nvlabs says what is wrong with it), folders.
LOADERS = (
    "ganspace_tf.generators.torch_gan",
    "ganspace_tf.generators.nvlabs_gan",
    "ganspace_tf.generators.biggan",
)


def load_generator(name_or_path: Union[str, "os.PathLike[str]"], threads: Optional[int] = None) -> Generator:
    """The generator of a network file (.pkl, neutral .npz, .pt), a folder of weights, or a catalogue name.

    A path that exists is taken as a path; otherwise the name is looked up in the catalogue and its file in
    the models folder. threads: of TensorFlow, None for all cores; the first network that starts in a process
    decides for all. Nothing is ever downloaded here. Raises nvlabs.NetworkFileError for a file that is
    refused, FileError for one that is missing, UnknownName for a name that is in no table.
    """
    path = locate(name_or_path)
    generator: Generator = _loader(path).load(path, threads=threads)
    generator.path, generator.threads = os.path.abspath(path), threads
    known = catalogue.find(str(name_or_path))
    if known is not None:
        generator.name = known.name
    return generator


def locate(name_or_path: Union[str, "os.PathLike[str]"]) -> str:
    """The file or folder that a path or a catalogue name stands for. Errors as in `load_generator`."""
    try:
        given = os.fspath(name_or_path)
    except TypeError:
        kind = type(name_or_path).__name__
        raise UsageError("a network is given by a path or a name, not by {}".format(kind)) from None
    if os.path.exists(given):
        return given
    if given.startswith(networks.PREFIX):
        return networks.network_path(given)
    row = catalogue.find(given)
    if row is not None:
        return _copy_of(row)
    if "://" in given:
        raise UsageError("{0}: nothing is downloaded here; `ganspace fetch {0}` does that".format(given))
    if os.path.dirname(given) or os.path.splitext(given)[1] in (".pkl", ".npz", ".pt", ".safetensors"):
        raise FileError("{}: no such file".format(given))
    raise UnknownName.among("network", given, catalogue.CATALOGUE, "or give the path of a network file")


def _copy_of(row: catalogue.Entry) -> str:
    path = catalogue.local_copy(row)
    if path is not None:
        return path
    place = os.path.join(catalogue.models_folder(), row.filename)
    how = "get " + row.note
    if row.url is not None:
        how = "`ganspace fetch {}` downloads it from {}".format(row.name, row.url)
    raise FileError("{} is not on this machine: {}, or put it at {}".format(row.name, how, place))


def _loader(path: str) -> Any:
    for name in LOADERS:
        module = importlib.import_module(name)
        if module.recognises(path):
            return module
    raise FileError("{}: a folder without the weights of a network that is known here".format(path))
