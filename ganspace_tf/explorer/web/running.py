"""uvicorn as it is used here: our socket, our signals, and its complaints in one line each."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import Any, Callable, Iterable, Iterator

import uvicorn

from ganspace_tf.explorer.web.app import make_app
from ganspace_tf.explorer.web.guard import Guard
from ganspace_tf.explorer.web.protocol import LONGEST_UP

# What a stranger's broken request makes these two say is nobody's fault here.
SILENT = ("websockets", "uvicorn.access")
HEARD = ("uvicorn", "asyncio", "ganspace_tf")


class Server(uvicorn.Server):
    """uvicorn's server without its handlers of signals, which older and newer ones put in at these places."""

    def install_signal_handlers(self) -> None:
        """Nothing."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing."""
        yield


def make_server(
    hub: Any, host_names: Iterable[str], base_path: str, say: Callable[[str], None]
) -> uvicorn.Server:
    """A server for a hub, guarded. say: given what goes wrong, a line each."""
    _one_line_each(say)
    guarded: Any = Guard(make_app(hub), host_names, base_path, say)
    return Server(
        uvicorn.Config(
            guarded,
            loop="asyncio",
            http="h11",
            ws="auto",  # websockets, by its newer interface where uvicorn knows that
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # who asks does not matter, so nobody's word on it is taken
            ws_max_size=LONGEST_UP + 1024,
            h11_max_incomplete_event_size=2 * LONGEST_UP,  # a message by GET is a third longer
            ws_ping_interval=20.0,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
        )
    )


class _Line(logging.Handler):
    """Records as one line, without a traceback."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        text = record.getMessage().splitlines()[0]
        if "timeout graceful shutdown" not in text:
            self._say(text if error is None else "unexpected {}: {}".format(type(error).__name__, error))


def _one_line_each(say: Callable[[str], None]) -> None:
    if os.environ.get("GANSPACE_DEBUG"):
        return
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    for name in HEARD:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [_Line(say)], False
        logger.setLevel(logging.ERROR)
