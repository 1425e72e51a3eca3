"""Who may speak to the explorer at all: one plain ASGI layer around everything, HTTP and WebSocket alike.

A page of another site can make a browser send requests to this machine; what it cannot do is change the two
headers that are looked at here. Host has to be a loopback address or name, or a name that the command line
gave (against names that are pointed here: DNS rebinding); Origin, where it is sent, has to be the same place.
The token is asked for behind this layer.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Awaitable, Callable, Dict, Iterable, List, NamedTuple, Optional, Tuple

from ganspace_tf.errors import UsageError
from nvlabs.plain_text import one_line

Scope = Dict[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
PORTS = {"http": 80, "https": 443}
METHODS = ("GET", "HEAD", "POST")
LONGEST_SHOWN = 80  # characters of a header that a refusal shows

# eval is left on: tools that look at pages (Playwright's wait_for_function with text, for one) run their
# expressions with it. No script of the page evaluates text, which a test asks for.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src blob:; "
    "connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "cache-control": "no-store",
}


class Refusal(NamedTuple):
    """An answer in place of the application's. status: of HTTP; a WebSocket is not accepted."""

    status: int
    text: str


class Guard:
    """The layer. app: what it stands in front of.

    host_names: that Host may be beside loopback; no wildcard. base_path: "/p" of a proxy that does not take
    it away; here it is. say: told every new kind of refusal, one line of text.
    """

    def __init__(
        self,
        app: App,
        host_names: Iterable[str] = (),
        base_path: str = "",
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._app = app
        self._names = frozenset(checked_name(name) for name in host_names)
        self._base = checked_base(base_path)
        self._say = say
        self._told: List[str] = []

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer, refuse or pass on."""
        if scope["type"] not in ("http", "websocket"):
            return
        refusal = self.refusal(scope)
        if refusal is not None:
            self._tell(refusal.text)
            await self._refuse(scope, send, refusal)
            return
        path = self._stripped(scope["path"])
        if path is None:
            await _redirect(send, self._base.rpartition("/")[2] + "/")
            return
        inner = dict(scope, path=path, raw_path=path.encode("utf-8", "replace"), root_path="")
        await self._app(inner, receive, _with_headers(send, _one(scope, b"host") or ""))

    def refusal(self, scope: Scope) -> Optional[Refusal]:
        """Why this request gets no further; None if it does."""
        host, origin = _one(scope, b"host"), _one(scope, b"origin")
        named = split_authority(host or "")
        if host is None or named is None:
            return Refusal(400, "a request needs one Host header")
        if not self._is_ours(named[0]):
            text = "Host {0} is not served here; start with --host-name {1} to allow it"
            return Refusal(421, text.format(_shown(host), _shown(named[0])))
        if _count(scope, b"origin") > 1 or (origin is not None and not same_origin(origin, named)):
            text = "Origin {} is not the page of {}; a proxy has to pass Host on, with --host-name NAME"
            return Refusal(403, text.format(_shown(origin or "twice"), _shown(host)))
        if scope["type"] == "http" and scope["method"] not in METHODS:
            return Refusal(405, "only {} are answered".format(", ".join(METHODS)))
        parts = scope["path"].replace("\\", "/").split("/")
        if ".." in parts or "\0" in scope["path"]:
            return Refusal(400, "a path with .. names nothing here")
        return None

    def _is_ours(self, name: str) -> bool:
        return is_loopback(name) or name in self._names

    def _stripped(self, path: str) -> Optional[str]:
        """The path without the base path; None for the base path itself, which lacks its slash."""
        if not self._base or not (path + "/").startswith(self._base + "/"):
            return path or "/"
        return path[len(self._base) :] or None

    async def _refuse(self, scope: Scope, send: Any, refusal: Refusal) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        body = (refusal.text + "\n").encode("utf-8")
        head = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
        send = _with_headers(send, "")
        await send({"type": "http.response.start", "status": refusal.status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    def _tell(self, text: str) -> None:
        """Each refusal once, and not more than a terminal should hold."""
        if text not in self._told and len(self._told) < 20:
            self._told.append(text)
            self._say(text)


def split_authority(text: str) -> Optional[Tuple[str, Optional[int]]]:
    """(name in lower case, port or None) of a Host header or of an address; None for what is none."""
    found = AUTHORITY.fullmatch(text)
    if found is None:
        return None
    name, port = found.groups()
    return name.lower().rstrip("."), None if port is None else int(port)


def is_loopback(name: str) -> bool:
    """Whether a name of a Host header is this machine, whoever is asked."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def same_origin(origin: str, host: Tuple[str, Optional[int]]) -> bool:
    """Whether an Origin header is the place that Host names. Its scheme's own port is as good as none, and a
    proxy may have taken https away.
    """
    scheme, mark, rest = origin.partition("://")
    named = split_authority(rest)
    if not mark or scheme not in PORTS or named is None:
        return False
    usual = PORTS[scheme]
    return (named[0], named[1] or usual) == (host[0], host[1] or usual)


def checked_name(name: str) -> str:
    """A --host-name as it is compared. Raises UsageError for what is no single name."""
    named = split_authority(name)
    if named is None:
        raise UsageError("--host-name {!r} is not the name of a host, such as hub.example.org".format(name))
    return named[0]


def checked_base(path: str) -> str:
    """A --base-path without its last slash. Raises UsageError for what is no plain path."""
    path = path.rstrip("/")
    if (path and not re.fullmatch(r"(/[A-Za-z0-9._~@-]+)+", path)) or ".." in path.split("/"):
        raise UsageError("--base-path {!r} is not a path such as /user/me/proxy/8100".format(path))
    return path


def _one(scope: Scope, name: bytes) -> Optional[str]:
    """The value of a header; None where it is missing or there are several."""
    values = [value for key, value in scope["headers"] if key.lower() == name]
    return values[0].decode("latin1").strip() if len(values) == 1 else None


def _count(scope: Scope, name: bytes) -> int:
    return sum(key.lower() == name for key, _ in scope["headers"])


def _shown(text: str) -> str:
    return one_line(text, LONGEST_SHOWN)


def _with_headers(send: Any, host: str) -> Any:
    """`send` that adds the headers of every answer."""
    policy = POLICY.format(host=host) if host else "default-src 'none'"

    async def sending(message: Dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", []))
            held = {key.lower() for key, _ in own}
            more = dict(HEADERS, **{"content-security-policy": policy})
            own += [(k.encode(), v.encode("latin1")) for k, v in more.items() if k.encode() not in held]
            message = dict(message, headers=own)
        await send(message)

    return sending


async def _redirect(send: Any, target: str) -> None:
    """To a relative address, which is right behind any prefix."""
    head = [(b"location", target.encode("ascii")), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 307, "headers": head})
    await send({"type": "http.response.body", "body": b""})
