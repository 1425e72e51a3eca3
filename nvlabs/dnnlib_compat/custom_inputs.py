"""`custom_inputs` of `Network.run`, from the fork of StyleGAN that encoders of photos use: the network's
inputs are tensors or variables that the script makes, and stay in the graph with the result, to be optimised.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import tensorflow.compat.v1 as tf

from nvlabs.errors import NetworkUsageError

Builder = Callable[[str], Any]
Transform = Optional[Dict[str, Any]]
Build = Callable[[Sequence[Any], Dict[str, Any]], List[Any]]


class CustomRuns:
    """The results of one network on inputs of the script's own, built once for the same builders and
    arguments.

    scope: of the network. input_names: what the builders are called with, in this order; inputs without a
    builder are None.
    """

    def __init__(self, scope: str, input_names: Sequence[str]) -> None:
        self._scope, self._input_names = scope, input_names
        self._built: List[Tuple[Any, List[Any]]] = []

    def outputs(
        self,
        builders: Sequence[Builder],
        build: Build,
        kwargs: Dict[str, Any],
        transform: Optional[Dict[str, Any]],
    ) -> List[Any]:
        """The results as tensors. Like that fork names them, the first is `<scope>/_Run/concat`, and with
        newer TensorFlow `<scope>/_Run/concat/concat`."""
        listed = isinstance(builders, (list, tuple)) and len(builders) > 0
        if not listed or not all(callable(builder) for builder in builders):
            raise NetworkUsageError(
                "custom_inputs is a list of functions that are called with the name of an input (%s) and "
                "return its tensor or variable, not %r" % (", ".join(self._input_names), builders)
            )
        builders = builders[: len(self._input_names)]
        key = [_identity(builder) for builder in builders] + [repr(sorted(kwargs.items())), transform]
        for known, outputs in self._built:
            if known == key:
                return outputs
        outputs = self._build(builders, build, kwargs, transform)
        self._built.append((key, outputs))
        return outputs

    def _build(
        self,
        builders: Sequence[Builder],
        build: Build,
        kwargs: Dict[str, Any],
        transform: Optional[Dict[str, Any]],
    ) -> List[Any]:
        session = tf.get_default_session()
        with session.graph.as_default(), tf.control_dependencies(None), tf.name_scope(self._scope + "/_Run/"):
            before = {id(variable) for variable in tf.global_variables()}
            given: List[Any] = [builder(name) for builder, name in zip(builders, self._input_names)]
            self._initialise([v for v in tf.global_variables() if id(v) not in before])
            given += [None] * (len(self._input_names) - len(given))
            with tf.name_scope("network"):  # what is right below _Run is the script's, and the result
                outputs = build(given, kwargs)
            if transform is not None:
                settings = {name: value for name, value in transform.items() if name != "func"}
                result = transform["func"](*outputs, **settings)
                outputs = list(result) if isinstance(result, (list, tuple)) else [result]
            named = [tf.identity(output, name="concat") for output in outputs]
            for output in named:
                with tf.name_scope(output.op.name + "/"):
                    tf.identity(output, name="concat")
            return named

    @staticmethod
    def _initialise(variables: Sequence[Any]) -> None:
        """Variables of the script that have no value yet get their first one, so that the network can run."""
        run = tf.get_default_session().run
        unset = [v for v in variables if not run(tf.is_variable_initialized(v))]
        run([variable.initializer for variable in unset])


def _identity(builder: Builder) -> Any:
    """Equal for the same function with the same arguments."""
    if isinstance(builder, functools.partial):
        return builder.func, builder.args, sorted(builder.keywords.items())
    return builder
