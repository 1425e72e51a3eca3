"""The `input_transform` and `output_transform` of `Network.run`."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Sequence

import numpy as np

from nvlabs.errors import NetworkUsageError
from nvlabs.running.first_start import start_tensorflow
from nvlabs.running.images import convert_images_to_uint8


class Transform:
    """dict(func=f, **arguments): f takes tensors and returns one or several; here from arrays to arrays.

    Functions that work on arrays as they are (`convert_images_to_uint8`) are called directly; any other is
    built into a small graph of its own, so the network's graph stays as it is.
    """

    ON_ARRAYS: Sequence[Callable[..., Any]] = (convert_images_to_uint8,)

    def __init__(self, settings: Dict[str, Any]):
        if not isinstance(settings, dict) or not callable(settings.get("func")):
            raise NetworkUsageError("a transform is dict(func=FUNCTION, ...), not %r" % (settings,))
        self._function = settings["func"]
        self._arguments = {name: value for name, value in settings.items() if name != "func"}

    def __call__(self, *arrays: Any) -> List[Any]:
        if self._function in self.ON_ARRAYS:
            return _as_list(self._function(*arrays, **self._arguments))
        start_tensorflow()
        from nvlabs.running.session import GraphSession, placeholder

        session = GraphSession()
        present = [np.asarray(array) for array in arrays if array is not None]
        with session.building():
            holders = [placeholder(array) for array in present]
            remaining = iter(holders)
            inputs = [None if array is None else next(remaining) for array in arrays]
            outputs = _as_list(self._function(*inputs, **self._arguments))
        session.start()
        try:
            values = iter(session.run([x for x in outputs if x is not None], dict(zip(holders, present))))
            return [None if x is None else next(values) for x in outputs]
        finally:
            session.close()


def _as_list(value: Any) -> List[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
