"""`dnnlib.tflib.Network`: what official files unpickle to, in the thread's default graph and session.

It is a face over `nvlabs.Network`, which does the work. The differences: variables live in the default
graph, so that expressions of a script can use them; expressions can be had (`get_output_for`); and it can
be pickled, in the official form, by Python's own pickle, as scripts do.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from dataclasses import replace
from typing import Any, Dict, List, Optional

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.describing.from_record import FUNCTIONS, generator_spec
from nvlabs.dnnlib_compat.custom_inputs import CustomRuns
from nvlabs.dnnlib_compat.expressions import Expressions
from nvlabs.dnnlib_compat.pickled import warn_of_pickle
from nvlabs.dnnlib_compat.stubs import Absent, missing
from nvlabs.dnnlib_compat.templates import SharedGraph, scopes_wanted
from nvlabs.dnnlib_compat.util import EasyDict
from nvlabs.errors import NetworkUsageError, UnsupportedNetwork
from nvlabs.reading.records import NetworkRecord
from nvlabs.running import arguments
from nvlabs.running.model import Model, StoredVariables
from nvlabs.running.network import GeneratorNetwork, with_arguments
from nvlabs.running.session import SharedSession
from nvlabs.running.stored import StoredNetwork

# What parts of generators are built by: they come to the graph with the generator, not before it.
PART_FUNCTIONS = {name for _, *parts in FUNCTIONS.values() for names in parts for name in names}
LEGACY = ("out_mul", "out_add", "out_shrink", "out_dtype")
RUN_ONLY = {"input_transform", "print_progress", "minibatch_size", "num_gpus", "assume_frozen"}
# Members that nvlabs.Network has with the same meaning.
# fmt: off
PUBLIC = frozenset([
    "name", "static_kwargs", "num_inputs", "num_outputs", "input_names", "output_names", "input_shape",
    "input_shapes", "output_shape", "output_shapes", "vars", "own_vars", "trainables", "find_var", "get_var",
    "set_var", "print_layers", "spec", "fingerprint", "endpoints", "fetch", "record",
])
# fmt: on


class Network:
    """A network of an official file. Arguments, defaults and results of its members are those of the
    official class.

    Made by unpickling, by `pretrained_networks.load_networks` or by `from_record`; a network of a new kind
    cannot be made.
    """

    def __init__(self, name: Optional[str] = None, func_name: Any = None, **static_kwargs: Any) -> None:
        raise NotImplementedError(missing("a new network (func_name=%r)" % (func_name,)))

    @classmethod
    def from_record(cls, record: NetworkRecord) -> "Network":
        """The network of a record, with its parts."""
        made = cls.__new__(cls)
        parts = {key: cls.__new__(cls) for key in record.components}
        made._set_up(record, parts)
        return made

    def _set_up(self, record: NetworkRecord, parts: "Dict[str, Network]") -> None:
        """Fill in this network and its parts, which exist already."""
        implementation = _implementation(record)
        self._start(record, implementation, parts)
        for key, part in parts.items():
            own = implementation.components.get(key)  # None where the whole is no generator
            part._start(record.components[key], own, {})
        if tf.get_default_session() is not None and record.build_func_name not in PART_FUNCTIONS:
            implementation._model.open()  # variables and templates are in the graph from loading on

    def _start(self, record: NetworkRecord, implementation: Any, parts: "Dict[str, Network]") -> None:
        self._record, self._implementation, self.components = record, implementation, EasyDict(parts)
        self._custom_runs: Optional[CustomRuns] = None
        self._layers: Optional[List[Any]] = None

    # what nvlabs.Network does already

    def __getattr__(self, name: str) -> Any:
        if name in PUBLIC:
            return getattr(self._implementation, name)
        raise AttributeError("dnnlib.tflib.Network has no attribute %r here" % name)

    def __repr__(self) -> str:
        return "<dnnlib.tflib.Network %r>" % self._record.name

    # running

    def run(self, *in_arrays: Any, **kwargs: Any) -> Any:
        """Arrays in, arrays out, as `nvlabs.Network.run`. Arguments that no network has are ignored with a
        warning, since the official class ignores them silently; out_mul, out_add, out_shrink and out_dtype
        are understood.

        custom_inputs, of the fork that photo encoders use: a list of functions, one for each input, called
        with the input's name; the network runs on the tensors or variables that they return, and both those
        and the result stay in the graph (in_arrays are not looked at then).
        """
        _default_session()
        self._implementation._model.revision += 1  # a script may have assigned variables behind its back
        legacy = {name: kwargs.pop(name) for name in LEGACY if name in kwargs}
        if legacy:
            if kwargs.get("output_transform") is not None:
                raise NetworkUsageError("output_transform and %s exclude each other" % ", ".join(legacy))
            kwargs["output_transform"] = dict(legacy, func=legacy_output)
        if kwargs.get("is_training"):
            raise NotImplementedError(missing("is_training=True"))
        if kwargs.get("custom_inputs") is not None:
            return self._run_on_custom_inputs(**kwargs)
        return self._runnable().run(*in_arrays, **_understood(kwargs))

    def _run_on_custom_inputs(
        self,
        custom_inputs: Any,
        output_transform: Optional[Dict[str, Any]] = None,
        return_as_list: bool = False,
        **kwargs: Any,
    ) -> Any:
        if self._custom_runs is None:
            self._custom_runs = CustomRuns(self.scope, self._runnable().input_names)
        kwargs = {name: value for name, value in kwargs.items() if name not in RUN_ONLY}
        outputs = self._custom_runs.outputs(custom_inputs, self._formula(kwargs), kwargs, output_transform)
        values = _default_session().run(outputs)
        return values if return_as_list or len(values) != 1 else values[0]

    def get_output_for(self, *in_expr: Any, return_as_list: bool = False, **dynamic_kwargs: Any) -> Any:
        """The network's output as an expression of tensors, one for each input; None for zeros, but not for
        all.

        A tensor, or a tuple (list with return_as_list) where there are several, as with
        return_dlatents=True. Noise is that of the stored maps with randomize_noise=False, else drawn by
        TensorFlow at every run.
        """
        _default_session()
        if dynamic_kwargs.get("is_training"):
            raise NotImplementedError(missing("is_training=True"))
        build = self._formula(dynamic_kwargs)
        with self._graph().session.graph.as_default(), tf.name_scope("%s/_Run" % self.scope):
            outputs = build(in_expr, dynamic_kwargs)
        if return_as_list:
            return outputs
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def _formula(self, dynamic_kwargs: Dict[str, Any]) -> Any:
        """What builds the network's outputs from its inputs and the keyword arguments of a call."""
        implementation, graph = self._runnable(), self._graph()
        record = implementation._model._record
        rebuilding = {k: v for k, v in dynamic_kwargs.items() if k in arguments.REBUILDING}
        spec = generator_spec(with_arguments(record, rebuilding)) if rebuilding else implementation.spec
        parts = [part.name + "/" for part in record.parts()]
        return getattr(Expressions(graph, spec, *parts), implementation.part)

    def _graph(self) -> Any:
        return self._implementation._model.open()

    def _runnable(self) -> Any:
        if self._implementation is None or not hasattr(self._implementation, "run"):
            raise NetworkUsageError(
                "%s can be read, changed and saved, but not run: it is no generator" % self._record.name
            )
        return self._implementation

    # variables

    @property
    def scope(self) -> str:
        """The beginning of the names of its variables and operations in the graph: its name, with _1, _2, …
        where another network had it before."""
        return self._graph().session.scopes[self._implementation._prefix]

    @property
    def var_global_to_local(self) -> Dict[str, str]:
        """Name in the graph, without ":0", to local name."""
        return OrderedDict((variable.op.name, name) for name, variable in self.vars.items())

    def get_var_local_name(self, var_or_global_name: Any) -> str:
        """The local name of a variable, or of its name in the graph."""
        name = getattr(var_or_global_name, "name", var_or_global_name)
        return self.var_global_to_local[name[:-2] if name.endswith(":0") else name]

    def copy_own_vars_from(self, src_net: "Network") -> None:
        """Copies own variables that exist in both."""
        self._copy(src_net, self.own_vars, src_net.own_vars)

    def copy_vars_from(self, src_net: "Network") -> None:
        """Copies all variables that exist in both."""
        self._copy(src_net, self.vars, src_net.vars)

    def copy_trainables_from(self, src_net: "Network") -> None:
        """Copies trainable variables that exist in both."""
        self._copy(src_net, self.trainables, src_net.trainables)

    def _copy(self, source: "Network", own: Any, other: Any) -> None:
        self._implementation.set_vars({name: source.get_var(name) for name in own if name in other})

    def reset_own_vars(self) -> None:
        """Own variables back to what the file says."""
        self._reset(self.own_vars)

    def reset_vars(self) -> None:
        """All variables back to what the file says."""
        self._reset(self.vars)

    def reset_trainables(self) -> None:
        """Trainable variables back to what the file says."""
        self._reset(self.trainables)

    def _reset(self, variables: Any) -> None:
        values = self._record.all_variables()
        self._implementation.set_vars({name: values[name] for name in variables})

    # the graph

    @property
    def input_templates(self) -> List[Any]:
        """The placeholders of the network's own formula, in the order of input_names."""
        return list(self._template().inputs)

    @property
    def output_templates(self) -> List[Any]:
        """What that formula gives, in the order of output_names: static arguments, noise as in the file."""
        return list(self._template().outputs)

    def _template(self) -> Any:
        part = self._runnable().part
        return self._graph().templates[part]

    def list_layers(self) -> List[Any]:
        """(name, tensor, trainable variables) of every layer of the template, from inputs to outputs."""
        if not hasattr(self._implementation, "run"):
            return self._implementation.list_layers()
        if self._layers is None:
            template, graph = self._template(), self._graph()
            rows = list(zip(self.input_names, template.inputs))
            rows += [(name, graph.channels_first(tensor)) for name, tensor in template.layers.items()]
            self._layers = rows + list(zip(self.output_names, template.outputs))
        return [
            (name, tensor, [v for local, v in self.trainables.items() if local.startswith(name + "/")])
            for name, tensor in self._layers
        ]

    def list_ops(self) -> List[Any]:
        """Operations under its scope, without those of expressions and runs."""
        scope = self.scope + "/"
        operations = _default_session().graph.get_operations()
        return [op for op in operations if op.name.startswith(scope) and "/_" not in op.name]

    def clone(self, name: Optional[str] = None, **new_static_kwargs: Any) -> "Network":
        """A copy with its own variables and, if given, other static arguments and another name."""
        record = with_arguments(self._current(), new_static_kwargs)
        return type(self).from_record(record if name is None else replace(record, name=name))

    def convert(self, new_func_name: str, new_name: Optional[str] = None, **kwargs: Any) -> "Network":
        """Not here: there is one way to build each family."""
        raise NotImplementedError(missing("Network.convert"))

    def setup_as_moving_average_of(self, *args: Any, **kwargs: Any) -> Any:
        """Not here."""
        raise NotImplementedError(missing("Network.setup_as_moving_average_of"))

    setup_weight_histograms = Absent("Network.setup_weight_histograms")

    # pickling, in the form of the official files

    def _current(self) -> NetworkRecord:
        return self._record if self._implementation is None else self._implementation.record()

    def __getstate__(self) -> Dict[str, Any]:
        record = self._current()
        values = [(name, v if v.ndim else np.float32(v)) for name, v in record.variables.items()]
        return {
            "version": record.version,
            "name": record.name,
            "static_kwargs": dict(record.static_kwargs),
            "components": dict(self.components),
            "build_module_src": record.source,
            "build_func_name": record.build_func_name,
            "variables": values,
            **record.interface,
        }

    def __setstate__(self, state: Dict[str, Any]) -> None:
        warn_of_pickle()
        components = dict(state.get("components", {}))
        if state.get("version") not in (3, 4, 5) or not all(
            isinstance(c, Network) for c in components.values()
        ):
            raise UnsupportedNetwork(
                "state version %r; 3 (StyleGAN), 4 (StyleGAN2) and 5 (ADA) are known"
                % (state.get("version"),)
            )
        record = NetworkRecord(
            version=state["version"],
            name=state["name"],
            static_kwargs=dict(state["static_kwargs"]),
            components=OrderedDict((key, part._record) for key, part in components.items()),
            build_func_name=state["build_func_name"],
            variables=OrderedDict(
                (name, np.asarray(value, np.float32)) for name, value in state["variables"]
            ),
            source=state.get("build_module_src", ""),
            interface={key: state[key] for key in state if key.startswith(("input_", "output_"))},
        )
        self._set_up(record, components)


# Files name the class by the module it has in the official code.
Network.__module__ = "dnnlib.tflib.network"


def _implementation(record: NetworkRecord) -> StoredNetwork:
    """The network that does the work, in the default graph and session of the time when it is opened."""
    if record.components:
        try:
            spec = generator_spec(record)
            return GeneratorNetwork(
                Model(record, spec, opener=lambda a: SharedGraph(spec, a, record)), record
            )
        except UnsupportedNetwork:  # a network of several parts that is no generator: it can be kept
            pass
    names = scopes_wanted(record)
    model = Model(record, opener=lambda arrays: StoredVariables(arrays, session=SharedSession(names)))
    return StoredNetwork(model, record)


def legacy_output(
    *outputs: Any, out_mul: float = 1.0, out_add: float = 0.0, out_shrink: int = 1, out_dtype: Any = None
) -> List[Any]:
    """The output arguments of the first StyleGAN's `run`: scale, shift, average-pool, round to a type."""
    done = []
    for x in outputs:
        x = tf.cast(x, tf.float32) * out_mul + out_add
        if out_shrink > 1:
            cell = [1, out_shrink, out_shrink, 1]
            x = tf.transpose(x, [0, 2, 3, 1])
            x = tf.transpose(tf.nn.avg_pool(x, cell, cell, padding="VALID"), [0, 3, 1, 2])
        if out_dtype is not None:
            dtype = tf.as_dtype(out_dtype)
            x = tf.saturate_cast(tf.round(x) if dtype.is_integer else x, dtype)
        done.append(x)
    return done


def _understood(kwargs: Dict[str, Any]) -> Dict[str, Any]:
    """Without what no network has: the official class swallows it."""
    known = arguments.KNOWN | RUN_ONLY | {"output_transform", "return_as_list"}
    for name in [name for name in kwargs if name not in known]:
        warnings.warn("Network.run ignores %s, which no network has" % name, stacklevel=3)
        kwargs.pop(name)
    return kwargs


def _default_session() -> Any:
    session = tf.get_default_session()
    if session is None:
        raise RuntimeError("no default TensorFlow session; call dnnlib.tflib.init_tf() first")
    return session
