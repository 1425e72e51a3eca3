"""The thread pools of BLAS are found while other threads import: neither waits for the other for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import scipy.linalg  # noqa: F401 - brings a BLAS, and NumPy another one
from threadpoolctl import threadpool_info

from ganspace_tf.machine.pools import Pools

PATIENCE = 60  # seconds for what takes one
# One thread looks for pools, the other one loads extension modules from ever new files, which the dynamic
# linker has to open each time. With a callback out of the linker they stop within the first hundred.
BOTH_AT_ONCE = """
import importlib.machinery, importlib.util, pathlib, shutil, sys, threading, time, _json
import numpy, scipy.linalg
from ganspace_tf.machine.pools import Pools
stop, looks = threading.Event(), []
def look():
    while not stop.is_set():
        looks.append(len(Pools().info()))
sys.setswitchinterval(1e-5)
thread = threading.Thread(target=look, daemon=True)
thread.start()
for number in range(200):
    path = pathlib.Path(sys.argv[1]) / "copy{}.so".format(number)
    shutil.copy(_json.__file__, str(path))
    loader = importlib.machinery.ExtensionFileLoader("_json", str(path))
    importlib.util.module_from_spec(importlib.util.spec_from_file_location("_json", str(path), loader=loader))
    time.sleep(0.001)
stop.set()
thread.join()
assert min(looks) > 0, looks
"""


def test_pools_are_those_of_threadpoolctl() -> None:
    def known(pools: list) -> list:
        return sorted((pool["filepath"], pool["internal_api"], pool["num_threads"]) for pool in pools)

    assert known(Pools().info()) == known(threadpool_info()) != []


def test_looking_for_them_while_another_thread_imports_ends(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", BOTH_AT_ONCE, str(tmp_path)], check=True, timeout=PATIENCE)
