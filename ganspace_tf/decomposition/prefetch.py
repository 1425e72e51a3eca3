"""Work ahead on another thread, so that drawing, mapping and summing overlap where there is a second core."""

from __future__ import annotations

import queue
import threading
from typing import Any, Generator, Iterator, TypeVar

T = TypeVar("T")
_END = object()


def prefetch(items: Iterator[T], ahead: int = 1) -> Generator[T, None, None]:
    """The same items in the same order; up to `ahead` + 1 of them are made before they are asked for.

    NumPy's and TensorFlow's long operations give up the interpreter lock, so this needs no second process.
    An exception of the iterator is raised here. Closing this generator stops the thread and waits for it.
    """
    ready: queue.Queue = queue.Queue(maxsize=ahead)
    stop = threading.Event()

    def put(entry: Any) -> None:
        while not stop.is_set():
            try:
                ready.put(entry, timeout=0.1)
                return
            except queue.Full:
                continue

    def work() -> None:
        try:
            for item in items:
                put((item, None))
                if stop.is_set():
                    break
            put((_END, None))
        except BaseException as error:  # handed to the thread that asked for items
            put((_END, error))
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    thread = threading.Thread(target=work, name="ganspace-prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stop.set()
        thread.join()
