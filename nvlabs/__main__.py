"""`python -m nvlabs script.py args…`: runs a script written for the official StyleGAN repositories, on this
package.

Inside the script and the modules in its folder, `dnnlib`, `dnnlib.tflib`, `pretrained_networks` and
`training.misc.load_pkl` are those of nvlabs.dnnlib_compat: they read network files as data. The script itself
is a program and may do anything, also call pickle.load, which runs whatever a file says (a warning says so
once). On TensorFlow 2 `import tensorflow` gives tensorflow.compat.v1 with a default graph; names that NumPy,
Pillow and SciPy have given up since 2019 are still there; operations that a script places on a GPU run on the
CPU where there is none.
"""

from __future__ import annotations

import atexit
import os
import sys
import types
from importlib.machinery import PathFinder
from typing import List

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
            code = compile(stream.read(), script, "exec", dont_inherit=True)
    except OSError as error:
        print(one_line("nvlabs: cannot read {}: {}".format(script, error.strerror)), file=sys.stderr)
        return 1
    except (SyntaxError, ValueError) as error:
        print(one_line("nvlabs: {} is no Python script: {}".format(script, error)), file=sys.stderr)
        return 1
    import nvlabs.dnnlib_compat  # noqa: F401  registers the names
    from nvlabs.scripts.imports import ScriptFinder, ScriptImports

    imports = ScriptImports()
    atexit.register(imports.notes.print)
    folder = os.path.dirname(os.path.abspath(script))
    module = types.ModuleType("__main__")
    vars(module).update(__file__=script, __builtins__=imports.builtins())
    sys.modules["__main__"] = module
    sys.argv[:] = argv
    sys.path[0] = folder
    sys.meta_path.insert(sys.meta_path.index(PathFinder), ScriptFinder(folder, imports))
    exec(code, vars(module))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
