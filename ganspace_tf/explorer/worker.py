"""One thread that computes for many clients; every method returns at once.

    worker = Worker(session, deliver)
    worker.join("a"); worker.show("a", 1, state, moving=True)     # deliver(Frame(…)), deliver(Done(…))

Newest wins: what a client wants to see is overwritten by what it wants next. A run of the network is not
interrupted; between runs the newest wish decides, except on the way to the first picture of a moving slider,
or a drag would show nothing. One frame of a client is under way at a time, until `seen` says that it was
shown: frames are never queued.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from typing import Any, Callable, Dict, List, Optional

from ganspace_tf.errors import GanspaceError
from ganspace_tf.explorer.jobs import JOBS, Job
from ganspace_tf.explorer.messages import (
    Done,
    Frame,
    Message,
    Notice,
    Progress,
    Refused,
    Result,
    Sheet,
)
from ganspace_tf.explorer.staged.policy import AT_ONCE
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.subject import Subject
from ganspace_tf.explorer.working.own import OwnWork
from ganspace_tf.explorer.working.painter import OWN, Painter, Shown, Wish
from ganspace_tf.explorer.working.sheets import SheetWish
from ganspace_tf.explorer.working.slots import Slot, neighbours
from ganspace_tf.explorer.working.turns import BACKGROUND, FULL, PREVIEW, SHEET, Turn, Turns
from nvlabs.plain_text import one_line

Deliver = Callable[[Message], None]
REST = 0.120  # seconds after which a slider that was moving counts as at rest
MOST_JOBS = 4  # of a client, at once
LONGEST = 300  # characters of an unexpected error's text


class Worker:
    """Computes what clients want, in fair turns.

    deliver: called from the worker's thread with every message; returns at once. at_once: see `Painter`; None
    is never. fit: whether previews are calibrated in the background. packed: whether finished pictures are
    kept, and delivered, as they travel.
    """

    def __init__(
        self,
        session: Subject,
        deliver: Deliver,
        at_once: Optional[float] = AT_ONCE,
        fit: bool = True,
        packed: bool = False,
    ) -> None:
        self.session, self._deliver = session, deliver
        self._painter = Painter(session, -1.0 if at_once is None else at_once, packed=packed)
        self._turns = Turns()
        self._changed = threading.Condition()
        self._slots: "OrderedDict[str, Slot]" = OrderedDict()
        self._gone: Dict[str, Slot] = {}
        self._own = OwnWork(session, self._painter, deliver, fit)
        self._patient: Optional[str] = None  # the client whose picture is made step by step while all rest
        self._warm = False
        self._closed = False
        self._thread = threading.Thread(target=self._live, name="explorer", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------------ what clients say

    def join(self, client: str) -> None:
        """A client is there."""
        with self._changed:
            if client not in self._slots:
                self._slots[client] = Slot()
                self._painter.passes.prefixes.join(client)

    def leave(self, client: str) -> None:
        """A client has gone: what it wanted is forgotten."""
        with self._changed:
            slot = self._slots.pop(client, None)
            if slot is not None:
                self._gone[client] = slot
                self._changed.notify_all()

    def show(self, client: str, id: int, state: State, moving: bool) -> None:
        """A client wants to see a state; what it wanted before is forgotten. moving: more will follow.

        A picture that is kept is delivered at once, whatever is being run.
        """
        wish = Wish(id, state, moving, time.monotonic())

        def wants(slot: Slot) -> List[Message]:
            slot.want(wish)
            kept = self._painter.kept(wish)
            if kept is None:
                return []
            slot.meet(wish, self._messages(client, wish, kept))
            slot.finished(wish, neighbours(slot.last, state) if self._painter.staged else [])
            return slot.ready()

        self._hand_out(self._tell(client, wants))

    def seen(self, client: str, id: int, stage: int) -> None:
        """A client has shown a frame."""

        def saw(slot: Slot) -> List[Message]:
            slot.saw(id, stage)
            return slot.ready()

        self._hand_out(self._tell(client, saw))

    def sheet(self, client: str, id: int, kind: str, items: List[State], side: int) -> None:
        """A client wants small pictures, at most `side` wide; the first ones first. kind: see `SheetWish`."""
        self._tell(client, lambda slot: slot.sheets.append(SheetWish(id, kind, list(items), side)))

    def job(self, client: str, id: int, kind: str, arguments: Dict[str, Any]) -> None:
        """A client wants a longer work done; see `jobs.JOBS`."""
        self._tell(client, lambda slot: slot.jobs.append(Job(id, kind, arguments)))

    def cancel(self, client: str, id: int) -> None:
        """A client wants a sheet or a job no more."""
        self._tell(client, lambda slot: slot.cancelled.add(id))

    def close(self) -> None:
        """End the thread and wait for it."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def stages(self) -> List[Dict[str, Any]]:
        """What is shown on the way to the exact picture; see `Painter.facts`."""
        return self._painter.facts()

    def _tell(self, client: str, change: Callable[[Slot], Any]) -> Any:
        """What a change of a client's slot gives; None for a client that is not there."""
        with self._changed:
            slot = self._slots.get(client)
            if slot is None:
                return None
            self._changed.notify_all()
            return change(slot)

    def _hand_out(self, messages: Optional[List[Message]]) -> None:
        """Outside of the lock: who is given messages may ask for more."""
        for message in messages or []:
            self._deliver(message)

    # ------------------------------------------------------------------ the thread

    def _live(self) -> None:
        """The loop; once more if it fails, and then no more."""
        for again in (True, False):
            try:
                self._loop()
                break
            except Exception as error:
                logging.getLogger(__name__).exception("the worker of the explorer failed")
                text = "the worker failed: {}".format(one_line(error, LONGEST))
                if not again:
                    self._deliver(Notice(None, text, "fatal"))
        with self._changed:
            slots = list(self._slots.values()) + list(self._gone.values())
        for slot in slots:
            slot.stop()
        self._own.stop()

    def _loop(self) -> None:
        if not self._warm:
            self._start()
        while True:
            with self._changed:
                turn, wait, slot = None, None, None
                messages = [message for slot in self._slots.values() for message in slot.ready()]
                idle = not messages and not self._gone and not any(s.cancelled for s in self._slots.values())
                if idle and not self._closed:
                    turn, wait = self._next()
                    if turn is None:
                        self._changed.wait(wait)
                        continue
                    slot = self._slots.get(turn.client)
                elif self._closed:
                    return
            self._hand_out(messages)
            self._sweep()
            if turn is not None:
                began = time.perf_counter()
                self._take(turn, slot)
                self._turns.used(turn, time.perf_counter() - began)

    def _start(self) -> None:
        """Build the network, time it, and see whether its previews are calibrated."""
        self._deliver(Notice(None, "building the network and making the first picture", "starting"))
        try:
            self._painter.warm_up()
        except GanspaceError as error:  # such as a network that gives NaN: every wish will say so
            self._deliver(Notice(None, str(error), "error"))
        self._warm = True
        self._deliver(Notice(None, "ready", "ready"))
        self._own.begin()

    def _sweep(self) -> None:
        """Forget clients that have gone, and end what is wanted no more."""
        with self._changed:
            gone, self._gone = self._gone, {}
            dropped = [(client, work) for client, slot in self._slots.items() for work in slot.dropped()]
            for client in gone:
                if client not in self._slots:  # not back again
                    self._painter.passes.prefixes.leave(client)
                    self._turns.leave(client)
        for slot in gone.values():
            slot.stop()
        for client, work in dropped:
            if isinstance(work, Job):
                work.stop()
            self._deliver(Refused(client, work.id, "cancelled", "cancelled"))

    def _next(self) -> Any:
        """Whose turn it is, or None and how long to wait at most."""
        waiting: Dict[int, List[str]] = {PREVIEW: [], FULL: [], SHEET: [], BACKGROUND: []}
        now, wait = time.monotonic(), None
        for client, slot in self._slots.items():
            kind, rest = slot.shows(now, REST)
            if kind is not None:
                waiting[kind].append(client)
            elif rest is not None:
                wait = rest if wait is None else min(wait, rest)
            if slot.sheets:
                waiting[SHEET].append(client)
            if slot.jobs:
                waiting[BACKGROUND].append(client)
        self._painter.waiting = len(waiting[PREVIEW])
        if wait is None and not waiting[PREVIEW] and not waiting[FULL]:
            waiting[BACKGROUND] += self._resting(waiting[BACKGROUND])
        if self._own.busy:
            waiting[BACKGROUND].append(OWN)
        return self._turns.next(waiting), wait

    def _resting(self, busy: List[str]) -> List[str]:
        """Clients for whom pictures are made that nobody waits for: one that was begun is finished first,
        since another one would take what it goes on from.
        """
        found = [c for c, slot in self._slots.items() if c not in busy and (slot.ahead or slot.rough)]
        return [self._patient] if self._patient in found else found

    def _take(self, turn: Turn, slot: Optional[Slot]) -> None:
        if turn.client == OWN:
            self._own.step(lambda work: self._guarded(OWN, 0, work, again=False))
        elif slot is None:
            return
        elif turn.kind in (PREVIEW, FULL):
            self._show_step(turn.client, slot)
        elif turn.kind == SHEET:
            self._sheet_step(turn.client, slot, slot.sheets)
        elif slot.jobs:
            self._job_step(turn.client, slot)
        elif slot.ahead:
            self._patient = None if self._ahead_step(slot) else turn.client
        else:
            self._patient = None if self._sheet_step(turn.client, slot, slot.rough) else turn.client

    # ------------------------------------------------------------------ turns

    def _show_step(self, client: str, slot: Slot) -> None:
        with self._changed:
            wish = slot.current_wish()
        if wish is None:
            return
        shown = self._guarded(client, wish.id, lambda: self._painter.advance(client, wish))
        if isinstance(shown, Refused):
            wish.previewed = wish.done = True
        elif shown is not None:
            with self._changed:
                if slot.works_at(wish):  # a kept picture may have taken its place
                    slot.put(self._messages(client, wish, shown))
                messages = slot.ready()
            self._hand_out(messages)
        elif wish.done:
            text = "out of memory: nothing smaller can be shown"
            self._deliver(Refused(client, wish.id, "memory", text))
        if wish.done and slot.works_at(wish):
            with self._changed:
                slot.finished(wish, neighbours(slot.last, wish.state) if self._painter.staged else [])

    def _messages(self, client: str, wish: Wish, shown: Shown) -> List[Message]:
        H, W = shown.pixels.shape[:2]
        frame = Frame(
            client, wish.id, shown.stage, self._painter.passes.last + 1, shown.exact, W, H,
            1000 * shown.seconds, shown.pixels,
        )  # fmt: skip
        return [frame, Done(client, wish.id, wish.digest, wish.ms)] if wish.done else [frame]

    def _sheet_step(self, client: str, slot: Slot, sheets: List[SheetWish]) -> bool:
        """One run for a sheet; whether a picture has come of it."""
        sheet = next(iter(sheets), None)
        if sheet is None:  # it was cancelled meanwhile
            return True
        made: Any = None
        over = bool(sheet.wrong) or not sheet.items
        if sheet.wrong:
            self._deliver(Refused(client, sheet.id, "limit", sheet.wrong))
        elif sheet.items:
            made = self._guarded(client, sheet.id, lambda: sheet.step(self._painter, client))
            over = isinstance(made, Refused)
            if made is not None and not over:
                self._deliver(made)
        with self._changed:
            if over or sheet.given:
                slot.drop(sheet)
                if not over and sheet.rough:
                    slot.rough.append(sheet)
        return over or made is not None

    def _job_step(self, client: str, slot: Slot) -> None:
        job = slot.jobs[0]
        if job.kind not in JOBS or len(slot.jobs) > MOST_JOBS:
            extra = slot.jobs[-1] if job.kind in JOBS else job
            text = "at most {} jobs at once".format(MOST_JOBS) if extra is not job else "no such job"
            self._deliver(Refused(client, extra.id, "limit" if extra is not job else "kind", text))
            with self._changed:
                slot.drop(extra)
            return
        told = self._guarded(client, job.id, lambda: job.step(self._painter), again=False)
        if isinstance(told, Refused) or job.over:
            if job.over and not isinstance(told, Refused):
                self._deliver(Result(client, job.id, job.kind, job.value))
            with self._changed:
                slot.drop(job)
        elif isinstance(told, tuple) and len(told) == 3:
            if isinstance(told[2], str):
                self._deliver(Progress(client, job.id, *told))
            else:
                self._deliver(Sheet(client, job.id, *told))

    def _ahead_step(self, slot: Slot) -> bool:
        """One run for a picture that may be asked for next; whether it is there."""
        with self._changed:
            state = slot.ahead[0] if slot.ahead else None
        if state is None:
            return True
        there = self._guarded(OWN, 0, lambda: self._painter.ahead(state))  # Refused counts as there
        with self._changed:
            if there and slot.ahead and slot.ahead[0] is state:
                slot.ahead.pop(0)
        return bool(there)

    def _guarded(self, client: str, id: int, work: Callable[[], Any], again: bool = True) -> Any:
        """What some work gives; for what fails a Refused, which is delivered too. again: whether it can be
        done once more with more memory; what goes on step by step ends with an error.
        """
        while True:
            try:
                return work()
            except GanspaceError as error:
                refused = Refused(client, id, "state", str(error))
            except MemoryError:
                if self._painter.make_room(smaller=again) and again:
                    self._tell_size(client)
                    continue
                text = "not even the first stage fits" if again else "this takes more than there is"
                refused = Refused(client, id, "memory", "out of memory: " + text)
            except Exception as error:
                logging.getLogger(__name__).exception("a wish could not be met")
                refused = Refused(client, id, "failed", one_line(error, LONGEST))
            if client != OWN:
                self._deliver(refused)
            return refused

    def _tell_size(self, client: str) -> None:
        """Say how large pictures still can be, where the memory does not hold the whole network's."""
        painter = self._painter
        if painter.largest < painter.passes.last and client != OWN:
            side = max(painter.passes.stages.rows[painter.largest].size)
            self._deliver(Notice(client, "out of memory: {} px".format(side), "error"))
