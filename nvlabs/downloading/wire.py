"""The only place that opens a socket: one question over http or https, every byte of the answer counted.

Redirects are not followed here, and no other scheme has a handler, whatever the address or a proxy says.
"""

from __future__ import annotations

import functools
import http.client
import io
import socket
import urllib.error
import urllib.request
from typing import Any, Dict

from nvlabs.downloading.addresses import SCHEMES
from nvlabs.downloading.pace import Pace
from nvlabs.errors import NotDownloaded, NvlabsError

HEAD_BYTES = 1 << 20  # status line and headers together, and what is read ahead


def ask(address: str, headers: Dict[str, str], pace: Pace) -> http.client.HTTPResponse:
    """The reply to a GET, to be closed by the caller; of what follows its headers nothing may come yet.

    Raises OSError or http.client.HTTPException where the connection fails, NotDownloaded where `pace` is
    not kept.
    """
    pace.connects(HEAD_BYTES)
    proxies = {scheme: way for scheme, way in urllib.request.getproxies().items() if scheme in SCHEMES}
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler(proxies), _Http(pace), _Https(pace)):
        opener.add_handler(handler)
    opener.addheaders = []
    try:
        reply = opener.open(urllib.request.Request(address, headers=headers), timeout=pace.patience())
    except urllib.error.URLError as error:
        if isinstance(error.reason, NvlabsError):  # met while a proxy was asked for a tunnel
            raise error.reason from None
        raise
    if reply is None:
        raise NotDownloaded("the proxy is no http or https proxy")
    return reply


class _Http(urllib.request.HTTPHandler):
    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._pace = pace

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(functools.partial(_connection, http.client.HTTPConnection, self._pace), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._pace = pace

    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(functools.partial(_connection, http.client.HTTPSConnection, self._pace), req)


def _connection(kind: Any, pace: Pace, host: str, **settings: Any) -> Any:
    connection = kind(host, **settings)
    connection.response_class = functools.partial(_Reply, pace)
    return connection


class _Reply(http.client.HTTPResponse):
    """A reply whose bytes come through a `_Counted`."""

    def __init__(self, pace: Pace, sock: Any, *rest: Any, **settings: Any) -> None:
        super().__init__(sock, *rest, **settings)
        self.fp: Any = io.BufferedReader(_Counted(pace, sock, self.fp.detach()))


class _Counted(io.RawIOBase):
    """The bytes of a socket, waited for no longer than the pace allows."""

    def __init__(self, pace: Pace, sock: Any, held: Any) -> None:
        super().__init__()
        self._pace, self._sock = pace, sock
        self._held = held  # keeps the socket open until the reply is closed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            self._sock.settimeout(self._pace.patience())
            try:
                count = self._sock.recv_into(buffer)
            except socket.timeout:
                self._pace.took(0)
                continue
            self._pace.took(count)
            return count

    def close(self) -> None:
        if not self.closed:
            self._held.close()
        super().close()
