"""`dnnlib.tflib` and `dnnlib.tflib.tfutil`: the default session, variables, small helpers, and the class
Network.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import Any, Dict, Iterable, Iterator, List, Optional, Union

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.dnnlib_compat import network
from nvlabs.dnnlib_compat.network import Network
from nvlabs.dnnlib_compat.stubs import AbsentModule, missing
from nvlabs.running.images import convert_images_from_uint8, convert_images_to_uint8
from nvlabs.running.session import open_session

__all__ = [
    "Network",
    "Optimizer",
    "TfExpression",
    "TfExpressionEx",
    "absolute_name_scope",
    "absolute_variable_scope",
    "assert_tf_initialized",
    "autosummary",
    "convert_images_from_uint8",
    "convert_images_to_uint8",
    "create_session",
    "create_var_with_large_initial_value",
    "custom_ops",
    "exp2",
    "flatten",
    "init_tf",
    "init_uninitialized_vars",
    "is_tf_expression",
    "lerp",
    "lerp_clip",
    "log2",
    "network",
    "ops",
    "optimizer",
    "run",
    "set_vars",
    "shape_to_list",
    "tfutil",
]

# What scripts import from here beside what they use.
autosummary = AbsentModule("dnnlib.tflib.autosummary")
optimizer = AbsentModule("dnnlib.tflib.optimizer")
custom_ops = AbsentModule("dnnlib.tflib.custom_ops")
ops = AbsentModule(
    "dnnlib.tflib.ops",
    upfirdn_2d=AbsentModule("dnnlib.tflib.ops.upfirdn_2d"),
    fused_bias_act=AbsentModule("dnnlib.tflib.ops.fused_bias_act"),
)
Optimizer = optimizer.Optimizer
tfutil = sys.modules[__name__]
TfExpression = Union[tf.Tensor, tf.Variable, tf.Operation]
TfExpressionEx = Union[TfExpression, int, float, np.ndarray]

DEFAULTS: Dict[str, Any] = {
    "rnd.np_random_seed": None,
    "rnd.tf_random_seed": "auto",
    "env.TF_CPP_MIN_LOG_LEVEL": "1",
    "graph_options.place_pruned_graph": True,
    "gpu_options.allow_growth": True,
    "allow_soft_placement": True,  # operations without a GPU version, and machines without a GPU
}


def __getattr__(name: str) -> Any:
    raise AttributeError("dnnlib.tflib.{}: {}".format(name, missing("it")))


def init_tf(config_dict: Optional[Dict[str, Any]] = None) -> None:
    """A default session, if there is none yet.

    config_dict: dotted settings that change DEFAULTS; others than rnd.… and env.… go to the session. As in
    the original, the TensorFlow seed "auto" draws one number from NumPy's global generator.
    """
    if tf.get_default_session() is not None:
        return
    settings = dict(DEFAULTS, **(config_dict or {}))
    if settings["rnd.np_random_seed"] is not None:
        np.random.seed(settings["rnd.np_random_seed"])
    seed = settings["rnd.tf_random_seed"]
    seed = np.random.randint(1 << 31) if seed == "auto" else seed
    for key, value in settings.items():
        if key.startswith("env."):
            os.environ.setdefault(key[len("env.") :], str(value))
    create_session(settings, force_as_default=True)
    if seed is not None:
        tf.set_random_seed(int(seed))


def assert_tf_initialized() -> None:
    """Raises RuntimeError where init_tf has not been called."""
    if tf.get_default_session() is None:
        raise RuntimeError("no default TensorFlow session; call dnnlib.tflib.init_tf() first")


def create_session(config_dict: Optional[Dict[str, Any]] = None, force_as_default: bool = False) -> Any:
    """A session with the dotted settings of DEFAULTS and config_dict, on the default graph if there is one.

    It becomes the default one of this thread if asked to, or if there is none.
    """
    config = tf.ConfigProto()
    for key, value in dict(DEFAULTS, **(config_dict or {})).items():
        *groups, name = key.split(".")
        if groups[:1] in (["rnd"], ["env"]):
            continue
        target = config
        for group in groups:
            target = getattr(target, group)
        setattr(target, name, value)
    return open_session(config, as_default=force_as_default or tf.get_default_session() is None)


def run(*args: Any, **kwargs: Any) -> Any:
    """`run` of the default session."""
    assert_tf_initialized()
    return tf.get_default_session().run(*args, **kwargs)


def set_vars(var_to_value_dict: Dict[Any, Any]) -> None:
    """Assign values to variables of the default graph, in one step.

    The operations that do so are made once for each variable and kept in the graph under its name.
    """
    assert_tf_initialized()
    operations, feed = [], {}
    for variable, value in var_to_value_dict.items():
        operation, holder = _setter(variable)
        operations.append(operation)
        feed[holder] = np.asarray(value, variable.dtype.base_dtype.as_numpy_dtype)
    run(operations, feed)


def _setter(variable: Any) -> Any:
    """(operation, placeholder) that assign to a variable."""
    graph, scope = variable.graph, variable.op.name
    try:
        found = graph.get_tensor_by_name(scope + "/setter/new_value:0")
        return graph.get_operation_by_name(scope + "/setter/set"), found
    except KeyError:
        with graph.as_default(), tf.control_dependencies(None), tf.name_scope(scope + "/setter/"):
            holder = tf.placeholder(variable.dtype.base_dtype, variable.shape, name="new_value")
            with tf.control_dependencies([variable.assign(holder, read_value=False)]):
                return tf.no_op(name="set"), holder


def init_uninitialized_vars(target_vars: Optional[Iterable[Any]] = None) -> None:
    """Run the initialisers of those variables (default: all of the graph) that have no value yet."""
    assert_tf_initialized()
    variables = list(tf.global_variables() if target_vars is None else target_vars)
    missing_ones = run([tf.is_variable_initialized(variable) for variable in variables])
    run([v.initializer for v, is_set in zip(variables, missing_ones) if not is_set])


def create_var_with_large_initial_value(initial_value: np.ndarray, *args: Any, **kwargs: Any) -> Any:
    """A variable that has this value at once, without the value becoming part of the graph."""
    assert_tf_initialized()
    value = np.asarray(initial_value)
    variable = tf.Variable(tf.zeros(value.shape, value.dtype), *args, **kwargs)
    set_vars({variable: value})
    return variable


def is_tf_expression(x: Any) -> bool:
    """Whether x is a tensor, variable or operation."""
    return isinstance(x, (tf.Tensor, tf.Variable, tf.Operation))


def shape_to_list(shape: Iterable[Any]) -> List[Optional[int]]:
    """A shape as a list of numbers and None."""
    return [getattr(size, "value", size) for size in shape]


def flatten(x: Any) -> Any:
    """x with one axis."""
    return tf.reshape(x, [-1])


def log2(x: Any) -> Any:
    """Logarithm to base 2 of a tensor."""
    return tf.log(x) * np.float32(1 / np.log(2))


def exp2(x: Any) -> Any:
    """2 to the power of a tensor."""
    return tf.exp(x * np.float32(np.log(2)))


def lerp(a: Any, b: Any, t: Any) -> Any:
    """a + (b - a) t."""
    return a + (b - a) * t


def lerp_clip(a: Any, b: Any, t: Any) -> Any:
    """a + (b - a) t, with t between 0 and 1."""
    return a + (b - a) * tf.clip_by_value(t, 0.0, 1.0)


@contextmanager
def absolute_name_scope(scope: str) -> Iterator[str]:
    """A name scope from the root of the graph, whatever surrounds it."""
    with tf.name_scope(scope + "/") as entered:
        yield entered


@contextmanager
def absolute_variable_scope(scope: str, **kwargs: Any) -> Iterator[Any]:
    """A variable scope from the root of the graph, whatever surrounds it."""
    root = tf.VariableScope(kwargs.pop("reuse", False), name=scope, **kwargs)
    with tf.variable_scope(root, auxiliary_name_scope=False) as entered:
        yield entered
