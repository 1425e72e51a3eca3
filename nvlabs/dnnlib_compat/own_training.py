"""What `import training.misc` gives a script: its own module where it brings one, with `load_pkl` of ours.

The official repositories have a package `training`, and their scripts read network files through its module
`misc`. The scripts' own copy would unpickle, which runs whatever a file says; ours reads the file as data. A
script that comes without the package gets ours alone, and of everything else in it the sentence that it is
about training.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Dict, Optional, Sequence

from nvlabs.dnnlib_compat import misc
from nvlabs.dnnlib_compat.stubs import Absent

PACKAGE, MODULE = "training", "training.misc"


class MiscFinder(MetaPathFinder):
    """Comes first: finds `training.misc`, the script's own or ours."""

    def find_spec(
        self, name: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        """The module's spec; None for every other name."""
        if name != MODULE:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(name, path, target) for finder in others)
        own = next((spec for spec in specs if spec is not None), None)
        if own is None or own.loader is None:
            members = {member: getattr(misc, member) for member in misc.__all__}
            return ModuleSpec(name, _Ours(dict(members, __getattr__=misc.__getattr__)))
        own.loader = _WithOurs(own.loader)
        return own


class PackageFinder(MetaPathFinder):
    """Comes last: a package `training` for scripts that bring none."""

    def find_spec(
        self, name: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        """The package's spec; None for every other name."""
        if name != PACKAGE:
            return None
        return ModuleSpec(name, _Ours({"__getattr__": _missing}), is_package=True)


def register() -> None:
    """Make `training.misc` importable, once."""
    if not any(isinstance(finder, MiscFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, MiscFinder())
        sys.meta_path.append(PackageFinder())


class _Ours(Loader):
    """Makes a module of members."""

    def __init__(self, members: Dict[str, Any]) -> None:
        self.members = members

    def create_module(self, spec: ModuleSpec) -> None:
        """The import system makes an ordinary one."""

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(self.members)


class _WithOurs(Loader):
    """Loads the script's own module, then replaces its `load_pkl`."""

    def __init__(self, own: Any) -> None:
        self.own = own

    def create_module(self, spec: ModuleSpec) -> Optional[ModuleType]:
        return self.own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self.own.exec_module(module)
        vars(module)["load_pkl"] = misc.load_pkl


def _missing(name: str) -> Any:
    if name.startswith("__") or PACKAGE + "." + name == MODULE:  # a module of its own, to be imported
        raise AttributeError(name)
    return Absent("{}.{}".format(PACKAGE, name))
