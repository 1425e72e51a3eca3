"""What is kept, least recently used first out: frames by what they show, feature maps by client."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Callable, Dict, Hashable, Iterator, List, NamedTuple, Optional

import numpy as np

FRAMES = 64 << 20  # bytes of frames
PREFIXES = 256 << 20  # bytes of feature maps, of all clients
FEW = 4  # clients; with more of them, each has less room


class Cache:
    """Values up to `room` bytes in all; the least recently used go first. One larger than all is not kept.

    size: of a value, in bytes. Any thread may ask and put.
    """

    def __init__(self, room: int, size: Callable[[Any], int] = lambda value: int(value.nbytes)) -> None:
        self.room, self._size = room, size
        self.used = 0
        self._values: "OrderedDict[Hashable, Any]" = OrderedDict()
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Any:
        """The value, from now on the most recently used; None where there is none."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a value in the place of one under the same key."""
        with self._lock:
            self.drop(key)
            size = self._size(value)
            if size > self.room:
                return
            self._values[key] = value
            self.used += size
            while self.used > self.room:
                self._forget(next(iter(self._values)))

    def drop(self, key: Hashable) -> None:
        """Forget a value, if it is there."""
        with self._lock:
            if key in self._values:
                self._forget(key)

    def __iter__(self) -> Iterator[Hashable]:
        """All keys, the least recently used first."""
        with self._lock:
            return iter(list(self._values))

    def _forget(self, key: Hashable) -> None:
        self.used -= self._size(self._values.pop(key))


class Kept(NamedTuple):
    """A feature map in the layout of the graph, and a key of all that it was made of."""

    key: bytes
    value: np.ndarray

    @property
    def nbytes(self) -> int:
        return int(self.value.nbytes)


class Prefixes:
    """For every client the feature maps of its last picture. What a client keeps has to be within its share,
    or it would push out others': `Passes` sees to that.
    """

    def __init__(self, room: int = PREFIXES) -> None:
        self._cache = Cache(room)
        self._clients: Dict[str, None] = OrderedDict()

    def join(self, client: str) -> None:
        """One more to share with."""
        self._clients[client] = None

    def leave(self, client: str) -> None:
        """Forget all of a client."""
        self._clients.pop(client, None)
        for key in self._cache:
            if key[0] == client:  # type: ignore[index]
                self._cache.drop(key)

    @property
    def clients(self) -> List[str]:
        """Those who share."""
        return list(self._clients)

    def clear(self) -> None:
        """Forget all maps; the clients stay."""
        for key in self._cache:
            self._cache.drop(key)

    @property
    def share(self) -> int:
        """Bytes that one client may have; few clients have a quarter of all."""
        return self._cache.room // max(FEW, len(self._clients))

    @property
    def used(self) -> int:
        """Bytes that are kept."""
        return self._cache.used

    def get(self, client: str, name: str, key: bytes) -> Optional[np.ndarray]:
        """The feature map `name` of the client's last picture, if it was made of the same."""
        kept: Optional[Kept] = self._cache.get((client, name))
        return kept.value if kept is not None and kept.key == key else None

    def put(self, client: str, name: str, key: bytes, value: np.ndarray) -> None:
        """Keep a feature map in the place of the client's one of that name."""
        self._cache.put((client, name), Kept(key, value))
