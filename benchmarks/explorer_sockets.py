"""The explorer as a whole: the command serves, clients are at the other end of real sockets.

`benchmarks.explorer` prints what is found here: ratios of what came to the clients, of memory, and of one
picture to another, which alone mean something on a machine that does other work.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

CLIENTS = 50
PAUSE = 0.25  # seconds between two wishes of a client that drags
STARTING = 180.0  # seconds that a server may take
ROUNDS = 8  # pictures of a client


@contextmanager
def served(network: str, *words: str) -> Iterator[Tuple[str, str, int]]:
    """(authority, token, process id) of the command, which is ended afterwards."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "ganspace_tf",
        "explore",
        network,
        "--no-browser",
        *words,
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://([^/]+)/#token=(\S+)", process.stdout.readline())
        if found is None:
            raise RuntimeError("the explorer did not start")
        yield found.group(1), found.group(2), process.pid
    finally:
        process.terminate()
        process.wait()


class Client:
    """A page without a picture: it acknowledges frames and counts them. came: (time, id, exact)."""

    def __init__(self, authority: str, token: str) -> None:
        from websockets.sync.client import connect

        asked = http.client.HTTPConnection(authority, timeout=60)
        asked.request("GET", "/ticket", headers={"X-Ganspace-Token": token})
        ticket = asked.getresponse().read().decode("ascii")
        asked.close()
        self.came: List[Tuple[float, int, bool]] = []
        self.initial: Dict[str, Any] = {}
        self.took: Dict[int, float] = {}  # ms of all stages of a wish that was met
        self._welcomed, self._new = threading.Event(), threading.Condition()
        address = "ws://{}/ws?k={}".format(authority, ticket)
        self._socket = connect(address, origin="http://" + authority, max_size=None)
        self._send(type="hello", v=1, token=token, client="benchmark")
        threading.Thread(target=self._receive, daemon=True).start()
        if not self._welcomed.wait(STARTING):
            raise RuntimeError("the explorer does not answer")

    def show(self, id: int, moving: bool, **change: Any) -> None:
        """Ask for a picture."""
        self._send(type="show", id=id, state=dict(self.initial, **change), moving=moving)

    def exact(self, id: int) -> float:
        """When the exact picture of a wish was there."""
        with self._new:
            if not self._new.wait_for(lambda: id in self.took, STARTING):
                raise RuntimeError("the picture does not come")
        return next(when for when, number, exact in self.came if number == id and exact)

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def _send(self, **message: Any) -> None:
        self._socket.send(json.dumps(message))

    def _receive(self) -> None:
        from websockets.exceptions import ConnectionClosed

        from ganspace_tf.explorer.web.protocol import PICTURE, unpack_head

        try:
            for data in self._socket:
                if isinstance(data, bytes):
                    head = unpack_head(data)
                    if head.kind == PICTURE:
                        self._send(type="seen", id=head.id, stage=head.stage)
                        with self._new:
                            self.came.append((time.perf_counter(), head.id, head.exact))
                    continue
                message = json.loads(data)
                if message["type"] == "welcome":
                    self.initial = message["initial"]
                    self._welcomed.set()
                elif message["type"] == "done":
                    with self._new:
                        self.took[message["id"]] = sum(message["ms_per_stage"]) / 1000
                        self._new.notify_all()
        except ConnectionClosed:
            pass


def edit(sigma: float) -> Dict[str, Any]:
    """An edit of the first component, as a state has it."""
    return {"of": "v0", "first_layer": 0, "last_layer": None, "sigma": round(sigma, 4), "on": True}


def one_client(network: str, *words: str) -> Iterator[str]:
    """From a wish to its picture, computed and kept."""
    with served(network, *words) as (authority, token, _):
        client = Client(authority, token)
        client.show(1, False)
        client.exact(1)
        over, full, kept = [], [], []
        for id in range(2, 2 + ROUNDS):
            began = time.perf_counter()
            client.show(id, False, seed=id)
            full.append(client.exact(id) - began)
            over.append(full[-1] / (1.15 * client.took[id] + 0.003))
        for id in range(2 + ROUNDS, 2 + 2 * ROUNDS):
            began = time.perf_counter()
            client.show(id, False, seed=id - ROUNDS)
            kept.append(client.exact(id) - began)
        client.close()
        called = os.path.basename(network)
        text = "{} over a socket: a new picture takes {:.2f} x (1.15 x its stages + 3 ms), at best {:.2f} x"
        yield text.format(called, float(np.median(over)), min(over))
        text = "{} over a socket: a picture that is kept takes {:.4f} x a new one (at most 0.02 at 256 px)"
        yield text.format(called, float(np.median(kept)) / float(np.median(full)))


def crowd(network: str, seconds: float) -> Iterator[str]:
    """Fifty clients that drag all the time, each its own picture."""
    with served(network) as (authority, token, pid):
        clients = [Client(authority, token) for _ in range(CLIENTS)]
        stop = threading.Event()

        def drags(number: int, client: Client) -> None:
            id = 0
            while not stop.is_set():
                id += 1
                client.show(id, True, seed=number, edits=[edit(2 * float(np.sin(id / 10 + number)))])
                stop.wait(PAUSE)

        threads = [threading.Thread(target=drags, args=pair) for pair in enumerate(clients)]
        for thread in threads:
            thread.start()
        time.sleep(seconds / 10)
        early, begun = held(pid), [len(client.came) for client in clients]
        time.sleep(0.9 * seconds)
        late = held(pid)
        stop.set()
        for thread in threads:
            thread.join()
        counts = [len(client.came) - before for client, before in zip(clients, begun)]
        fair = sum(counts) / CLIENTS
        text = "{} clients with sockets on {}, {:.0f} s: worst has {:.2f} x the fair share (at least 0.5), "
        worst = text.format(CLIENTS, network, seconds, min(counts) / fair)
        yield worst + "best {:.2f} x; {} frames".format(max(counts) / fair, sum(counts))
        text = "memory of the server at the end {:.3f} x that after a tenth of the time (at most 1.05)"
        yield text.format(late / early)
        for client in clients:
            client.close()


def held(pid: int) -> int:
    """Memory that a process holds now, in pages."""
    with open("/proc/{}/statm".format(pid), encoding="ascii") as file:
        return int(file.read().split()[1])
