"""What every network of a file has, whether it can be run or not: a name, arguments, and variables to read,
set and save."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from nvlabs.reading.records import NetworkRecord
from nvlabs.running.model import Model, find_names
from nvlabs.running.table import LayerRow, format_layers

Shape = List[Optional[int]]


class AttributeDict(dict):
    """A dictionary whose entries are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                "no entry is called %r; there are: %s" % (name, ", ".join(self) or "none")
            ) from None


class StoredNetwork:
    """A network with its variables. By itself it is one that is kept, not run: a discriminator."""

    part = "stored"
    input_names: Sequence[str] = ()
    output_names: Sequence[str] = ()
    input_shapes: Sequence[Shape] = ()
    output_shapes: Sequence[Shape] = ()

    def __init__(self, model: Model, record: NetworkRecord, prefix: str = ""):
        self._model, self._origin, self._prefix = model, record, prefix
        self._local = find_names(model.names, prefix)
        self.components = AttributeDict()

    def __repr__(self) -> str:
        return "<%s %r: %d variables>" % (type(self).__name__, self.name, len(self._local))

    @property
    def name(self) -> str:
        """Name in the file: 'Gs', 'G_synthesis', ..."""
        return self._origin.name

    @property
    def static_kwargs(self) -> AttributeDict:
        """A copy of the arguments fixed at construction (defaults are not stored)."""
        return AttributeDict(self._origin.static_kwargs)

    @property
    def num_inputs(self) -> int:
        return len(self.input_names)

    @property
    def num_outputs(self) -> int:
        return len(self.output_names)

    @property
    def input_shape(self) -> Optional[Shape]:
        return self.input_shapes[0] if self.input_shapes else None

    @property
    def output_shape(self) -> Optional[Shape]:
        return self.output_shapes[0] if self.output_shapes else None

    @property
    def vars(self) -> "OrderedDict[str, Any]":
        """Local name → TensorFlow variable, the parts' included as '<part's name>/<variable>'."""
        variables = self._model.open().variables
        return OrderedDict((local, variables[full]) for local, full in self._local.items())

    @property
    def own_vars(self) -> "OrderedDict[str, Any]":
        """Like `vars`, without those of the parts."""
        return OrderedDict(
            (name, variable) for name, variable in self.vars.items() if name in self._origin.variables
        )

    @property
    def trainables(self) -> "OrderedDict[str, Any]":
        """Like `vars`, without noise maps, `lod` and `dlatent_avg`."""
        return OrderedDict((name, variable) for name, variable in self.vars.items() if variable.trainable)

    def find_var(self, var_or_name: Any) -> Any:
        """The TensorFlow variable of a local name; a variable is returned as it is. KeyError if there is
        none."""
        return self.vars[self._name_of(var_or_name)]

    def get_var(self, var_or_local_name: Any) -> np.ndarray:
        """Current value of a variable, given by local name or as found in `vars`. KeyError if there is
        none."""
        return self._model.get(self._local[self._name_of(var_or_local_name)])

    def set_var(self, var_or_local_name: Any, new_value: Any) -> None:
        """Assigns a value of exactly the variable's shape; NetworkUsageError otherwise."""
        self.set_vars({var_or_local_name: new_value})

    def set_vars(self, var_to_value: Dict[Any, Any]) -> None:
        """Assigns several variables, by local name or as found in `vars`; none is changed if one value does
        not fit."""
        self._model.set({self._local[self._name_of(key)]: value for key, value in var_to_value.items()})

    def _name_of(self, var_or_name: Any) -> str:
        if isinstance(var_or_name, str):
            if var_or_name not in self._local:
                raise KeyError("no variable of %s is called %r" % (self.name, var_or_name))
            return var_or_name
        for name, variable in self.vars.items():
            if variable is var_or_name:
                return name
        raise KeyError("not a variable of %s: %r" % (self.name, var_or_name))

    def record(self) -> NetworkRecord:
        """This network as plain data, with the variables' current values: what `nvlabs.save` writes."""
        record = self._model.record()
        for part in record.components.values():
            if self._prefix == part.name + "/":
                return part
        return record

    def copy_vars_from(self, source: "StoredNetwork") -> None:
        """Copies the variables whose names exist in both; others are left alone."""
        self.set_vars({name: source.get_var(name) for name in self._local if name in source._local})

    def list_layers(self) -> List[Tuple[str, Any, List[Any]]]:
        """(name, output tensor, trainable variables) of every layer, in the order of the data."""
        graph = self._model.open()
        rows: List[Tuple[str, Any, List[Any]]] = []
        for name, endpoint in getattr(graph, "endpoints", {}).items():
            if name.startswith(self._prefix) and not endpoint.parts:  # those are several layers' styles
                scope = name + "/"
                rows.append(
                    (
                        name[len(self._prefix) :],
                        endpoint.tensor,
                        [v for n, v in self._trainable(graph) if n.startswith(scope)],
                    )
                )
        return rows

    @staticmethod
    def _trainable(graph: Any) -> List[Tuple[str, Any]]:
        return [(name, variable) for name, variable in graph.variables.items() if variable.trainable]

    def print_layers(self, title: Optional[str] = None, hide_layers_with_no_params: bool = False) -> None:
        """Prints a table of layers: parameters, output shape, weight shape, and their total."""
        shapes = {
            name: endpoint.shape for name, endpoint in getattr(self._model.open(), "endpoints", {}).items()
        }
        rows = []
        for name, _, variables in self.list_layers():
            weight = [v.shape.as_list() for v in variables if v.op.name.endswith(("weight", "const"))]
            params = sum(int(np.prod(v.shape.as_list())) for v in variables)
            rows.append(LayerRow(name, params, shapes[self._prefix + name], weight[0] if weight else None))
        total = sum(int(np.prod(v.shape.as_list())) for v in self.trainables.values())
        print(format_layers(title or self.name, rows, total, hide_layers_with_no_params))

    def close(self) -> None:
        """Frees the graph and its memory."""
        self._model.close()
