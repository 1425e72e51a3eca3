"""All clients, and the bridge between them and the worker: everything here runs in the event loop.

What the worker tells comes from its thread through `deliver`, is packed in one thread of its own (so that
frames keep their order), and is handed to the loop. Nothing here computes.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, List, Optional

from ganspace_tf.errors import GanspaceError, UsageError
from ganspace_tf.explorer import messages
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.web import clients, protocol, uploads
from ganspace_tf.explorer.web.clients import Client
from ganspace_tf.explorer.web.files import Files
from ganspace_tf.explorer.web.pieces import with_piece
from ganspace_tf.explorer.web.protocol import Head, Refused, text_of
from nvlabs.errors import NvlabsError
from nvlabs.plain_text import LONGEST_MESSAGE, one_line

MOST_CLIENTS, MOST_STRANGERS = 64, 8
TICKETS_LIVE = 15.0  # seconds
MOST_FRAMES, MOST_SECONDS = 600, 120.0  # of a film
FATAL = "fatal"


class Hub:
    """token: what clients have to know. files: where results wait to be fetched. unlimited: long films too.

    ended: called when nothing more can be done, with one line.
    """

    def __init__(
        self,
        token: str,
        files: Files,
        unlimited: bool = False,
        ended: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._token, self.files, self._unlimited = token, files, unlimited
        self._ended = ended
        self._loop = asyncio.get_event_loop()
        self._packing = ThreadPoolExecutor(1)
        self._tickets: Dict[str, float] = {}
        self._clients: Dict[str, Client] = {}
        self._polled: Dict[str, float] = {}
        self._count = self.strangers = 0
        self.session: Any = None
        self._worker: Any = None
        self._sliders: List[Any] = []  # of everybody; what one client teaches or opens, its page keeps
        self._starting, self._calibrated = "starting", False
        self._finding: Optional[str] = None  # how far the search for components is, if there is one

    # ------------------------------------------------------------------ start and end

    def report(self, text: str) -> None:
        """What is being done before the first picture. From any thread."""
        self._loop.call_soon_threadsafe(self._report, text)

    def _report(self, text: str) -> None:
        self._starting = text
        if self.session is None:
            self._tell_all(text_of("starting", text=text))

    def opened(self, session: Any, worker: Any) -> None:
        """The session is there, and the worker that draws for it."""
        self.session, self._worker, self._sliders = session, worker, session.sliders
        self._finding = None if session.later is None else self._finding or "finding components"
        for client in self._clients.values():
            self._welcome(client)

    def close(self) -> None:
        """Let all clients go and the worker end."""
        for client in list(self._clients.values()):
            client.leave()
        if self._worker is not None:
            self._worker.close()
        self._packing.shutdown(wait=False)

    def sweep(self) -> None:
        """Let go of clients that sleep, and of tickets that nobody used. To be called every few seconds."""
        now = time.monotonic()
        self._tickets = {one: until for one, until in self._tickets.items() if until > now}
        for name, client in list(self._clients.items()):
            if client.asleep(name in self._polled):
                self.leave(client)

    # ------------------------------------------------------------------ who is who

    def knows(self, token: Optional[str]) -> bool:
        """Whether a token is the right one."""
        return hmac.compare_digest((token or "").encode("utf-8", "replace"), self._token.encode("ascii"))

    def new_ticket(self) -> str:
        """What lets one WebSocket in, once and soon: its address may be logged, a token must not be."""
        if len(self._tickets) >= 4 * MOST_CLIENTS:
            self._tickets.pop(next(iter(self._tickets)))
        ticket = secrets.token_urlsafe(18)
        self._tickets[ticket] = time.monotonic() + TICKETS_LIVE
        return ticket

    def use_ticket(self, ticket: Optional[str]) -> bool:
        """Whether a ticket is good, which it is once."""
        return self._tickets.pop(ticket or "", 0.0) > time.monotonic()

    def join(self, polled: str = "") -> Client:
        """A new client, greeted. polled: what one without a WebSocket calls itself. Raises Refused."""
        if len(self._clients) >= MOST_CLIENTS:
            raise Refused("full", "{} clients are connected, which is all there may be".format(MOST_CLIENTS))
        self._count += 1
        client = Client(polled or "c{}".format(self._count))
        self._clients[client.name] = client
        if polled:
            self._polled[client.name] = time.monotonic()
        if self.session is None:
            client.put(clients.TEXT, text_of("starting", text=self._starting))
        else:
            self._welcome(client)
        return client

    def polled(self, name: str) -> Client:
        """The client that asks by GET, and calls itself so. Raises Refused."""
        if not 8 <= len(name) <= 64 or not name.isalnum():
            raise Refused("no client", "a client calls itself by 8 to 64 letters and digits")
        return self._clients.get("g" + name) or self.join("g" + name)

    def leave(self, client: Client) -> None:
        """A client is gone."""
        if self._clients.pop(client.name, None) is not None and self._worker is not None:
            self._worker.leave(client.name)
        self._polled.pop(client.name, None)
        client.leave()

    def _welcome(self, client: Client) -> None:
        self._worker.join(client.name)
        client.put(
            clients.TEXT,
            text_of(
                "welcome",
                v=protocol.VERSION,
                model=self.session.model,
                sliders=self._sliders,
                initial=self.session.initial.to_json(),
                stages=self._worker.stages(),
                calibrated=self._calibrated,
                finding=self._finding,
                limits={"items": protocol.MOST_ITEMS, "side": protocol.LARGEST_SIDE, "frames": MOST_FRAMES},
            ),
        )

    # ------------------------------------------------------------------ up

    def receive(self, client: Client, text: Any) -> None:
        """Carry out a message of a client. Everything that is wrong with it is answered in one line."""
        number = 0
        try:
            client.heard()
            message = protocol.read_message(text)
            if message is None:
                return
            number = message.get("id", 0)
            if message["type"] == "hello":
                return
            if self.session is None:
                raise Refused("starting", "still starting: {}".format(self._starting), number)
            self._carry_out(client, message)
        except Refused as error:
            self._refuse(client, error.number or number, error.code, error)
        except (GanspaceError, NvlabsError) as error:
            self._refuse(client, number, "wrong", error)

    def _carry_out(self, client: Client, message: Dict[str, Any]) -> None:
        kind, number, worker = message["type"], message["id"], self._worker
        if kind == "show":
            worker.show(client.name, number, self._state(message["state"]), message["moving"])
        elif kind == "seen":
            client.seen()
            worker.seen(client.name, number, message["stage"])
        elif kind == "sheet":
            states = [self._state(protocol.varied(message["state"], one)) for one in message["items"]]
            worker.sheet(client.name, number, message["kind"], states, message["side"])
        elif kind == "job":
            arguments = self._arguments(message)
            client.begin_job(number)
            worker.job(client.name, number, message["kind"], arguments)
        elif kind == "cancel":
            client.jobs.discard(number)
            worker.cancel(client.name, number)
        elif kind == "piece":
            self._piece(client, message)

    def _piece(self, client: Client, message: Dict[str, Any]) -> None:
        """A piece of a file that is to be opened; after the last one, what it is. Raises Refused."""
        before, client.pieces = client.pieces, None
        pieces = with_piece(before, message)
        told = {"id": pieces.number, "done": len(pieces.data), "total": pieces.size, "text": ""}
        client.put(clients.TEXT, text_of("progress", **told))
        if not pieces.whole:
            client.pieces = pieces
            return
        name = uploads.shown_name(pieces.name)
        opening = self._loop.run_in_executor(None, uploads.opened, bytes(pieces.data), name, self.session)
        opening.add_done_callback(lambda ended: self._opened(client, pieces.number, ended))

    def _opened(self, client: Client, number: int, ended: Any) -> None:
        """What a file is that came in pieces."""
        try:
            client.put(clients.TEXT, text_of("result", id=number, kind="open", value=ended.result()))
        except (GanspaceError, NvlabsError) as error:
            self._refuse(client, number, "wrong", error)

    def _arguments(self, message: Dict[str, Any]) -> Dict[str, Any]:
        """Arguments of a job with states in the place of their JSON. Raises UsageError."""
        made = {}
        for name, value in message["arguments"].items():
            if name == "state":
                value = self._state(value)
            elif name in ("keyframes", "plus", "minus", "candidates"):
                value = [self._state(one) for one in value]
            elif name == "items":
                value = [self._state(protocol.varied(message["arguments"]["state"], one)) for one in value]
            made[name] = value
        if message["kind"] == "film" and not self._unlimited:
            frames, fps = made["frames"], made["fps"]
            if not 2 <= frames <= MOST_FRAMES or not fps > 0 or frames > MOST_SECONDS * fps:
                raise UsageError(
                    "{} frames at {:g} a second: a film here has 2 to {} and at most {:g} s (start with "
                    "--unlimited for longer ones)".format(frames, fps, MOST_FRAMES, MOST_SECONDS)
                )
        return made

    def _state(self, record: Dict[str, Any]) -> State:
        state = State.from_json(record)
        if state.model != self.session.model["fingerprint"]:
            raise Refused("model", "this state belongs to another model")
        return state

    def _refuse(self, client: Client, number: int, code: str, error: object) -> None:
        client.jobs.discard(number)
        line = one_line(error, LONGEST_MESSAGE)
        client.put(clients.TEXT, text_of("refused", id=number, code=code, text=line))

    # ------------------------------------------------------------------ down

    def deliver(self, message: Any) -> None:
        """What the worker has to tell; from its thread. Returns at once."""
        try:
            self._packing.submit(self._pack, message)
        except RuntimeError:  # the server has ended
            pass

    def _pack(self, message: Any) -> None:
        """In the packing thread: pixels become bytes, bytes become files."""
        kind, sent = clients.TEXT, []  # type: str, List[Any]
        try:
            if isinstance(message, (messages.Frame, messages.Sheet)):
                kind, data = _frame(message)
                sent = [data]
            elif isinstance(message, messages.Result):
                sent = [text_of("result", id=message.id, kind=message.kind, value=self._kept(message.value))]
            else:
                sent = [_told(message)]
        except (GanspaceError, OSError, TypeError, ValueError) as error:
            sent = [text_of("refused", id=message.id, code="wrong", text=one_line(error))]
        try:
            self._loop.call_soon_threadsafe(self._put, message, kind, sent)
        except RuntimeError:  # the loop has ended
            pass

    def _kept(self, value: Any) -> Any:
        """A result as the page gets it: files by a key that they are fetched with."""
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("data"), bytes):
            kind = value.get("type", "application/octet-stream")
            told = self.files.keep(value["name"], kind, value["data"])
            more = {name: item for name, item in value.items() if name not in ("name", "type", "data")}
            return dict(told, **{name: self._kept(item) for name, item in more.items()})
        return {name: self._kept(item) for name, item in value.items()}

    def _put(self, message: Any, kind: str, sent: List[Any]) -> None:
        ending = isinstance(message, messages.Notice) and message.level == FATAL
        self._learn(message)
        for client in list(self._clients.values()):
            if message.client in (None, client.name):
                if isinstance(message, (messages.Result, messages.Refused, messages.Done)):
                    client.jobs.discard(message.id)
                for data in sent:
                    client.put(kind, data)
        if ending:
            self._ended(message.text)

    def _learn(self, message: Any) -> None:
        """What those who come later have to be told."""
        if isinstance(message, messages.Found):
            known = [slider["of"] for slider in self._sliders]
            self._sliders = self._sliders + [one for one in message.sliders if one["of"] not in known]
            self._finding = None
        elif isinstance(message, messages.Notice) and message.level == "calibrated":
            self._calibrated = True
        elif isinstance(message, messages.Notice) and message.level == "finding":
            self._finding = message.text

    def _tell_all(self, text: str) -> None:
        for client in self._clients.values():
            client.put(clients.TEXT, text)


def _frame(message: Any) -> Any:
    """(kind, bytes) of a Frame or a Sheet."""
    if isinstance(message, messages.Sheet):
        head = Head(
            protocol.THUMBNAIL, message.id, place=message.index, total=message.of, exact=message.exact
        )
        return clients.THUMBNAIL, protocol.pack_frame(head, message.pixels)
    head = Head(
        protocol.PICTURE,
        message.id,
        message.stage,
        message.stages,
        exact=bool(message.exact),
        micros=int(1000 * message.ms),
    )
    return clients.PICTURE, protocol.pack_frame(head, message.pixels)


def _told(message: Any) -> str:
    """The JSON of what is neither a picture nor a result."""
    fields = {name: value for name, value in message._asdict().items() if name != "client"}
    if "text" in fields:
        fields["text"] = one_line(fields["text"] or "", LONGEST_MESSAGE)
    return text_of(type(message).__name__.lower(), **fields)
