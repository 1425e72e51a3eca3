"""Check this installation: Python, packages, GPU, the kernels of its linear algebra, cache, films.

Where OpenBLAS takes the processor for an older one and leaves half of its speed unused, the kernels it could
run are timed against each other, and the last line says what to set.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
from typing import Any, Dict, NamedTuple

from ganspace_tf.cli import arguments, terminal, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.machine.processor import cores

FILMS, BLAS = "films (.mp4)", "linear algebra"
OPTIONAL = (FILMS, BLAS)  # slower or less without, but it works
PACKAGES = (
    ("numpy", "numpy"),
    ("scipy", "scipy"),
    ("scikit-learn", "sklearn"),
    ("pillow", "PIL"),
    ("tqdm", "tqdm"),
    ("tensorflow", "tensorflow"),
)


class Finding(NamedTuple):
    """One thing that was checked. more: facts for JSON."""

    what: str
    ok: bool
    found: str
    more: Dict[str, Any] = {}


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace doctor` understands."""
    arguments.add_json(parser)


def run(args: Any) -> int:
    """Check, print, and exit with 1 if something that is needed is missing."""
    start_tensorflow()
    findings = (
        [_python()]
        + [_package(*row) for row in PACKAGES]
        + [_devices(), _blas(), _typeface(), _cache(), _films()]
    )
    if args.json:
        facts = {one.what: dict(one.more, ok=one.ok, found=one.found) for one in findings}
        work.tell(facts, True)
    else:
        rows = []
        for finding in findings:
            first, *others = finding.found.split("\n")
            rows.append("{:14} {:3} {}".format(finding.what, "ok" if finding.ok else "NO", first))
            rows += [" " * len("{:14} {:3} ".format("", "")) + line for line in others]
        terminal.out(rows)
    return 0 if all(finding.ok or finding.what in OPTIONAL for finding in findings) else 1


def _python() -> Finding:
    text = "{} on {} ({})".format(platform.python_version(), platform.system(), sys.executable)
    return Finding("python", sys.version_info >= (3, 7), text)


def _package(name: str, module: str) -> Finding:
    try:
        return Finding(name, True, importlib.import_module(module).__version__)
    except Exception as error:  # a broken package may raise anything; that is what is to be reported
        return Finding(name, False, "{}: {}".format(type(error).__name__, error))


def _devices() -> Finding:
    try:
        device_lib = importlib.import_module("tensorflow.python.client.device_lib")
        gpus = [
            device.physical_device_desc
            for device in device_lib.list_local_devices()
            if device.device_type == "GPU"
        ]
    except Exception as error:
        return Finding("devices", False, "{}: {}".format(type(error).__name__, error))
    return Finding("devices", True, "{}, {} CPU cores".format(", ".join(gpus) or "no GPU", cores()))


def _blas() -> Finding:
    """The kernel in one line; three where it is a fallback: that, what it costs, and what mends it."""
    from ganspace_tf.machine import blas, processor, products

    try:
        found = blas.libraries()
    except Exception as error:  # as for a package, whose own line says more
        return Finding(BLAS, False, "{}: {}".format(type(error).__name__, error))
    flags, setting = processor.instructions(), os.environ.get(blas.VARIABLE)
    report = blas.examine(found, flags, setting, products.speeds_under)
    named = []
    for owner, name, version, kernel in report.libraries:
        lost = blas.left_out(kernel, flags)
        text = "kernel {} ({}'s {} {})".format(kernel or "unknown", owner, name, version)
        named.append(text + (", a fallback without this processor's " + lost if lost else ""))
    line = "; ".join(named) or "no library that threadpoolctl knows"
    if not report.fallbacks:
        return Finding(BLAS, True, line)
    owner, costs = report.fallbacks[0], []
    for value, speeds in (row for row in report.speeds if owner in row[1]):
        name = "now" if value == setting else "unset" if value is None else value
        costs.append("{} {float32:.0f} / {float64:.0f}".format(name, **speeds[owner]))
    text = "GFLOP/s of float32 / float64 products, {}, one core: {}".format(owner, ", ".join(costs))
    advice = report.advice or "no other kernel of this library is faster here"
    measured = [{"setting": value, "libraries": speeds} for value, speeds in report.speeds]
    more = {"fallbacks": list(report.fallbacks), "speeds": measured, "advice": report.advice}
    return Finding(BLAS, False, "\n".join([line, text, advice]), more)


def _typeface() -> Finding:
    from ganspace_tf.render.text import text_width

    try:
        return Finding("labels", text_width("v0", 13) > 0, "typeface found")
    except (OSError, ImportError) as error:
        return Finding("labels", False, str(error))


def _cache() -> Finding:
    from ganspace_tf.cache import cache_folder, why_not_kept

    folder, trouble = cache_folder(), why_not_kept()
    try:
        sizes = [item.stat().st_size for item in folder.rglob("*") if item.is_file()]
    except OSError:  # there is none, or one that this user cannot look into; files may go meanwhile
        sizes = []
    text = "{} ({} files, {:.1f} MB)".format(folder, len(sizes), sum(sizes) / 1e6)
    return Finding("cache", trouble is None, text if trouble is None else "{}: {}".format(text, trouble))


def _films() -> Finding:
    from ganspace_tf.errors import FileError
    from ganspace_tf.render.video import ffmpeg_program

    try:
        return Finding(FILMS, True, ffmpeg_program())
    except FileError as error:
        return Finding(FILMS, False, str(error))
