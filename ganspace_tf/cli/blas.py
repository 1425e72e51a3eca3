"""Which kernel the process's BLAS runs, whether the processor has a better one, and what that costs.

OpenBLAS chooses its kernel by the processor's model; an old release takes a new processor for an ancient one
and runs kernels without AVX. OPENBLAS_CORETYPE names another kernel, and is read when the library is loaded:
hence a process for each kernel that is tried.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from typing import Any, Callable, Dict, FrozenSet, List, NamedTuple, Optional

VARIABLE = "OPENBLAS_CORETYPE"
# Kernel → flags of /proc/cpuinfo that its instructions need. Asking for one the processor lacks would end the
# process. Cooperlake and newer ones are left out: old releases do not have them.
KERNELS = {
    "SkylakeX": frozenset(["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd", "fma", "avx2"]),
    "Haswell": frozenset(["avx2", "fma"]),
    "Zen": frozenset(["avx2", "fma"]),
    "Sandybridge": frozenset(["avx"]),
    "Nehalem": frozenset(["sse4_1", "sse4_2"]),
}
# Kernels for processors without AVX2, as OpenBLAS names them.
OLD = (
    *("katmai", "coppermine", "northwood", "prescott", "banias", "core2", "penryn", "dunnington", "nano"),
    *("athlon", "opteron", "opteron_sse3", "barcelona", "bobcat", "bulldozer", "piledriver", "steamroller"),
    *("atom", "generic"),
)
WORTH = 1.3  # times as fast; less is no reason to set anything
SIZE = 1200  # rows and columns of the products that are timed
SECONDS = 60.0  # for one kernel

_PROBE = """
import json, sys, time
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits
threadpool_limits(1)
found = {"architecture": [row.get("architecture") for row in threadpool_info() if row["user_api"] == "blas"]}
size = int(sys.argv[1])
for name in ("float32", "float64"):
    matrix = np.random.RandomState(0).standard_normal((size, size)).astype(name)
    least = float("inf")
    for _ in range(4):
        began = time.process_time()
        matrix @ matrix
        least = min(least, time.process_time() - began)
    found[name] = 2e-9 * size**3 / max(least, 1e-9)
print(json.dumps(found))
"""


class Speed(NamedTuple):
    """A kernel as it was measured. kernel: what was asked for, "" for the default; architecture: what ran;
    float32, float64: GFLOP/s of a matrix product on one thread.
    """

    kernel: str
    architecture: str
    float32: float
    float64: float


Probe = Callable[[str], Optional[Speed]]


def processor_flags(path: str = "/proc/cpuinfo") -> FrozenSet[str]:
    """What the processor can do, as Linux says it; empty where it is not known."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("flags"):
                    return frozenset(line.partition(":")[2].split())
    except OSError:
        pass
    return frozenset()


def kernels_for(flags: FrozenSet[str]) -> List[str]:
    """The kernels of KERNELS that a processor with these flags can run."""
    return [name for name, needed in KERNELS.items() if needed <= flags]


def measure(kernel: str = "") -> Optional[Speed]:
    """The speed of NumPy's BLAS with a kernel, in a process of its own; None where that process fails."""
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    environment.pop(VARIABLE, None)
    if kernel or os.environ.get(VARIABLE):
        environment[VARIABLE] = kernel or os.environ[VARIABLE]
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE, str(SIZE)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
        )
        found = json.loads(done.stdout.decode("utf-8"))
        names = [name for name in found["architecture"] if name]
        return Speed(kernel, names[0] if names else "", found["float32"], found["float64"])
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired):
        return None


def own_kernel() -> str:
    """What NumPy's OpenBLAS in this process says it runs; "" for another BLAS or an unknown kernel."""
    import numpy  # noqa: F401 - brings its BLAS
    from threadpoolctl import threadpool_info

    for row in threadpool_info():
        if row["user_api"] == "blas" and "numpy" in row["filepath"]:
            return str(row.get("architecture") or "")
    return ""


class Verdict(NamedTuple):
    """What `ganspace doctor` says of the BLAS. speeds: as measured, the default first; empty where nothing
    had to be measured. advice: a line for the shell, "" where there is none.
    """

    words: str
    advice: str
    speeds: List[Speed]

    def facts(self) -> Dict[str, Any]:
        """For JSON."""
        return {"advice": self.advice, "speeds": [dict(speed._asdict()) for speed in self.speeds]}


def examine(own: str, flags: FrozenSet[str], probe: Probe = measure) -> Verdict:
    """Whether the kernel `own` is a fallback on a processor with these flags, and what the others reach.

    Only where it is not one of the kernels made for the processor's widest instructions is anything timed.
    """
    if not own:
        return Verdict("BLAS: not an OpenBLAS that names its kernel", "", [])
    able = kernels_for(flags)
    if platform.machine() not in ("x86_64", "AMD64") or not able or not is_fallback(own, flags):
        return Verdict("OpenBLAS, kernel {}".format(own), "", [])
    default = probe("")
    if default is None:
        return Verdict("OpenBLAS, kernel {} (its speed could not be measured)".format(own), "", [])
    others = [speed for speed in map(probe, able) if speed is not None]
    speeds = [default] + others
    best = max(others, key=lambda speed: speed.float32, default=default)
    told = "OpenBLAS, kernel {}: {:.0f} GFLOP/s in float32, {:.0f} in float64".format(
        own, default.float32, default.float64
    )
    if best.float32 < WORTH * default.float32:
        return Verdict(told + "; no other kernel is faster", "", speeds)
    told += "; {} reaches {:.0f} and {:.0f} here".format(best.kernel, best.float32, best.float64)
    return Verdict(told, "export {}={}".format(VARIABLE, best.kernel), speeds)


def is_fallback(own: str, flags: FrozenSet[str]) -> bool:
    """Whether a kernel leaves out instructions that the processor has: AVX2, which doubles float products."""
    wide = frozenset(["avx2", "fma"])
    needed = {name.lower(): flags_ for name, flags_ in KERNELS.items()}.get(own.lower())
    if needed is not None:
        return wide <= flags and not wide <= needed
    return wide <= flags and own.lower() in OLD
