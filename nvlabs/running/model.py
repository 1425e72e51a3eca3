"""What stands behind a `Network`: its record, and, from the first time it is needed, its graph."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, cast

import numpy as np

from nvlabs.describing.endpoints import endpoint_shapes
from nvlabs.describing.spec import GeneratorSpec, form
from nvlabs.errors import NetworkUsageError
from nvlabs.reading.records import NetworkRecord
from nvlabs.running.first_start import start_tensorflow, uncollected


class Model:
    """Named variables of a network with parts. They are arrays until something needs TensorFlow, and live in
    the graph from then on.

    Opening late keeps what is never used (G and D, when Gs is the one to use) from costing memory and time.
    """

    def __init__(
        self,
        record: NetworkRecord,
        spec: Optional[GeneratorSpec] = None,
        threads: Optional[int] = None,
        layout: Optional[str] = None,
        opener: Optional[Callable[["OrderedDict[str, np.ndarray]"], Any]] = None,
    ):
        """opener: makes the graph of the variables' values, where it is not one of the network's own."""
        self._record, self.spec = record, spec
        self._threads, self._layout, self._opener = threads, layout, opener
        self._arrays = record.all_variables()
        self._lock = threading.RLock()
        self._opened: Any = None
        self._mapping: Any = None
        self._endpoints: "OrderedDict[str, Tuple[int, ...]]" = OrderedDict()
        self._own_digest = ""  # of the file, once it was asked for
        self._digest_now: Tuple[int, str] = (0, "")  # revision and fingerprint of the last one asked for
        self.revision = 0  # counts assignments and closings, so that copies know when they are stale
        self._as_in_file = 0  # the revision whose values are those of the file
        self.variants: "OrderedDict[str, Any]" = OrderedDict()  # networks of other arguments (Network.run)

    @property
    def names(self) -> List[str]:
        """All variables: own ones, then those of the parts as '<part>/<name>'."""
        return list(self._arrays)

    def open(self) -> Any:
        """The started graph: a `GeneratorGraph`, or for a network that is only kept, an object with its
        variables."""
        with self._lock:
            if self._opened is None:
                start_tensorflow()
                if self._opener is not None:
                    self._opened = self._opener(self._arrays)
                elif self.spec is None:
                    self._opened = StoredVariables(self._arrays, self._threads)
                else:
                    self._opened = self._graph(self._arrays)
            return self._opened

    def extended(self, extend: Callable[[Any], None]) -> Any:
        """A second `GeneratorGraph` of a generator, with the variables as they are now and what `extend` adds
        to it (see there). It is the caller's to close."""
        start_tensorflow()
        return self._graph(OrderedDict((name, self.get(name)) for name in self.names), extend)

    def _graph(self, arrays: "OrderedDict[str, np.ndarray]", extend: Any = None) -> Any:
        from nvlabs.running.graph import GeneratorGraph

        parts = [part.name for part in self._record.parts()]
        spec = cast(GeneratorSpec, self.spec)
        with uncollected():
            return GeneratorGraph(
                spec, arrays, parts[0], parts[1], self._threads, self._layout, extend=extend
            )

    def endpoints(self) -> "OrderedDict[str, Tuple[int, ...]]":
        """Name → shape per sample of what the graph of a generator has, known before there is one."""
        if self.spec is None:
            return OrderedDict()
        if not self._endpoints:  # they are asked for with every picture
            synthesis, mapping = [part.name for part in self._record.parts()][:2]
            self._endpoints = endpoint_shapes(self.spec, synthesis, mapping)
        return self._endpoints.copy()

    def mapping(self, prefix: str) -> Any:
        """The mapping in float32 as the variables are now, a `MappingGraph`. prefix: of its variables."""
        with self._lock:
            if self._mapping is None or self._mapping[0] != self.revision:
                from nvlabs.running.mapping_graph import MappingGraph

                self._close_mapping()
                names = find_names(self.names, prefix)
                arrays = {local: self.get(name) for local, name in names.items()}
                spec = cast(GeneratorSpec, self.spec).mapping
                self._mapping = self.revision, MappingGraph(spec, arrays, self._threads)
            return self._mapping[1]

    def _close_mapping(self) -> None:
        if self._mapping is not None:
            self._mapping[1].session.close()
            self._mapping = None

    def shape(self, name: str) -> Tuple[int, ...]:
        return tuple(self._arrays[name].shape)

    def get(self, name: str) -> np.ndarray:
        """Current value of a variable."""
        if self._opened is None:
            return self._arrays[name].copy()
        return self._opened.session.get(self._opened.variables[name])

    def set(self, values: Dict[str, Any]) -> None:
        """Assigns several variables, or none if one of them does not fit."""
        arrays = {name: np.asarray(value, np.float32) for name, value in values.items()}
        for name, array in arrays.items():
            if array.shape != self.shape(name):
                raise NetworkUsageError(
                    "variable %s has shape %s, but the value given has shape %s"
                    % (name, self.shape(name), array.shape)
                )
        with self._lock:
            self.revision += 1
            graph = self.open()
            graph.session.set([(graph.variables[name], array) for name, array in arrays.items()])

    def _values(self) -> Dict[str, np.ndarray]:
        """All variables as they are now."""
        if self._opened is None:
            return self._arrays
        found = self._opened.session.get([self._opened.variables[name] for name in self.names])
        return dict(zip(self.names, found))

    def record(self) -> NetworkRecord:
        """The record with the variables' current values."""
        return self._record if self._opened is None else _with_values(self._record, self._values(), "")

    def fingerprint(self) -> str:
        """SHA-256 over what the file describes: the network's form and every variable, whatever the
        container."""
        with self._lock:
            if not self._own_digest:  # every weight goes into it, so once is enough
                self._own_digest = self._digest(self._arrays)
            return self._own_digest

    def fingerprint_now(self) -> str:
        """The same of the variables as they are now."""
        with self._lock:
            if self._opened is None or self.revision == self._as_in_file:
                return self.fingerprint()
            if self._digest_now[0] != self.revision:
                self._digest_now = self.revision, self._digest(self._values())
            return self._digest_now[1]

    def _digest(self, arrays: Dict[str, np.ndarray]) -> str:
        digest = hashlib.sha256()
        if self.spec is not None:
            parts = [self.spec.family, form(self.spec.mapping), form(self.spec.synthesis)]
            digest.update(repr(parts).encode("utf-8"))
        for name in sorted(arrays):
            array = np.ascontiguousarray(arrays[name])
            digest.update(("%s %s\n" % (name, array.shape)).encode("utf-8"))
            digest.update(array.tobytes())
        return digest.hexdigest()

    def close(self) -> None:
        """Frees the graph and its variants; the next use starts again from the values in the file."""
        with self._lock:
            self._close_mapping()
            while self.variants:  # they have copies of the values as they are now
                self.variants.popitem()[1].close()
            if self._opened is not None:
                self._opened.session.close()
                self._opened = None
            self.revision += 1
            self._as_in_file = self.revision


class StoredVariables:
    """A graph that only holds variables: a discriminator, kept so that it can be read, changed and saved."""

    def __init__(
        self, arrays: "OrderedDict[str, np.ndarray]", threads: Optional[int] = None, session: Any = None
    ):
        from nvlabs.running.session import GraphSession  # TensorFlow, not before it is needed

        self.session = session or GraphSession(threads)
        with self.session.building():
            self.variables = OrderedDict(
                (name, self.session.variable(name, value)) for name, value in arrays.items()
            )
        self.session.start()


def _with_values(record: NetworkRecord, values: Dict[str, np.ndarray], prefix: str) -> NetworkRecord:
    own = OrderedDict((name, np.asarray(values[prefix + name])) for name in record.variables)
    parts = [
        (key, _with_values(part, values, prefix + part.name + "/")) for key, part in record.components.items()
    ]
    return replace(record, variables=own, components=OrderedDict(parts))


def find_names(known: Sequence[str], prefix: str) -> "OrderedDict[str, str]":
    """Local name → combined name, for the variables below a part's prefix."""
    return OrderedDict((name[len(prefix) :], name) for name in known if name.startswith(prefix))
