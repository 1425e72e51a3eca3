"""Names of the official code that are not here: scripts import them and mostly go no further. They import,
and say in one sentence that they are not here when they are used.
"""

from __future__ import annotations

import types
from typing import Any, Tuple


class Absent:
    """Stands for a class or function that is not here; every use of it is an error that names it."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(missing(self.__name__))

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # asked by pickle, inspect and the like
            raise AttributeError(attribute)
        raise NotImplementedError(missing("{}.{}".format(self.__name__, attribute)))

    def __mro_entries__(self, bases: Tuple[Any, ...]) -> Tuple[type, ...]:
        raise NotImplementedError(missing(self.__name__))


class AbsentModule(types.ModuleType):
    """Stands for a module that is not here, and has every name: those given, and others that are Absent."""

    def __init__(self, name: str, **known: Any) -> None:
        super().__init__(name, missing(name))
        vars(self).update(known)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(missing(self.__name__))

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return Absent("{}.{}".format(self.__name__, attribute))


def missing(name: str) -> str:
    """What is said about a name that is not here."""
    return (
        "{} is not part of nvlabs, where networks are loaded, run, changed and saved: for training and for "
        "building new ones use the official repository".format(name)
    )
