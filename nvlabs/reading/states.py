"""From the values in a file to records: every key, name and value must be what a network state holds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Any, Dict, List, Tuple

import numpy as np

from nvlabs.errors import DamagedFile, NetworkFileError, UnsafePickle, UnsupportedNetwork, VariableMismatch
from nvlabs.reading.arrays import NUMBERS, float32, view
from nvlabs.reading.budget import Budget
from nvlabs.reading.pickle_values import ArrayNode, NetworkNode
from nvlabs.reading.records import NetworkRecord
from nvlabs.reading.shown import show

MAX_NETWORKS = 32  # an official file holds 7; a network that is a part of two is counted twice
MAX_VARIABLES = 10_000  # of one network; the largest official one has about 200
MAX_NAME = 500
MAX_PLAIN_VALUES = 10_000  # in the static arguments of one network
CHARACTERS = 100  # so many count as one more value
MAX_NESTING = 8
VERSIONS = (3, 4, 5)  # of states in the pickles of the TensorFlow editions
NEUTRAL_VERSIONS = VERSIONS + (6,)  # a neutral file may come from a PyTorch edition
INTERFACE_KEYS = ("input_shapes", "output_shapes", "input_names", "output_names")


def kind_of(value: Any) -> str:
    """What a value of a file is, in a word for messages."""
    if isinstance(value, NetworkNode):
        return "network"
    return "array" if isinstance(value, ArrayNode) else type(value).__name__


class Converter:
    """Turns nodes into records, each node once, so that what a file shares stays shared and cycles end."""

    def __init__(self, budget: Budget, versions: Tuple[int, ...] = VERSIONS) -> None:
        self.budget, self.versions = budget, versions
        self.networks: Dict[int, Any] = {}
        self.sizes: Dict[int, int] = {}  # networks in a network, itself included, as a tree
        self.arrays: Dict[int, np.ndarray] = {}

    def network(self, node: NetworkNode, place: str) -> NetworkRecord:
        if id(node) in self.networks:
            if self.networks[id(node)] is None:
                raise DamagedFile("%s contains itself" % place)
            return self.networks[id(node)]
        self.networks[id(node)] = None
        if len(self.networks) > MAX_NETWORKS:
            raise DamagedFile("holds more than %d networks" % MAX_NETWORKS)
        try:
            state = _state(node, self.versions)
            record = self._own(state)
            components = _components(state)
        except NetworkFileError as error:
            raise type(error)("%s: %s" % (place, error.reason)) from None
        parts = OrderedDict(
            (key, self.network(part, "%s.%s" % (place, key))) for key, part in components.items()
        )
        self.sizes[id(node)] = 1 + sum(self.sizes[id(part)] for part in components.values())
        if self.sizes[id(node)] > MAX_NETWORKS:
            raise DamagedFile("holds more than %d networks" % MAX_NETWORKS)
        record = replace(record, components=parts)
        self.networks[id(node)] = record
        return record

    def _own(self, state: Dict[str, Any]) -> NetworkRecord:
        version = self.plain(state["version"])
        _check_version(version, self.versions)
        kwargs = state["static_kwargs"]
        if type(kwargs) is not dict:
            raise DamagedFile("the static arguments are a %s, not a dictionary" % kind_of(kwargs))
        return NetworkRecord(
            version=version,
            name=_text(state["name"], "name"),
            static_kwargs=self.plain(kwargs),
            components=OrderedDict(),
            build_func_name=_text(state["build_func_name"], "build function"),
            variables=self.variables(state["variables"]),
            source=_text(state.get("build_module_src", ""), "source text", limit=None),
            interface=self.plain({key: state[key] for key in INTERFACE_KEYS if key in state}),
        )

    def variables(self, items: Any) -> "OrderedDict[str, np.ndarray]":
        if type(items) is dict:
            items = list(items.items())
        if not isinstance(items, (list, tuple)) or len(items) > MAX_VARIABLES:
            raise DamagedFile("the variables are not a list of at most %d names and values" % MAX_VARIABLES)
        table: "OrderedDict[str, np.ndarray]" = OrderedDict()
        for item in items:
            if not isinstance(item, (list, tuple)) or len(item) != 2:
                raise DamagedFile("a variable is not a pair of name and value")
            name = _text(item[0], "variable name")
            if name in table:
                raise VariableMismatch("the variable %s is there twice" % name)
            try:
                table[name] = self.array(item[1])
            except (DamagedFile, VariableMismatch) as error:
                raise type(error)("the variable %s %s" % (name, error.reason)) from None
        return table

    def array(self, node: Any) -> np.ndarray:
        if id(node) not in self.arrays:
            self.arrays[id(node)] = float32(node, self.budget)
        return self.arrays[id(node)]

    def plain(self, value: Any) -> Any:
        """A copy of plain values: None, flags, numbers, text, lists, tuples, dictionaries with text keys."""
        return self._plain(value, [MAX_PLAIN_VALUES], MAX_NESTING)

    def _plain(self, value: Any, left: List[int], depth: int) -> Any:
        left[0] -= 1
        if type(value) is str:
            left[0] -= len(value) // CHARACTERS
        if left[0] < 0 or depth < 0:
            raise DamagedFile("the static arguments are nested too deeply or hold too much")
        if value is None or type(value) in (bool, int, float, str):
            return value
        if type(value) in (list, tuple):
            return type(value)(self._plain(item, left, depth - 1) for item in value)
        if type(value) is dict:
            return {
                _text(key, "argument name"): self._plain(item, left, depth - 1) for key, item in value.items()
            }
        if isinstance(value, ArrayNode):
            array = view(value, NUMBERS, self.budget)
            left[0] -= array.size
            return array.tolist() if left[0] >= 0 else self._plain(None, left, depth)
        raise DamagedFile("the static arguments hold a %s, which is not a plain value" % kind_of(value))


def _state(node: NetworkNode, versions: Tuple[int, ...]) -> Dict[str, Any]:
    state = node.state
    if state is None:
        raise DamagedFile("a network without contents")
    for key in state:
        if type(key) is not str or key.startswith("__"):
            raise UnsafePickle("a network with the state key %s" % show(key))
    if "build_func_spec" in state or "param_values" in state:
        raise UnsupportedNetwork(
            "a Theano-era Progressive GAN network (2017), which no TensorFlow code reads"
        )
    if "version" not in state:
        raise DamagedFile("a network state without a version")
    _check_version(state["version"], versions)
    for key in ("name", "static_kwargs", "build_func_name", "variables"):
        if key not in state:
            raise DamagedFile("a network state without %s" % key)
    return state


def _components(state: Dict[str, Any]) -> Dict[str, NetworkNode]:
    components = state.get("components", {})
    if type(components) is not dict:
        raise DamagedFile("the components are a %s, not a dictionary" % kind_of(components))
    for key, part in components.items():
        if not isinstance(part, NetworkNode):
            raise DamagedFile(
                "the component %s is a %s, not a network" % (_text(key, "component name"), kind_of(part))
            )
        _text(key, "component name")
    return components


def _check_version(version: Any, versions: Tuple[int, ...]) -> None:
    if isinstance(version, ArrayNode):  # a numpy integer; judged again as a plain value
        return
    if type(version) is not int:
        raise UnsupportedNetwork("the state version is %s; 3, 4 and 5 are known" % show(version))
    if version == 2:
        raise UnsupportedNetwork("a Progressive GAN network (state version 2): it has no w space to edit")
    if version not in versions:
        raise UnsupportedNetwork(
            "the state version is %d; 3 (StyleGAN), 4 (StyleGAN2) and 5 (ADA) are known" % version
        )


def _text(value: Any, what: str, limit: Any = MAX_NAME) -> str:
    if type(value) is not str or (limit is not None and len(value) > limit):
        raise DamagedFile(
            "the %s is %s" % (what, "too long" if type(value) is str else "a %s, not text" % kind_of(value))
        )
    return value
