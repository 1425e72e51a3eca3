"""A small explorer to talk to: a generator of NumPy alone behind the real server, and three small proxies."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
import urllib.parse
from contextlib import contextmanager

import numpy as np

from ganspace_tf.decomposition import decompose
from ganspace_tf.explorer.session import Session
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.web.serve import Place, Running
from tests.linear_generator import LinearGenerator


class PictureGenerator(LinearGenerator):
    """Pictures of 8 × 8 pixels that are linear in w up to a soft clip; counts how many were drawn."""

    def __init__(self, seed=0):
        super().__init__(seed, mean=0.2)
        self.dlatent_avg = self.offset.astype(np.float32)
        self.pictures = 0

    def images(self, w, psi=None, cutoff=None, noise="stored", labels=None, **more):
        w = self.truncate(w, psi, cutoff)
        self.pictures += len(w)
        flat = np.tanh(w.mean(axis=1) @ self.features["images_out"])
        return flat.reshape((len(w),) + self.image_shape).astype(np.float32)


def small_session(seed=0, components=4):
    """A session without TensorFlow."""
    gen = PictureGenerator(seed)
    return Session(gen, decompose(gen, n=2000, components=components, cache=False), model="small")


@contextmanager
def running(session=None, **place):
    """(url without fragment, token, session) of a server in this process."""
    session = small_session() if session is None else session
    with Running(session, Place(**place)) as server:
        url, _, token = server.url.partition("#token=")
        while post(url, "nothing", b"", token)[0] == 503:  # the session is opened in a thread of its own
            time.sleep(0.02)
        yield url, token, session


def shown(session, state):
    """The pixels of a state in JSON, as the session draws it."""
    return session.show(State.from_json(state))


def settled(session):
    """How many pictures were drawn, once the worker has drawn what it draws by itself."""
    before = 0
    while not before or before != session.generator.pictures:
        before = session.generator.pictures
        time.sleep(0.5)
    return before


def authority(url):
    return urllib.parse.urlsplit(url).netloc


def ask(url, path, method="GET", body=None, **headers):
    """(status, headers, bytes) of one request, whose path is sent as it is."""
    connection = http.client.HTTPConnection(authority(url), timeout=30)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.putrequest(method, path, skip_host="Host" in names, skip_accept_encoding=True)
    if body is not None and "Content-Length" not in names and "Transfer-Encoding" not in names:
        names["Content-Length"] = str(len(body))
    for name, value in names.items():
        connection.putheader(name, value)
    try:
        connection.endheaders()
        if body is not None:
            connection.send(body)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    except (BrokenPipeError, ConnectionResetError):
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), b""
    finally:
        connection.close()


def get(url, path, token=None, **headers):
    """The same with the token."""
    if token is not None:
        headers["X-Ganspace-Token"] = token
    return ask(url, path, **headers)


def post(url, name, data, token):
    """What the page does with a file that is dropped on it: (status, JSON)."""
    path = "/open?name=" + urllib.parse.quote(name)
    status, _, answer = ask(url, path, "POST", data, X_Ganspace_Token=token)
    return status, json.loads(answer.decode("utf-8")) if answer else {}


# ------------------------------------------------------------------ proxies


class Proxy:
    """Passes bytes on to a server, one connection a thread, after a look at the first lines of a request.

    strip: a prefix that it takes away. sockets, posts: whether it lets them through. host: what it puts into
    the header Host, if not what came.
    """

    def __init__(self, url, prefix="", strip=True, sockets=True, host=None, posts=True):
        self._target = urllib.parse.urlsplit(url)
        self._prefix, self._strip, self._sockets, self._host = prefix, strip, sockets, host
        self._posts = posts
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(64)
        self.url = "http://127.0.0.1:{}{}/".format(self._listening.getsockname()[1], prefix)
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._closed = True
        self._listening.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _accept(self):
        while not self._closed:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            self._pass(client)
        except OSError:  # one of the two ends is gone
            pass

    def _pass(self, client):
        """One request a connection: "Connection: close" is put in where no WebSocket is asked for."""
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(65536)
                if not part:
                    return
                head += part
            head, _, rest = head.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin1").split("\r\n")
            method, path, version = first.split(" ")
            upgrade = any(line.lower().startswith("upgrade:") for line in lines)
            blocked = (upgrade and not self._sockets) or (method == "POST" and not self._posts)
            if not path.startswith(self._prefix) or blocked:
                client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            if self._strip:
                path = path[len(self._prefix) :] or "/"
            if self._host is not None:
                lines = [line for line in lines if not line.lower().startswith("host:")] + [
                    "Host: " + self._host
                ]
            if not upgrade:
                lines = [line for line in lines if not line.lower().startswith("connection:")] + [
                    "Connection: close"
                ]
            with socket.create_connection((self._target.hostname, self._target.port)) as server:
                server.sendall(
                    "\r\n".join([" ".join([method, path, version])] + lines).encode("latin1") + b"\r\n\r\n"
                )
                server.sendall(rest)
                back = threading.Thread(target=_pump, args=(client, server), daemon=True)
                back.start()
                _pump(server, client)


def _pump(source, target):
    try:
        while True:
            part = source.recv(65536)
            if not part:
                break
            target.sendall(part)
    except OSError:
        pass
    for one in (source, target):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
