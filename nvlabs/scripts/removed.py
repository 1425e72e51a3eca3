"""What NumPy, Pillow and SciPy had in 2019 and have no longer, by name, and what stands in for it."""

from __future__ import annotations

import functools
import importlib
import types
import warnings
from collections.abc import Iterator
from typing import Any, Callable, Dict, Mapping

from nvlabs.scripts import scipy_misc
from nvlabs.scripts.faces import Makers, Notes

BUILTIN = {"float": float, "int": int, "bool": bool, "object": object, "str": str, "complex": complex}
BUILTIN.update(long=int, unicode=str)
# NumPy 1.24 and 2.0: the old name to the name that stays
NUMPY_RENAMED = {
    "float_": "float64",
    "complex_": "complex128",
    "string_": "bytes_",
    "unicode_": "str_",
    "NaN": "nan",
    "Inf": "inf",
    "Infinity": "inf",
    "infty": "inf",
    "PINF": "inf",
    "product": "prod",
    "cumproduct": "cumprod",
    "sometrue": "any",
    "alltrue": "all",
    "round_": "round",
    "row_stack": "vstack",
    "trapz": "trapezoid",
    "mat": "asmatrix",
}
STACKS = ("stack", "vstack", "hstack", "dstack", "column_stack")  # NumPy 2 takes no generators
PILLOW_RENAMED = {"ANTIALIAS": "LANCZOS", "LINEAR": "BILINEAR", "CUBIC": "BICUBIC"}  # Pillow 10
SCIPY_SPECIAL = ("comb", "factorial", "factorial2", "factorialk", "logsumexp")  # were in scipy.misc too


def numpy_names(numpy: types.ModuleType) -> Dict[str, Callable[[], Any]]:
    """Name → function that makes the value, for the names that NumPy gave up."""
    more: Dict[str, Callable[[], Any]] = {}
    more.update((name, functools.partial(_same, kind)) for name, kind in BUILTIN.items())
    more.update(_renamed(numpy, NUMPY_RENAMED))
    more["NINF"] = lambda: -numpy.inf
    more["in1d"] = lambda: lambda ar1, ar2, **kwargs: numpy.isin(numpy.ravel(ar1), ar2, **kwargs)
    more["asscalar"] = lambda: lambda a: a.item()
    more["asfarray"] = lambda: lambda a, dtype=numpy.float64: numpy.asarray(a, dtype)
    more["msort"] = lambda: lambda a: numpy.sort(a, axis=0)
    return more


def numpy_stacks(numpy: types.ModuleType, notes: Notes) -> Dict[str, Callable[[], Any]]:
    """`stack` and its like, which take generators again; nothing where NumPy still takes them."""
    functions = {name: getattr(numpy, name) for name in STACKS if hasattr(numpy, name)}
    if not _refuses_generators(functions["stack"]):
        return {}
    return {
        name: functools.partial(_same, _taking_generators(function, notes))
        for name, function in functions.items()
    }


def pillow_names(image: types.ModuleType) -> Makers:
    """The same for PIL.Image."""
    return _renamed(getattr(image, "Resampling", image), PILLOW_RENAMED)


def scipy_misc_names() -> Makers:
    """The same for scipy.misc: pictures by Pillow, and what is in scipy.special."""
    more: Dict[str, Callable[[], Any]] = {
        name: functools.partial(getattr, scipy_misc, name) for name in scipy_misc.FUNCTIONS
    }
    for name in SCIPY_SPECIAL:
        more[name] = functools.partial(_of_module, "scipy.special", name)
    return more


def installed_scipy_misc() -> types.ModuleType:
    """scipy.misc as far as there is one: SciPy 2 has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module("scipy.misc")
        except ImportError:
            return types.ModuleType("scipy.misc")


def _same(value: Any) -> Any:
    return value


def _of_module(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _renamed(owner: Any, names: Mapping[str, str]) -> Dict[str, Callable[[], Any]]:
    return {old: functools.partial(getattr, owner, new) for old, new in names.items()}


def _refuses_generators(stack: Callable[..., Any]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stack(iter(()))
        except TypeError:
            return True
        except ValueError:  # that there is nothing to stack
            pass
    return False


def _taking_generators(function: Callable[..., Any], notes: Notes) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(arrays: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(arrays, Iterator):
            notes.add("np.{} of a generator".format(function.__name__))
            arrays = list(arrays)
        return function(arrays, *args, **kwargs)

    return call
