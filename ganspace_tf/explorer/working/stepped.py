"""Long work in short steps: a function in a thread of its own that runs only while it is its turn.

    work = Stepped(lambda pause: film(progress=pause))
    for told in work: …            # the work runs from one `pause` to the next
    work.value                     # what the function returned

What a function is called with, `pause(told)`, waits until the work is asked to go on.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, Iterator, Optional


class Stopped(BaseException):
    """Raised inside work that is wanted no more; no `except Exception` of the work holds it up."""


class Stepped:
    """A function in steps. Exceptions of the function are raised by `next`; `stop` ends it, wherever it is.

    value: what it returned, once it is exhausted.
    """

    def __init__(self, work: Callable[[Callable[[Any], None]], Any]) -> None:
        self.value: Any = None
        self._work = work
        self._go, self._paused = threading.Semaphore(0), threading.Semaphore(0)
        self._told: Any = None
        self._error: Optional[BaseException] = None
        self._over = self._stopping = False
        self._thread: Optional[threading.Thread] = None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._over:
            raise StopIteration
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="explorer-job", daemon=True)
            self._thread.start()
        else:
            self._go.release()
        self._paused.acquire()
        if not self._over:
            return self._told
        self._thread.join()
        if self._error is not None:
            raise self._error
        raise StopIteration

    def stop(self) -> None:
        """End it: the function meets `Stopped` at its next pause. Returns when its thread has ended."""
        if self._thread is None or self._over:
            self._over = True
            return
        self._stopping = True
        self._go.release()
        self._thread.join()

    def _run(self) -> None:
        try:
            self.value = self._work(self._pause)
        except Stopped:
            pass
        except BaseException as error:
            self._error = error
        self._over = True
        self._paused.release()

    def _pause(self, told: Any = None) -> None:
        self._told = told
        self._paused.release()
        self._go.acquire()
        if self._stopping:
            raise Stopped
