"""Names of the official code that are about training: they exist, and say that they are not here."""

from __future__ import annotations

from typing import Any


class TrainingOnly:
    """Stands for a class, function or module that only training uses; every use of it is an error that
    names it.
    """

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(missing(self.__name__))

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # asked by pickle, inspect and the like
            raise AttributeError(attribute)
        raise NotImplementedError(missing("{}.{}".format(self.__name__, attribute)))


def missing(name: str) -> str:
    """What is said about a name that is not here."""
    return (
        "{} belongs to training, which nvlabs does not do: networks are loaded, run, changed and saved here. "
        "Train with the official repository".format(name)
    )
