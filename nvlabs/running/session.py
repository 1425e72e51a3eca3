"""The one place that owns a TensorFlow graph and calls ``Session.run``.

Every network has a `GraphSession` of its own: no default graph, no process-wide switch, so networks of any
number live side by side, on TensorFlow 1.15 and 2 alike, and eager code around them is left alone. The graph
is finalized when it starts, so nothing that is asked of a network later can make it grow.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.errors import NetworkUsageError
from nvlabs.networks.ops.kept import set_keeper
from nvlabs.networks.ops.rewriting import as_it_is
from nvlabs.running.memory import keep_memory

LONGEST_REASON = 200  # characters of what TensorFlow says
CHANNELS_LAST = "NHWC"
CHANNELS_FIRST = "NCHW"


def default_layout() -> str:
    """'NCHW' where TensorFlow sees a GPU, else 'NHWC' (stock TensorFlow 1.15 has no NCHW convolutions on a
    CPU)."""
    gpus = tf.config.experimental.list_physical_devices("GPU")
    return CHANNELS_FIRST if gpus else CHANNELS_LAST


def placeholder(array: np.ndarray) -> Any:
    """A placeholder of an array's type and shape, but any batch size, in the default graph."""
    return tf.placeholder(array.dtype, [None] + list(array.shape[1:]))


def open_session(config: Optional[Any] = None, as_default: bool = False) -> Any:
    """A session on the default graph or, where there is none because code runs eagerly, on a new one. As
    default, it is this thread's to the end of the program: what scripts for the official code expect after
    `init_tf`."""
    keep_memory()
    session = tf.Session(graph=tf.Graph() if tf.executing_eagerly() else None, config=config)
    if as_default:
        session.__enter__()
    return session


def soft_config(**settings: Any) -> Any:
    """Settings of a session that runs operations on another device where theirs is not there."""
    return tf.ConfigProto(**dict({"allow_soft_placement": True}, **settings))


def interactive_session(target: str = "", graph: Optional[Any] = None, config: Optional[Any] = None) -> Any:
    """TensorFlow's InteractiveSession, softly placed unless its settings say otherwise."""
    keep_memory()
    return tf.InteractiveSession(target, graph, soft_config() if config is None else config)


@contextmanager
def _memory_errors() -> Iterator[None]:
    """What does not fit into memory as a MemoryError that names the value."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise MemoryError(str(error).partition(" on /job")[0][:LONGEST_REASON]) from None


def _hashable(variable: Any) -> Any:
    """TensorFlow 2 takes `hash` from variables where eager code may compare them; scripts use them as
    dictionary keys."""
    kind = type(variable)
    by_identity = {"__hash__": object.__hash__, "__eq__": object.__eq__, "__ne__": object.__ne__}
    variable.__class__ = type(kind.__name__, (kind,), by_identity)
    return variable


class GraphSession:
    """One graph, one session, and the variables in it.

    Args:
        threads: size of TensorFlow's thread pools; None leaves the choice to TensorFlow (all cores).
            The first session of a process decides for all.
        layout: 'NHWC' or 'NCHW', the layout of feature maps inside the graph; None chooses by device.
    """

    def __init__(self, threads: Optional[int] = None, layout: Optional[str] = None):
        self.graph = tf.Graph()
        self.layout = layout or default_layout()
        self._threads = threads
        self._lock = threading.RLock()
        self._session: Optional[Any] = None
        self._initial: "OrderedDict[str, Tuple[Any, np.ndarray]]" = OrderedDict()
        self._setters: Dict[str, Tuple[Any, Any]] = {}
        self._computed: List[Any] = []
        self._stale = False  # whether variables were set since
        set_keeper(self.graph, self._keep)

    @contextmanager
    def building(self) -> Iterator[Any]:
        """Makes the owned graph the default one, to add operations before `start`."""
        with self.graph.as_default():
            yield self.graph

    def variable(self, name: str, value: np.ndarray, trainable: bool = True) -> Any:
        """A float32 variable that starts as `value`; the value itself never becomes part of the graph
        definition."""
        value = np.asarray(value, np.float32)
        with self.graph.as_default():
            holder = tf.placeholder(tf.float32, value.shape, name="new_value")
            variable = tf.Variable(
                holder, name=name, trainable=trainable, dtype=tf.float32, use_resource=True, collections=[]
            )
        variable = _hashable(variable)
        self._initial[variable.name] = (variable, value)
        self._setters[variable.name] = (holder, variable.initializer)
        return variable

    def _keep(self, tensor: Any) -> Any:
        """The value of a tensor that depends on variables alone, computed in the first run after they are
        set: many may be, one after the other.
        """
        name = self.graph.unique_name("kept")
        shape = tensor.shape  # three bare operations: tf.Variable makes a dozen, which cost time at the start
        handle = tf.raw_ops.VarHandleOp(dtype=tensor.dtype, shape=shape, shared_name=name, name=name)
        self._computed.append(tf.raw_ops.AssignVariableOp(resource=handle, value=tensor))
        value = tf.raw_ops.ReadVariableOp(resource=handle, dtype=tensor.dtype)
        value.set_shape(shape)
        return value

    def start(self) -> None:
        """Opens the session, fills the variables, and freezes the graph."""
        config = as_it_is(allow_soft_placement=True)
        config.gpu_options.allow_growth = True
        if self._threads is not None:
            config.intra_op_parallelism_threads = self._threads
            config.inter_op_parallelism_threads = self._threads
        self.graph.finalize()
        keep_memory()
        self._session = tf.Session(graph=self.graph, config=config)
        self.set(list(self._initial.values()))
        self._initial.clear()

    def run(self, fetches: Any, feed: Optional[Dict[Any, Any]] = None) -> Any:
        """`Session.run` in the owned session; safe to call from several threads. Raises MemoryError."""
        session = self._opened()
        with _memory_errors():
            if self._stale:
                with self._lock:
                    if self._stale:  # another thread may have been here
                        session.run(self._computed)  # all at once: TensorFlow prepares each run anew
                        self._stale = False
            return session.run(fetches, feed)

    def get(self, variables: Any) -> Any:
        """Current value(s) of a variable, or of any nest of variables."""
        with _memory_errors():
            return self._opened().run(variables)

    def set(self, values: Sequence[Tuple[Any, np.ndarray]]) -> None:
        """Assigns `(variable, value)` pairs in one step. Shapes must match exactly: scalars are not spread
        out.

        Raises:
            NetworkUsageError: a value has another shape than its variable; nothing is assigned then.
        """
        feed, operations = {}, []
        for variable, value in values:
            array = np.asarray(value, np.float32)
            if array.shape != tuple(variable.shape.as_list()):
                raise NetworkUsageError(
                    "variable %s has shape %s, but the value given has shape %s"
                    % (variable.op.name, tuple(variable.shape.as_list()), array.shape)
                )
            holder, setter = self._setters[variable.name]
            feed[holder] = array
            operations.append(setter)
        if operations:
            with self._lock, _memory_errors():
                self._opened().run(operations, feed)
                self._stale = bool(self._computed)

    def close(self) -> None:
        """Frees the session; a closed session cannot be used again."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _opened(self) -> Any:
        session = self._session
        if session is None:
            raise NetworkUsageError("this network's session is not open: it was closed, or not started yet")
        return session


class SharedSession(GraphSession):
    """The thread's default graph and session, for networks that share them with a script.

    The graph is the script's: it stays open for what is built next, and so does the session. Variables are in
    its collections, with names that begin with the scope of their network.

    names: beginning of the variables' names, such as "G_synthesis/" → name of the network; "" comes last.
    """

    def __init__(self, names: Mapping[str, str], layout: Optional[str] = None):
        super().__init__(layout=layout)
        self._session = tf.get_default_session()
        if self._session is None:
            raise RuntimeError("no default TensorFlow session; call dnnlib.tflib.init_tf() first")
        self.graph = self._session.graph
        with self.graph.name_scope(None):  # a second network of a name gets the scope name_1, as officially
            scopes = [self.graph.unique_name(_scope_name(name)) for name in names.values()]
        self.scopes = OrderedDict(zip(names, scopes))

    @contextmanager
    def building(self, part: str = "") -> Iterator[Any]:
        """Makes the shared graph the default one, and the scope of a part that of new operations, whatever
        surrounds the call."""
        scope = self.scopes[part] + "/"
        with self.graph.as_default(), tf.control_dependencies(None), tf.name_scope(scope):
            yield self.graph

    def variable(self, name: str, value: np.ndarray, trainable: bool = True) -> Any:
        part = next(part for part in self.scopes if name.startswith(part))
        root = tf.VariableScope(False, name=self.scopes[part])
        with self.building(), tf.variable_scope(root, auxiliary_name_scope=False):
            variable = tf.get_variable(
                name[len(part) :],
                value.shape,
                tf.float32,
                tf.zeros_initializer(),
                trainable=trainable,
                use_resource=True,
            )
        variable = _hashable(variable)
        self._initial[variable.name] = (variable, value)
        self._setters[variable.name] = (variable.initializer.inputs[1], variable.initializer)
        return variable

    def start(self) -> None:
        self.set(list(self._initial.values()))
        self._initial.clear()

    def close(self) -> None:
        self._session = None


def _scope_name(name: str) -> str:
    """A network's name with nothing in it that TensorFlow forbids in names."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip("_-") or "Network"
