"""Who is next: fair turns among clients, in classes that go before each other. Pure bookkeeping.

PREVIEW before FULL before SHEET before BACKGROUND; but a full picture waits for at most three previews, a
sheet and the background get a share of the time. Within a class the client that used the least time is next;
one that comes, or that was idle, starts at the least of those who are waiting: nobody saves up turns.
"""

from __future__ import annotations

from typing import Dict, Mapping, NamedTuple, Optional, Sequence

PREVIEW, FULL, SHEET, BACKGROUND = range(4)
PATIENCE = 3  # previews that a full picture waits for
SHARES = {SHEET: 0.10, BACKGROUND: 0.05}  # of the time, at least, while they have something to do


class Turn(NamedTuple):
    """A client and the class of what is done for it."""

    client: str
    kind: int


class Turns:
    """What every client and every class has used, and who is next."""

    def __init__(self) -> None:
        self._used: Dict[int, Dict[str, float]] = {kind: {} for kind in range(4)}
        self._spent = dict.fromkeys(range(4), 0.0)
        self._owed = dict.fromkeys(SHARES, 0.0)
        self._previews = 0  # since the last full picture

    def next(self, waiting: Mapping[int, Sequence[str]]) -> Optional[Turn]:
        """Whose turn it is. waiting: class → clients that have something to do in it."""
        kinds = [kind for kind in range(4) if waiting.get(kind)]
        if not kinds:
            return None
        kind = kinds[0]
        if kind == PREVIEW and FULL in kinds and self._previews >= PATIENCE:
            kind = FULL
        for patient in SHARES:
            if patient not in kinds:
                self._owed[patient] = 0.0
            elif self._owed[patient] > 0 and kind < patient:
                kind = patient
        return Turn(self._least(kind, waiting[kind]), kind)

    def used(self, turn: Turn, seconds: float) -> None:
        """A turn is over."""
        ledger = self._used[turn.kind]
        ledger[turn.client] = ledger.get(turn.client, 0.0) + seconds
        self._previews = self._previews + 1 if turn.kind == PREVIEW else 0
        for patient, share in SHARES.items():
            self._owed[patient] += seconds * (share if turn.kind != patient else share - 1)

    def leave(self, client: str) -> None:
        """Forget a client."""
        for ledger in self._used.values():
            ledger.pop(client, None)

    def _least(self, kind: int, clients: Sequence[str]) -> str:
        ledger = self._used[kind]
        known = [ledger[client] for client in clients if client in ledger]
        floor = min(known) if known else 0.0
        for client in clients:
            ledger.setdefault(client, floor)
        chosen = min(clients, key=lambda client: ledger[client])
        base = ledger[chosen]
        for client in ledger:  # who has nothing to do does not save up
            if client not in clients and ledger[client] < base:
                ledger[client] = base
        return chosen
