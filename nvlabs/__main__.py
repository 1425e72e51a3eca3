"""`python -m nvlabs script.py args…`: runs a script written for the official StyleGAN repositories, on this
package.

Inside the script, `dnnlib`, `dnnlib.tflib`, `pretrained_networks` and `training.misc.load_pkl` are those of
nvlabs.dnnlib_compat: they read network files as data. The script itself is a program and may do anything,
also call pickle.load, which runs whatever a file says (a warning says so once). On TensorFlow 2
`import tensorflow` gives tensorflow.compat.v1, which is what such scripts are written for.
"""

from __future__ import annotations

import builtins
import os
import sys
import types
from typing import Any, List

from nvlabs.plain_text import one_line

USAGE = "usage: python -m nvlabs SCRIPT.py [ARGUMENTS]\n\n" + (__doc__ or "")


def main(argv: List[str]) -> int:
    """Run the script of a command line; returns an exit code unless the script leaves by itself."""
    if not argv or argv[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if argv else 2
    script = argv[0]
    try:
        with open(script, "rb") as stream:
            code = compile(stream.read(), script, "exec")
    except OSError as error:
        print(one_line("nvlabs: cannot read {}: {}".format(script, error.strerror)), file=sys.stderr)
        return 1
    except (SyntaxError, ValueError) as error:
        print(one_line("nvlabs: {} is no Python script: {}".format(script, error)), file=sys.stderr)
        return 1
    import nvlabs.dnnlib_compat  # noqa: F401  registers the names

    module = types.ModuleType("__main__")
    vars(module).update(__file__=script, __builtins__=_script_builtins())
    sys.modules["__main__"] = module
    sys.argv[:] = argv
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    exec(code, vars(module))
    return 0


def _script_builtins() -> dict:
    """The builtins of the script: its own `import tensorflow` gives the version 1 face, other modules' does
    not.
    """
    import tensorflow.compat.v1 as tf

    def import_module(name: str, *args: Any, **kwargs: Any) -> Any:
        return tf if name == "tensorflow" else builtins.__import__(name, *args, **kwargs)

    if tf.__version__.startswith("1."):
        return dict(vars(builtins))
    return dict(vars(builtins), __import__=import_module)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
