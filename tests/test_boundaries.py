"""The house rules: who may import whom, how large a room may be, what a file may never do.

Everything is read from the source with `ast`; only the last test starts an interpreter.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Dict, Iterator, List, Set, Tuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("nvlabs", "ganspace_tf", "experiments")
FOLDERS = (*PACKAGES, "benchmarks", "training", "tests")
LONGEST_FILE, LONGEST_FUNCTION = 400, 60

# The one-way street inside ganspace_tf: a part imports from its own place or from those before it.
STREET = (
    ("errors",),
    (
        *("cache", "cache_entries", "fields", "json_files", "machine", "sampling", "orthogonal", "streams"),
        *("ports", "foreign"),
    ),
    ("biggan", "demo", "picture_files"),
    ("generators",),
    ("cluster",),
    ("decomposition",),
    ("notation", "edits", "styles"),
    ("directions",),
    ("photos",),
    ("recipe", "render"),
    ("compare", "measure"),
    ("explorer",),
    ("cli",),
    ("__main__",),
)
# The rooms of nvlabs, from the ground up: a room imports from itself and from what lies below it.
# fmt: off
ROOMS = (
    "plain_text", "errors", "reading", "describing", "writing", "downloading", "networks", "running",
    "dnnlib_compat", "scripts", "__main__",
)
# fmt: on
# Where graphs are built or run. Everything else is arrays in, arrays out.
KNOW_TENSORFLOW = (
    "nvlabs.networks",
    *("nvlabs.running.graph", "nvlabs.running.loss_graph", "nvlabs.running.mapping_graph"),
    *("nvlabs.running.images", "nvlabs.running.session"),
    "nvlabs.dnnlib_compat",
    "nvlabs.scripts.tensorflow_names",
    *("ganspace_tf.biggan.graph", "ganspace_tf.photos.faces.graph", "ganspace_tf.photos.features.graph"),
)
# These start at once, since `ganspace --help` waits for them. They come first: what follows brings more.
LIGHT = ("nvlabs", "ganspace_tf", "ganspace_tf.errors", "ganspace_tf.cli")
FREE_OF_TENSORFLOW = (
    *LIGHT,
    "nvlabs.reading.unpickle",
    "nvlabs.reading.torch_files",
    "nvlabs.describing.from_record",
    "nvlabs.describing.inspection",
    "nvlabs.downloading",
    "nvlabs.writing.container",
    "ganspace_tf.cache",
    "ganspace_tf.decomposition",
    "ganspace_tf.edits",
    "ganspace_tf.explorer.state",
    "ganspace_tf.explorer.events",
    "ganspace_tf.explorer.working.turns",
    "ganspace_tf.explorer.worker",
    "ganspace_tf.generators",
    "ganspace_tf.recipe",
    "ganspace_tf.render",
    "ganspace_tf.sampling",
    "ganspace_tf.streams",
)
_ADDING, _TAKING = {"append", "extend", "insert", "add", "update", "setdefault"}, {"pop", "popitem"}
MUTATORS = {*_ADDING, *_TAKING, "clear", "remove", "discard"}


def files(folders: Tuple[str, ...]) -> List[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@lru_cache(maxsize=None)
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(tree: ast.AST) -> Iterator[Tuple[int, str]]:
    """(line, dotted name) of everything imported anywhere in a file, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            # experiments alone have relative imports: in a wheel they are ganspace_tf.experiments
            module = node.module if node.level == 0 else ".".join(filter(None, ["experiments", node.module]))
            for alias in node.names:
                yield node.lineno, "{}.{}".format(module, alias.name)


def within(name: str, packages: Tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def level(name: str) -> int:
    """The place of ganspace_tf.<part>... on the street; the package itself comes first."""
    part = name.split(".")[1] if "." in name else ""
    if not part or not (
        (ROOT / "ganspace_tf" / part).is_dir() or (ROOT / "ganspace_tf" / (part + ".py")).is_file()
    ):
        return 0
    for place, parts in enumerate(STREET):
        if part in parts:
            return place
    raise AssertionError("ganspace_tf.{} has no place in STREET yet: say what it may import".format(part))


def test_experiments_import_each_other_relatively_and_nobody_else_does() -> None:
    """An installed wheel has them under another name: ganspace_tf.experiments."""
    wrong = []
    for path in files(FOLDERS):
        own = path.parent.name == "experiments"
        for node in (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom)):
            absolute = node.level == 0 and within(node.module or "", ("experiments",))
            if (absolute and own) or (node.level and not own):
                wrong.append("{}:{}".format(path.relative_to(ROOT), node.lineno))
    assert wrong == []


def test_nvlabs_knows_nothing_of_the_method() -> None:
    others = ("ganspace_tf", "experiments", "benchmarks", "training", "tests")
    wrong = [
        "{}:{} imports {}".format(path.relative_to(ROOT), line, name)
        for path in files(("nvlabs",))
        for line, name in imported(tree_of(path))
        if within(name, others)
    ]
    assert wrong == []


def test_nvlabs_is_a_stack_of_rooms() -> None:
    """Reading, describing, writing, networks, running: each uses what is below it, and nothing above."""
    wrong = []
    for path in files(("nvlabs",)):
        own = name_of(path)
        if own == "nvlabs":
            continue
        for line, name in imported(tree_of(path)):
            if within(name, ("nvlabs",)) and room(name) > room(own):
                wrong.append("{}:{} imports {}".format(path.relative_to(ROOT), line, name))
    assert wrong == []


def room(name: str) -> int:
    """The floor of nvlabs.<room>...; raises for a room that has no floor yet."""
    return ROOMS.index(name.split(".")[1])


def test_no_imports_go_in_a_circle() -> None:
    """Not even through imports inside functions: a circle is two files that are one."""
    modules = {name_of(path): path for path in files(PACKAGES)}
    below: Dict[str, Set[str]] = {}
    for name, path in modules.items():
        targets = {owner(target, modules) for _, target in imported(tree_of(path))}
        below[name] = targets - {name, ""}
    while True:  # what imports nothing that is left can be in no circle
        free = {name for name, targets in below.items() if not targets & set(below)}
        if not free:
            break
        below = {name: targets for name, targets in below.items() if name not in free}
    assert sorted(below) == []


def owner(target: str, modules: Dict[str, Path]) -> str:
    """The module that an imported dotted name is or belongs to; "" for others' modules."""
    while target and target not in modules:
        target = target.rpartition(".")[0]
    return target


def test_ganspace_tf_is_a_one_way_street() -> None:
    wrong = []
    for path in files(("ganspace_tf",)):
        own = name_of(path)
        if own == "ganspace_tf":
            continue
        for line, name in imported(tree_of(path)):
            outside = within(name, ("experiments", "benchmarks", "training", "tests", "notebooks"))
            if outside or (within(name, ("ganspace_tf",)) and level(name) > level(own)):
                wrong.append("{}:{} imports {}".format(path.relative_to(ROOT), line, name))
    assert wrong == []


def test_only_graph_builders_import_tensorflow_and_only_its_version_1_face() -> None:
    wrong = []
    for path in files(PACKAGES):
        for node in ast.walk(tree_of(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in (name for name in names if within(name, ("tensorflow", "tensorflow_hub", "keras"))):
                allowed = isinstance(node, ast.Import) and name == "tensorflow.compat.v1"
                if not allowed or not within(name_of(path), KNOW_TENSORFLOW):
                    wrong.append("{}:{} imports {}".format(path.relative_to(ROOT), node.lineno, name))
    assert wrong == []


def test_one_room_asks_other_machines_for_something() -> None:
    asking = ("urllib.request", "http.client", "socket", "ftplib", "requests", "urllib3")
    allowed = ("nvlabs.downloading", "ganspace_tf.explorer.web.serve")  # the server listens alone
    wrong = [
        "{}:{} imports {}".format(path.relative_to(ROOT), line, name)
        for path in files(PACKAGES)
        for line, name in imported(tree_of(path))
        if within(name, asking) and not within(name_of(path), allowed)
    ]
    assert wrong == []


def test_torch_is_imported_by_training_alone() -> None:
    wrong = [
        "{}:{}".format(path.relative_to(ROOT), line)
        for path in files(tuple(folder for folder in FOLDERS if folder != "training"))
        for line, name in imported(tree_of(path))
        if within(name, ("torch", "torchvision"))
    ]
    assert wrong == []


def test_sessions_are_made_in_one_file_and_no_process_wide_switch_is_thrown() -> None:
    wrong = []
    for path in files(PACKAGES):
        for node in (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)):
            session = (
                node.attr in ("Session", "InteractiveSession") and name_of(path) != "nvlabs.running.session"
            )
            if session or node.attr.startswith("disable_v2_") or node.attr == "disable_eager_execution":
                wrong.append("{}:{} {}".format(path.relative_to(ROOT), node.lineno, node.attr))
    assert wrong == []


def test_files_are_data() -> None:
    """Nothing evaluates text or unpickles with Python's own unpickler, whatever a file holds."""
    wrong = []
    for path in files(PACKAGES):
        tree = tree_of(path)
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            pickles = any(
                keyword.arg == "allow_pickle" and getattr(keyword.value, "value", None) is not False
                for keyword in node.keywords
            )
            # `python -m nvlabs script.py` runs the user's own script: that is its job.
            if (called in ("eval", "exec") or pickles) and not within(name_of(path), ("nvlabs.__main__",)):
                wrong.append("{}:{}".format(path.relative_to(ROOT), node.lineno))
        wrong += [
            "{}:{} {}".format(path.relative_to(ROOT), line, name)
            for line, name in imported(tree)
            if name in ("pickle.load", "pickle.loads", "pickle.Unpickler")
            or within(name, ("dill", "cloudpickle", "marshal"))
        ]
    assert wrong == []


def test_what_is_printed_goes_through_one_place() -> None:
    """In `ganspace_tf` nothing but cli/terminal.py prints: it lets no code of a file reach a terminal."""
    wrong = [
        "{}:{}".format(path.relative_to(ROOT), node.lineno)
        for path in files(("ganspace_tf",))
        if name_of(path) != "ganspace_tf.cli.terminal"
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print")
        or (isinstance(node, ast.Attribute) and node.attr == "write" and "std" in ast.dump(node.value))
    ]
    assert wrong == []


def test_rooms_stay_small() -> None:
    too_long = []
    for path in files(FOLDERS):
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > LONGEST_FILE:
            too_long.append("{}: {} lines".format(path.relative_to(ROOT), len(text.splitlines())))
        for node in ast.walk(tree_of(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                last = max(getattr(inner, "lineno", 0) for inner in ast.walk(node))
                if last - node.lineno + 1 > LONGEST_FUNCTION:
                    too_long.append(
                        "{}:{} {}: {} lines".format(
                            path.relative_to(ROOT), node.lineno, node.name, last - node.lineno + 1
                        )
                    )
    assert too_long == []


def test_every_module_reads_its_annotations_lazily() -> None:
    """What makes newer annotations harmless on Python 3.7."""
    missing = [
        str(path.relative_to(ROOT))
        for path in files(PACKAGES)
        if any(not isinstance(node, ast.Expr) for node in tree_of(path).body)
        and "__future__.annotations" not in [name for _, name in imported(tree_of(path))]
    ]
    assert missing == []


def test_no_function_changes_what_its_module_holds() -> None:
    """No `global`, and no list, dict or set of a module that a function changes: objects own the state."""
    wrong = []
    for path in files(FOLDERS):
        tree = tree_of(path)
        held = module_containers(tree)
        for function in (
            node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        ):
            local = {argument.arg for argument in function.args.args + function.args.kwonlyargs}
            local |= {
                node.id
                for node in ast.walk(function)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            for line, name in changed(function):
                if name not in local and (name in held or name == "global"):
                    wrong.append("{}:{} changes {}".format(path.relative_to(ROOT), line, name))
    assert wrong == []


def module_containers(tree: ast.Module) -> Set[str]:
    """Names that a module binds to something that can be changed in place."""
    names: Dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names.update({target.id: node.value for target in node.targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            names[node.target.id] = node.value
    kinds = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.Call)
    return {name for name, value in names.items() if isinstance(value, kinds)}


def changed(function: ast.AST) -> Iterator[Tuple[int, str]]:
    """(line, name) of every object that a function changes in place; the name is "global" for a statement."""
    for node in ast.walk(function):
        owner = None
        if isinstance(node, ast.Global):
            yield node.lineno, "global"
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS
        ):
            owner = node.func.value
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
            owner = node.value
        if isinstance(owner, ast.Name):
            yield node.lineno, owner.id


@pytest.mark.parametrize("package", ["nvlabs", "ganspace_tf"])
def test_every_public_name_is_there(package: str) -> None:
    module = __import__(package)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert list(module.__all__) == sorted(module.__all__)


def test_importing_what_needs_no_graph_starts_no_tensorflow() -> None:
    code = """
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
    late = ("tensorflow", "torch") + (("sklearn", "scipy", "PIL") if module in {!r} else ())
    brought = [name for name in late if name in sys.modules]
    if brought:
        sys.exit(module + " imports " + ", ".join(brought))
"""
    done = subprocess.run(
        [sys.executable, "-c", code.format(LIGHT), *FREE_OF_TENSORFLOW],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    assert (done.returncode, done.stdout) == (0, "")
