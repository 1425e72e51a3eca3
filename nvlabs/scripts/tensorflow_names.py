"""TensorFlow as scripts of 2019 expect it: version 1, a default graph, and operations that are placed on a
GPU run on the CPU where there is none."""

from __future__ import annotations

import sys
import types
from typing import Any, Callable, Dict, List

import tensorflow.compat.v1 as tf

from nvlabs.running.session import interactive_session, soft_config


class ScriptTensorFlow:
    """What differs from the installed TensorFlow for one script."""

    def __init__(self) -> None:
        self._is_version_1 = tf.__version__.startswith("1.")
        self._graphs: List[Any] = []  # entered and never left, as are the sessions that scripts enter

    def start(self) -> None:
        """Sets up this thread for the script, whose process it is from here on."""
        tf.config.set_soft_device_placement(True)  # for sessions without settings
        if not self._is_version_1:
            self._enter_graph()

    def module(self) -> types.ModuleType:
        """What `import tensorflow` gives."""
        return sys.modules["tensorflow"] if self._is_version_1 else tf

    def names(self) -> Dict[str, Callable[[], Any]]:
        """Name → function that makes what stands there for the installed one."""
        names: Dict[str, Callable[[], Any]] = {
            "ConfigProto": lambda: soft_config,
            "InteractiveSession": lambda: interactive_session,
        }
        if not self._is_version_1:  # which refuses to reset a graph that was entered
            names["reset_default_graph"] = lambda: self._enter_graph
        return names

    def _enter_graph(self) -> None:
        self._graphs.append(tf.Graph().as_default())
        self._graphs[-1].__enter__()
