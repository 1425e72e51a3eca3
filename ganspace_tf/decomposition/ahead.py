"""Work ahead on other threads, so that drawing, mapping and summing overlap where there is a second core."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Deque, Generator, Iterable, TypeVar

S = TypeVar("S")
T = TypeVar("T")


def in_order(function: Callable[[S], T], items: Iterable[S], at_once: int = 1) -> Generator[T, None, None]:
    """function(item) of every item, in their order, made on `at_once` threads, which go on with so many more
    while one is looked at.

    NumPy's and TensorFlow's long operations give up the interpreter lock, so this needs no second process.
    An exception of the function or of the items is raised here. Closing this generator waits for what runs.
    """
    waiting: Deque[Future] = deque()
    with ThreadPoolExecutor(at_once, "ganspace-ahead") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
