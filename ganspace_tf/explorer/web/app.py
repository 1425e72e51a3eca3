"""Routes: the page, the socket, the same messages by GET where no socket gets through, files down and up.

    GET  /            index.html, and the other files of page/ by name: no token, there is nothing in them
    GET  /ticket      a ticket for one socket
    WS   /ws?k=TICKET
    GET  /frame?c=ME  what waits for this client, as soon as something does (a long poll)
    GET  /send?c=ME&m=MESSAGE   a message up, base64url of its JSON
    GET  /file/KEY    a file that was made
    POST /open        a file that was dropped on the page

All but the page need the header X-Ganspace-Token. There are no cookies, so that another site has nothing to
ride on.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import struct
from typing import Any, Dict, Tuple

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ganspace_tf.errors import GanspaceError
from ganspace_tf.explorer.web import hub as hubs
from ganspace_tf.explorer.web import uploads
from ganspace_tf.explorer.web.clients import Client, Sent
from ganspace_tf.explorer.web.protocol import LONGEST_UP, Refused, read_message, text_of
from nvlabs.errors import NvlabsError
from nvlabs.plain_text import one_line

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
TOKEN = "x-ganspace-token"
GREETING = 5.0  # seconds that a stranger has for its first message
POLL = 20.0  # seconds that a GET waits for news
WRONG_TOKEN, FULL, TOO_SLOW, GOODBYE = 4401, 4429, 4408, 4410  # why a socket was closed, for the page


def make_app(hub: hubs.Hub) -> Starlette:
    """The application, without the guard that has to stand before it."""
    handlers = Handlers(hub)
    return Starlette(
        routes=[
            Route("/", handlers.page),
            Route("/ticket", handlers.ticket),
            Route("/frame", handlers.frame),
            Route("/send", handlers.send),
            Route("/file/{key}", handlers.file),
            Route("/open", handlers.open, methods=["POST"]),
            WebSocketRoute("/ws", handlers.socket),
            Route("/{name}", handlers.page),
        ]
    )


def page_files(folder: str = PAGE) -> Dict[str, Tuple[bytes, str]]:
    """The files of the page by name, with their types."""
    found = {}
    for name in sorted(os.listdir(folder)):
        kind = TYPES.get(os.path.splitext(name)[1])
        if kind is not None:
            with open(os.path.join(folder, name), "rb") as stream:
                found[name] = (stream.read(), kind)
    return found


class Handlers:
    """One function a route."""

    def __init__(self, hub: hubs.Hub) -> None:
        self._hub = hub
        self._files = page_files()

    async def page(self, request: Request) -> Response:
        """A file of the page."""
        found = self._files.get(request.path_params.get("name", "index.html"))
        if found is None:
            return PlainTextResponse("there is nothing of this name\n", 404)
        return Response(found[0], media_type=found[1])

    async def ticket(self, request: Request) -> Response:
        """Lets one socket in."""
        return self._refusal(request) or PlainTextResponse(self._hub.new_ticket())

    async def file(self, request: Request) -> Response:
        """A file that a job made."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        kept = self._hub.files.get(request.path_params["key"])
        if kept is None:
            return PlainTextResponse("this file is not kept any more; save again\n", 404)
        headers = {"content-disposition": 'attachment; filename="{}"'.format(kept.name)}
        return Response(kept.data, media_type=kept.type, headers=headers)

    async def open(self, request: Request) -> Response:
        """What was dropped on the page, looked at; nothing is kept but what the session takes."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        if self._hub.session is None:
            return _wrong(503, "still starting; nothing can be opened yet")
        try:
            data = await uploads.received(request.headers.get("content-length"), request.stream())
            name = uploads.shown_name(request.query_params.get("name", ""))
            opened = asyncio.get_event_loop().run_in_executor(
                None, uploads.opened, data, name, self._hub.session
            )
            return JSONResponse(await opened)
        except ClientDisconnect:
            return _wrong(400, "the file did not arrive whole")
        except uploads.TooLarge as error:
            return _wrong(413, error)
        except (GanspaceError, NvlabsError) as error:
            return _wrong(422, error)

    # ------------------------------------------------------------------ by GET

    async def send(self, request: Request) -> Response:
        """A message up."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            client = self._hub.polled(request.query_params.get("c", ""))
            packed = request.query_params.get("m", "")
            text = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        except Refused as error:
            return _wrong(429 if error.code == "full" else 400, error)
        except (binascii.Error, ValueError):
            return _wrong(400, "m is no base64url")
        self._hub.receive(client, text[: LONGEST_UP + 1])
        return Response(status_code=204)

    async def frame(self, request: Request) -> Response:
        """What waits for a client, each as its length (4 bytes), 0 for text or 1 for a frame, and itself."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            client = self._hub.polled(request.query_params.get("c", ""))
            client.heard()
        except Refused as error:
            return _wrong(429 if error.code in ("full", "too many") else 400, error)
        try:
            sent = await asyncio.wait_for(client.take(), POLL)
        except asyncio.TimeoutError:
            sent = []
        return Response(b"".join(_counted(one) for one in sent), media_type="application/octet-stream")

    def _refusal(self, request: Request) -> Any:
        if self._hub.knows(request.headers.get(TOKEN)):
            return None
        return _wrong(401, "the token is missing or wrong; open the address that the command printed")

    # ------------------------------------------------------------------ the socket

    async def socket(self, socket: WebSocket) -> None:
        """A client from its first to its last message."""
        hub = self._hub
        if not hub.use_ticket(socket.query_params.get("k")) or hub.strangers >= hubs.MOST_STRANGERS:
            await socket.close(1008)  # before it is accepted: 403
            return
        await socket.accept()
        client = None
        try:
            client = await self._greeted(socket)
            if client is not None:
                await self._conversation(socket, client)
        except (WebSocketDisconnect, RuntimeError):  # RuntimeError: it was closed while something was sent
            pass
        finally:
            if client is not None:
                hub.leave(client)

    async def _greeted(self, socket: WebSocket) -> Any:
        """The client, once it has said who it is; None if it has not, and the socket is closed."""
        hub = self._hub
        hub.strangers += 1
        try:
            text = await asyncio.wait_for(_received(socket), GREETING)
            message = read_message(text)
            if message is None or message["type"] != "hello" or not hub.knows(message["token"]):
                await socket.close(WRONG_TOKEN)
                return None
            return hub.join()
        except asyncio.TimeoutError:
            await socket.close(TOO_SLOW)
        except Refused as error:
            await socket.send_text(text_of("refused", id=0, code=error.code, text=str(error)))
            await socket.close(FULL)
        finally:
            hub.strangers -= 1
        return None

    async def _conversation(self, socket: WebSocket, client: Client) -> None:
        """Both directions, until one of them ends."""
        up = asyncio.ensure_future(self._up(socket, client))
        down = asyncio.ensure_future(_down(socket, client))
        try:
            await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = [one for one in (up, down) if one.done()]
            for one in (up, down):
                one.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
        if up not in ended:
            await socket.close(GOODBYE)

    async def _up(self, socket: WebSocket, client: Client) -> None:
        while True:
            self._hub.receive(client, await _received(socket))


async def _received(socket: WebSocket) -> Any:
    """The next message, text or bytes. Raises WebSocketDisconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code") or 1005)
    text = message.get("text")
    return message.get("bytes") or b"" if text is None else text


async def _down(socket: WebSocket, client: Client) -> None:
    while not client.gone:
        for one in await client.take():
            await (socket.send_text(one) if isinstance(one, str) else socket.send_bytes(one))


def _counted(one: Sent) -> bytes:
    data = one.encode("utf-8") if isinstance(one, str) else one
    return struct.pack("<IB", len(data), not isinstance(one, str)) + data


def _wrong(status: int, error: object) -> Response:
    return JSONResponse({"text": one_line(error)}, status)
