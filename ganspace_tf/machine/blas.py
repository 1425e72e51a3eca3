"""The kernel that OpenBLAS runs in this process: which, whether it is a fallback, its price, the advice.

OpenBLAS looks the processor up in a list when it is loaded. One that is newer than the list gets the kernel
of some ancestor, which may use a quarter of its registers. NumPy and SciPy bring a copy each.
"""

from __future__ import annotations

import importlib
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ganspace_tf.machine.pools import Pools

VARIABLE = "OPENBLAS_CORETYPE"
SSE, AVX, AVX2 = range(3)
# OpenBLAS's x86-64 kernels that use less than AVX2. A name that is not here is not called a fallback.
LEVELS = dict(
    dict.fromkeys(("Athlon", "Opteron", "Opteron_SSE3", "Barcelona", "Bobcat", "Atom", "Nano"), SSE),
    **dict.fromkeys(("Katmai", "Coppermine", "Northwood", "Prescott", "Banias", "Core2"), SSE),
    **dict.fromkeys(("Penryn", "Dunnington", "Nehalem"), SSE),
    **dict.fromkeys(("Sandybridge", "Bulldozer", "Piledriver", "Steamroller", "Excavator"), AVX),
)
# What may be tried, and the instructions each takes; of equals the first is advised.
KERNELS: Tuple[Tuple[str, FrozenSet[str]], ...] = (
    ("Haswell", frozenset({"avx2", "fma"})),
    ("Zen", frozenset({"avx2", "fma"})),
    ("SkylakeX", frozenset({"avx2", "fma", "avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"})),
    ("Sandybridge", frozenset({"avx"})),
)
EQUAL = 0.9  # a share of the best speed: what is as fast, give or take the noise of a measurement

Speeds = Dict[str, Dict[str, Any]]  # by library: "kernel", and GFLOP/s for "float32" and "float64"


class Library(NamedTuple):
    """One BLAS in this process."""

    owner: str  # "NumPy", "SciPy", or the name of the file
    name: str  # "OpenBLAS", "mkl", …
    version: str
    kernel: str  # "" where the library does not say


class Report(NamedTuple):
    """What `examine` found."""

    libraries: Tuple[Library, ...]
    fallbacks: Tuple[str, ...]  # owners of the libraries that run less than the processor can
    speeds: Tuple[Tuple[Optional[str], Speeds], ...]  # value of the variable, None: unset → what it gave
    advice: str  # one line for a shell, "" where there is none


def libraries(info: Optional[Iterable[Mapping[str, Any]]] = None) -> List[Library]:
    """Every BLAS of this process, NumPy's first. info: as threadpoolctl gives it."""
    if info is None:
        for module in ("numpy", "scipy.linalg"):  # what is not loaded yet is not listed
            importlib.import_module(module)
        info = Pools().info()
    found = [
        Library(
            _owner(str(entry.get("filepath", ""))),
            {"openblas": "OpenBLAS"}.get(entry["internal_api"], str(entry["internal_api"])),
            str(entry.get("version") or ""),
            str(entry.get("architecture") or ""),
        )
        for entry in info
        if entry.get("user_api") == "blas"
    ]
    return sorted(found)


def _owner(path: str) -> str:
    parts = [part.lower() for part in path.replace("\\", "/").split("/")]
    for owner in ("NumPy", "SciPy"):
        if any(part == owner.lower() or part.startswith(owner.lower() + ".") for part in parts):
            return owner
    return parts[-1]


def left_out(kernel: str, flags: FrozenSet[str]) -> str:
    """What a kernel leaves out though the processor has it: "AVX2", "AVX", or "" where it is no fallback."""
    most = AVX2 if {"avx2", "fma"} <= flags else AVX if "avx" in flags else SSE
    return ("SSE", "AVX", "AVX2")[most] if LEVELS.get(kernel, AVX2) < most else ""


def worth_trying(flags: FrozenSet[str]) -> List[str]:
    """Kernels of the table whose instructions the processor has (any other would end the process), but for
    those that would be a fallback themselves.
    """
    return [name for name, needed in KERNELS if needed <= flags and not left_out(name, flags)]


def examine(
    found: Iterable[Library],
    flags: FrozenSet[str],
    setting: Optional[str],
    measure: Callable[[Optional[str]], Optional[Speeds]],
) -> Report:
    """Judges the libraries of a process; only where one has fallen back is anything measured.

    flags: instructions of the processor; setting: value of OPENBLAS_CORETYPE, None if it is not set;
    measure(value): the speeds of a process with another value, None if it did not run.
    """
    there = tuple(found)
    slow = tuple(library.owner for library in there if left_out(library.kernel, flags))
    if not slow:
        return Report(there, (), (), "")
    values: List[Optional[str]] = [setting]  # the first is how things are now
    values += ([] if setting is None else [None]) + [name for name in worth_trying(flags) if name != setting]
    measured = ((value, measure(value)) for value in values)
    ran = tuple((value, speeds) for value, speeds in measured if speeds is not None)
    return Report(there, slow, ran, _advice(slow, flags, setting, ran))


def _advice(
    slow: Tuple[str, ...],
    flags: FrozenSet[str],
    setting: Optional[str],
    ran: Tuple[Tuple[Optional[str], Speeds], ...],
) -> str:
    """The line that gives every library a kernel that is no fallback; of equally fast ones the first."""

    def speed(found: Speeds) -> float:
        return sum(found[owner]["float32"] + found[owner]["float64"] for owner in slow if owner in found)

    now = max((speed(speeds) for value, speeds in ran if value == setting), default=0.0)
    better = [
        (value, speed(speeds))
        for value, speeds in ran
        if speed(speeds) > now and not any(left_out(each["kernel"], flags) for each in speeds.values())
    ]
    best = max((number for _, number in better), default=0.0)
    for value, number in better:
        if number >= EQUAL * best:
            return "unset {}".format(VARIABLE) if value is None else "export {}={}".format(VARIABLE, value)
    return ""
