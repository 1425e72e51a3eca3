"""The thread pools of BLAS in this process, found without a deadlock, and products on one core.

threadpoolctl 3.1, the last for Python 3.7, asks the dynamic linker for the libraries of the process, through
a callback into Python. The linker's lock is held meanwhile, and the callback waits for the interpreter's. A
thread that imports an extension module holds the latter and waits for the former. Neither goes on, nor does
any other thread of the process. Linux writes the same list into a file, which newer versions read.
"""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack, contextmanager
from typing import Any, Iterator

from threadpoolctl import ThreadpoolController

MAPS = "/proc/self/maps"  # address, rights, offset, device, inode, path


def mapped() -> Iterator[str]:
    """Paths of the libraries of this process, each once."""
    seen = set()
    with open(MAPS, encoding="utf-8", errors="surrogateescape") as stream:
        for line in stream:
            path = line.rstrip("\n").split(None, 5)[5:]
            if path and path[0].startswith("/") and path[0] not in seen:
                seen.add(path[0])
                yield path[0]


class Pools(ThreadpoolController):
    """`info()` and `limit(limits=1, user_api="blas")`, as threadpoolctl has them."""

    def _find_libraries_with_dl_iterate_phdr(self) -> Any:
        # where this is called, newer versions have no better
        if not os.path.exists(MAPS):
            return super()._find_libraries_with_dl_iterate_phdr()
        for path in mapped():
            self._make_controller_from_path(path)


class _Limit:
    """One thread for BLAS, from the first one who enters until the last one leaves: the pools belong to the
    process, and threads that enter and leave in turn would each put back what the other one found.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._limit = threading.Lock(), 0, ExitStack()

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            if not self._inside:
                self._limit.enter_context(Pools().limit(limits=1, user_api="blas"))
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self._limit.close()


# Products on one core: the network uses the others, and bits do not depend on the number of cores. A context
# manager; any number of threads may be in it.
one_blas_thread = _Limit().held
