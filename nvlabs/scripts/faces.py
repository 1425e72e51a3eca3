"""Modules as scripts see them: the installed ones, and what newer releases took away."""

from __future__ import annotations

import sys
import types
from typing import Any, Callable, Dict, List, Mapping, Optional

Makers = Mapping[str, Callable[[], Any]]


class Notes:
    """What a script used of that which is no longer there; to be said once, when it ends."""

    def __init__(self) -> None:
        self._names: List[str] = []

    def add(self, name: str) -> None:
        if name not in self._names:
            self._names.append(name)

    def print(self) -> None:
        """Say it on stderr, in one line."""
        if self._names:
            text = "nvlabs: {} {} gone from newer releases; this script got {} from python -m nvlabs".format(
                ", ".join(self._names), *(("is", "it") if len(self._names) == 1 else ("are", "them"))
            )
            print(text, file=sys.stderr)


class Face(types.ModuleType):
    """An installed module as scripts see it. What is set on it is set on the module, as if there were no
    face.

    more: name → function that makes the value; asked for, and noted, where the module lacks the name.
    instead: the same, asked for even where the module has the name. called: how scripts call the module.
    """

    def __init__(
        self,
        module: types.ModuleType,
        more: Optional[Makers] = None,
        instead: Optional[Makers] = None,
        notes: Optional[Notes] = None,
        called: str = "",
    ) -> None:
        super().__init__(module.__name__, module.__doc__)
        own: Dict[str, Any] = {"_module": module, "_notes": notes or Notes(), "_called": called}
        own.update(_more=more or {}, _instead=instead or {})
        vars(self).update(own)
        for name in ("__file__", "__path__", "__spec__", "__package__", "__loader__"):
            vars(self)[name] = getattr(module, name, None)

    def __getattr__(self, name: str) -> Any:
        if name in self._instead:
            return self._instead[name]()
        try:
            return getattr(self._module, name)
        except AttributeError:
            if name not in self._more:
                raise
        self._notes.add("{}.{}".format(self._called, name))
        return self._more[name]()

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._module, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._module, name)

    def __dir__(self) -> List[str]:
        return sorted({*dir(self._module), *self._more, *self._instead})
