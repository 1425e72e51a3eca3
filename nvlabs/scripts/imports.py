"""How a script imports: as everywhere, but for the modules that it sees with a face of their own."""

from __future__ import annotations

import builtins
import os
import sys
import types
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

from nvlabs.scripts import removed
from nvlabs.scripts.faces import Face, Notes
from nvlabs.scripts.tensorflow_names import ScriptTensorFlow

OURS = ("nvlabs", "ganspace_tf")  # never a script's own modules, even from their own folder


class ScriptImports:
    """The `__import__` of a script and of the modules in its folder. Making one sets up TensorFlow for it."""

    def __init__(self) -> None:
        self.notes = Notes()
        self._tensorflow = ScriptTensorFlow()
        self._tensorflow.start()
        self._faces: Dict[str, Face] = {}
        self._makers: Dict[str, Callable[[], Face]] = {
            "tensorflow": lambda: Face(self._tensorflow.module(), instead=self._tensorflow.names()),
            "numpy": self._numpy,
            "PIL": lambda: Face(sys.modules["PIL"], instead={"Image": lambda: self._face("PIL.Image")}),
            "PIL.Image": self._pillow,
            "scipy": lambda: Face(sys.modules["scipy"], instead={"misc": lambda: self._face("scipy.misc")}),
            "scipy.misc": self._scipy_misc,
        }

    def builtins(self) -> Dict[str, Any]:
        """The builtins of a module that imports so."""
        return dict(vars(builtins), __import__=self)

    def __call__(
        self,
        name: str,
        globals: Optional[Mapping[str, object]] = None,
        locals: Optional[Mapping[str, object]] = None,
        fromlist: Optional[Sequence[str]] = (),
        level: int = 0,
    ) -> Any:
        root = name.partition(".")[0]
        if level or root not in self._makers or (root == "tensorflow" and name != root):
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        # scipy.misc is there for a script whether it is installed or not
        wanted = [entry for entry in fromlist or () if "{}.{}".format(name, entry) != "scipy.misc"]
        builtins.__import__(root if name == "scipy.misc" else name, globals, locals, wanted, 0)
        return self._face(name if fromlist else root)

    def _face(self, name: str) -> Any:
        """A module as scripts see it; the installed one where nothing of it differs."""
        if name not in self._makers:
            return sys.modules[name]
        if name not in self._faces:
            self._faces[name] = self._makers[name]()
        return self._faces[name]

    def _numpy(self) -> Face:
        module = sys.modules["numpy"]
        stacks = removed.numpy_stacks(module, self.notes)
        return Face(module, removed.numpy_names(module), stacks, self.notes, "np")

    def _pillow(self) -> Face:
        builtins.__import__("PIL.Image")
        module = sys.modules["PIL.Image"]
        return Face(module, removed.pillow_names(module), {}, self.notes, "Image")

    def _scipy_misc(self) -> Face:
        module = removed.installed_scipy_misc()
        return Face(module, removed.scipy_misc_names(), {}, self.notes, "scipy.misc")


class ScriptFinder(MetaPathFinder):
    """Finds modules in a script's folder, and has them import as the script does."""

    def __init__(self, folder: str, imports: ScriptImports) -> None:
        self._folder, self._imports = os.path.abspath(folder), imports

    def find_spec(self, fullname: str, path: Optional[Sequence[Any]] = None, target: Any = None) -> Any:
        if fullname.partition(".")[0] in OURS:
            return None
        spec = PathFinder.find_spec(fullname, [self._folder] if path is None else path, target)
        own = os.path.join(self._folder, *fullname.split("."))
        if spec is None or spec.origin not in (own + ".py", os.path.join(own, "__init__.py")):
            return None
        spec.loader = ScriptLoader(fullname, str(spec.origin), self._imports)
        return spec


class ScriptLoader(SourceFileLoader):
    """Runs a module of a script's folder with the script's `__import__`."""

    def __init__(self, fullname: str, path: str, imports: ScriptImports) -> None:
        super().__init__(fullname, path)
        self._imports = imports

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module)["__builtins__"] = self._imports.builtins()
        super().exec_module(module)
