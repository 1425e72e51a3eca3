"""From a session (or a way to open one) to a server on this machine, and to its end.

The page is there at once; TensorFlow, which takes seconds, is started behind it.
"""

from __future__ import annotations

import asyncio
import errno
import importlib.util
import ipaddress
import secrets
import signal
import socket
import threading
import webbrowser
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from ganspace_tf.errors import GanspaceError, UsageError
from nvlabs.plain_text import one_line

PORT, TRIES = 8100, 100  # the first port that is tried, and how many
BACKLOG = 128
SWEEP = 5.0  # seconds between looks for clients that sleep
FAREWELL = 0.3  # seconds in which a page can still be told why the server ends
TOKEN_BYTES = 24  # 192 bits
NEEDED = "the explorer needs {}: pip install 'ganspace-tf[explore]'"


class Place(NamedTuple):
    """Where and for whom a server is there.

    port: exact; None for the first free one. listen: an address of this machine. host_names: that the header
    Host may hold beside loopback. base_path: of a proxy that leaves it in. out: a folder that files are also
    written to. unlimited: films of any length. token: None for a new one.
    """

    port: Optional[int] = None
    listen: str = "127.0.0.1"
    host_names: Sequence[str] = ()
    base_path: str = ""
    out: Optional[str] = None
    browser: bool = False
    unlimited: bool = False
    token: Optional[str] = None


Report = Callable[[str], None]


def serve(
    open_session: Callable[[Report], Any],
    place: Place,
    tell: Report,
    say: Report,
    begun: Callable[[Callable[[], None]], None] = lambda stop: None,
) -> None:
    """Serve until Ctrl-C, which is a KeyboardInterrupt, or until nothing more can be done: GanspaceError.

    open_session: makes the session, in a thread of its own; told what to report. tell: given the address.
    say: given remarks for the terminal. Raises UsageError and GanspaceError for a port that is not free.
    """
    _check_installed()
    from ganspace_tf.explorer.web.guard import checked_base, checked_name

    names = [checked_name(name) for name in place.host_names] + _own_name(place.listen)
    checked_base(place.base_path)
    listening = bound(place)
    try:
        with _Ending() as ending:  # before there is a loop, which a Ctrl-C would leave half-made
            begun(ending.stop)
            place = place._replace(host_names=names)
            asyncio.run(_serving(open_session, place, listening, tell, say, ending))
    finally:
        listening.close()


class Running:
    """A server in a thread of its own; notebooks and tests use it.

    session: a session, or what opens one, as for `serve`.

    url: the address, with its token. Raises what `serve` raises.
    """

    def __init__(self, session: Any, place: Place = Place(), say: Optional[Report] = None) -> None:  # noqa: B008
        self.url = ""
        self._stop: Callable[[], None] = lambda: None
        self._there, self._error = threading.Event(), None  # type: threading.Event, Optional[BaseException]
        opening = session if callable(session) else lambda report: session
        arguments = (opening, place, say or (lambda text: None))
        self._thread = threading.Thread(target=self._run, args=arguments, name="server", daemon=True)
        self._thread.start()
        self._there.wait()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End it. The session stays."""
        self._stop()
        self._thread.join()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, open_session: Callable[[Report], Any], place: Place, say: Report) -> None:
        try:
            serve(open_session, place, self._began, say, self._keep)
        except KeyboardInterrupt:  # what `close` ends it with
            pass
        except BaseException as error:
            self._error = error
        finally:
            self._there.set()

    def _keep(self, stop: Callable[[], None]) -> None:
        self._stop = stop

    def _began(self, url: str) -> None:
        self.url = url
        self._there.set()


def serve_session(session: Any, port: Optional[int] = None, browser: bool = True) -> Running:
    """Serve a session in the background; `close` ends it. port: None for the first free one."""
    return Running(session, Place(port, browser=browser))


def bound(place: Place) -> socket.socket:
    """A listening socket. Raises GanspaceError for a taken port or an address of another machine."""
    ports = [place.port] if place.port is not None else [*range(PORT, PORT + TRIES), 0]
    family = socket.AF_INET6 if ":" in place.listen else socket.AF_INET
    for port in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((place.listen.strip("[]"), port))
            listening.listen(BACKLOG)
            return listening
        except OSError as error:
            listening.close()
            others = error.errno in (errno.EADDRINUSE, errno.EACCES)  # another port may do
            if place.port is not None or port == ports[-1] or not others:
                hint = "; without --port a free one is taken" if place.port is not None else ""
                where = "{} port {}".format(place.listen, port)
                raise GanspaceError(
                    "cannot listen on {}: {}{}".format(where, error.strerror or error, hint)
                ) from None
    raise AssertionError("a loop over ports ends above")


def address(listening: socket.socket, place: Place, token: str) -> str:
    """What to open in a browser on this machine; the token stands in the fragment, which no server sees."""
    host, port = listening.getsockname()[:2]
    if ipaddress.ip_address(host.partition("%")[0]).is_unspecified:
        host = "127.0.0.1"
    named = "[{}]".format(host) if ":" in host else host
    return "http://{}:{}{}/#token={}".format(named, port, place.base_path.rstrip("/"), token)


async def _serving(
    open_session: Callable[[Report], Any],
    place: Place,
    listening: socket.socket,
    tell: Report,
    say: Report,
    ending: _Ending,
) -> None:
    """All that happens in the event loop. Raises KeyboardInterrupt and GanspaceError, as `serve`."""
    from ganspace_tf.explorer.web.files import Files
    from ganspace_tf.explorer.web.hub import Hub
    from ganspace_tf.explorer.web.running import make_server

    token = place.token or secrets.token_urlsafe(TOKEN_BYTES)
    ended = ending.begin()
    hub = Hub(token, Files(place.out), place.unlimited, lambda text: ending.end(GanspaceError(text)))
    server = make_server(hub, place.host_names, place.base_path, say)
    running = asyncio.ensure_future(server.serve(sockets=[listening]))
    while not server.started and not running.done():
        await asyncio.sleep(0.01)
    link = address(listening, place, token)
    tell(link)
    _open(hub, open_session, ending.end)
    if place.browser:
        threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
    waiting = asyncio.ensure_future(ended.wait())
    while not waiting.done() and not running.done():
        hub.sweep()
        await asyncio.wait([waiting, running], timeout=SWEEP, return_when="FIRST_COMPLETED")
    waiting.cancel()
    if not isinstance(ending.error, KeyboardInterrupt):
        await asyncio.sleep(FAREWELL)
    hub.close()
    server.should_exit = True
    await running
    raise ending.error or GanspaceError("the server has ended by itself")


class _Ending:
    """Why a server ends, told by a signal, by another thread or by itself; also before its loop runs.

    In the main thread Ctrl-C and a polite kill end it in order for as long as this is entered.
    """

    def __init__(self) -> None:
        self.error: Optional[BaseException] = None
        self._loop: Any = None
        self._ended: Any = None
        self._before: Dict[int, Any] = {}

    def __enter__(self) -> _Ending:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, lambda *_: self.stop())
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def begin(self) -> asyncio.Event:
        """In the loop: what is set when it shall end."""
        self._loop, self._ended = asyncio.get_event_loop(), asyncio.Event()
        if self.error is not None:
            self._ended.set()
        return self._ended

    def stop(self) -> None:
        """End it as Ctrl-C does. From any thread."""
        self.end(KeyboardInterrupt())

    def end(self, error: BaseException) -> None:
        """End it with an error; the first one counts. From any thread."""
        self.error = self.error or error
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)


def _open(hub: Any, open_session: Callable[[Report], Any], failed: Callable[[BaseException], Any]) -> None:
    """Make the session and its worker in a thread of its own."""
    from ganspace_tf.explorer.worker import Worker

    loop = asyncio.get_event_loop()

    def work() -> None:
        try:
            session = open_session(hub.report)
            worker = Worker(session, hub.deliver, packed=True)
            loop.call_soon_threadsafe(hub.opened, session, worker)
        except RuntimeError:  # the loop has ended meanwhile
            pass
        except BaseException as error:
            hub.report(one_line(error))
            failed(error)

    threading.Thread(target=work, name="opening", daemon=True).start()


def _own_name(listen: str) -> List[str]:
    """The address that is listened on, as a name of Host; nothing where it stands for all of them."""
    try:
        number = ipaddress.ip_address(listen.strip("[]"))
    except ValueError:
        raise UsageError(
            "--listen {!r} is not an address such as 127.0.0.1 or 0.0.0.0".format(listen)
        ) from None
    if number.is_unspecified:
        return []
    return ["[{}]".format(number) if number.version == 6 else str(number)]


def _check_installed() -> None:
    """Raises GanspaceError, which names the extra, where the server's packages are missing."""
    for name in ("starlette", "uvicorn", "websockets"):
        if importlib.util.find_spec(name) is None:
            raise GanspaceError(NEEDED.format(name))
