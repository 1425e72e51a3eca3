"""The module `dnnlib` that official scripts import: attribute dictionaries, files by address, local runs."""

from __future__ import annotations

import importlib
import inspect
import os
import re
from contextvars import ContextVar
from typing import Any

from nvlabs.dnnlib_compat import tflib, util
from nvlabs.dnnlib_compat.stubs import Absent, AbsentModule, missing
from nvlabs.dnnlib_compat.util import EasyDict

# fmt: off
__all__ = [
    "EasyDict", "RunContext", "SubmitConfig", "SubmitTarget", "make_run_dir_path", "submission", "submit_run",
    "tflib", "util",
]
# fmt: on
RunContext = Absent("dnnlib.RunContext")


class SubmitTarget:
    """Where a run takes place: here."""

    LOCAL = 1


class SubmitConfig(EasyDict):
    """Settings of a run. run_dir_root: where its folder is made; run_desc: the end of that folder's name."""

    def __init__(self) -> None:
        super().__init__()
        self.update(run_dir_root="results", run_desc="", num_gpus=1, submit_target=SubmitTarget.LOCAL)
        self.update(local=EasyDict(), run_dir=None)


RUN_FOLDER: ContextVar[str] = ContextVar("folder of the run in progress", default=".")


def submit_run(submit_config: SubmitConfig, run_func_name: str, **run_func_kwargs: Any) -> Any:
    """Run a function, given as "module.function", in this process, with a new numbered folder for its
    results.

    The folder is `<run_dir_root>/<number>-<run_desc>`. Raises NotImplementedError for any other target than
    LOCAL.
    """
    if submit_config.submit_target != SubmitTarget.LOCAL:
        raise NotImplementedError(missing("a run on another machine"))
    submit_config.run_dir = _new_folder(submit_config.run_dir_root, submit_config.run_desc)
    RUN_FOLDER.set(submit_config.run_dir)
    function = _find(run_func_name)
    if "submit_config" in inspect.signature(function).parameters:
        run_func_kwargs["submit_config"] = submit_config
    return function(**run_func_kwargs)


def make_run_dir_path(*paths: str) -> str:
    """A path in the folder of the run in progress; in the current folder outside of one."""
    return os.path.join(RUN_FOLDER.get(), *paths)


_submit = AbsentModule(
    "dnnlib.submission.submit",
    SubmitConfig=SubmitConfig,
    SubmitTarget=SubmitTarget,
    make_run_dir_path=make_run_dir_path,
    submit_run=submit_run,
)
submission = AbsentModule(
    "dnnlib.submission",
    submit=_submit,
    run_context=AbsentModule("dnnlib.submission.run_context"),
    internal=AbsentModule("dnnlib.submission.internal"),
)


def __getattr__(name: str) -> Any:
    raise AttributeError("dnnlib.{}: {}".format(name, missing("it")))


def _find(name: str) -> Any:
    """The function of a dotted name; one of the running script is taken from there, as it is not imported
    again.
    """
    module_name, _, function_name = name.rpartition(".")
    main = importlib.import_module("__main__")
    own = os.path.splitext(os.path.basename(getattr(main, "__file__", None) or ""))[0]
    module = main if module_name == own else importlib.import_module(module_name)
    return getattr(module, function_name)


def _new_folder(root: str, description: str) -> str:
    os.makedirs(root, exist_ok=True)
    numbers = [int(match.group()) for match in (re.match(r"\d+", name) for name in os.listdir(root)) if match]
    name = "{:05d}".format(max(numbers) + 1 if numbers else 0)
    folder = os.path.join(root, "-".join(part for part in (name, description) if part))
    os.makedirs(folder)
    return folder
