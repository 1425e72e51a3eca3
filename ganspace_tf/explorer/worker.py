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
    Found,
    Frame,
    Message,
    Notice,
    Progress,
    Refused,
    Result,
    Sheet,
)
from ganspace_tf.explorer.staged.fitting import Fitting
from ganspace_tf.explorer.staged.policy import AT_ONCE
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.subject import Subject
from ganspace_tf.explorer.working.finding import Finding
from ganspace_tf.explorer.working.painter import OWN, Painter, Shown, Wish
from ganspace_tf.explorer.working.slots import SheetWish, Slot, neighbours
from ganspace_tf.explorer.working.turns import BACKGROUND, FULL, PREVIEW, SHEET, Turn, Turns
from nvlabs.plain_text import one_line

Deliver = Callable[[Message], None]
REST = 0.120  # seconds after which a slider that was moving counts as at rest
MOST_JOBS = 4  # of a client, at once
MOST_ITEMS, MOST_SIDE = 225, 128  # of a sheet, and pixels that each is wide
LONGEST = 300  # characters of an unexpected error's text
CALIBRATED = Notice(None, "previews are calibrated", "calibrated")


class Worker:
    """Computes what clients want, in fair turns.

    deliver: called from the worker's thread with every message; returns at once. at_once: see `Painter`; None
    is never. fit: whether previews are calibrated in the background.
    """

    def __init__(
        self, session: Subject, deliver: Deliver, at_once: Optional[float] = AT_ONCE, fit: bool = True
    ) -> None:
        self.session, self._deliver = session, deliver
        self._painter = Painter(session, -1.0 if at_once is None else at_once)
        self._turns = Turns()
        self._changed = threading.Condition()
        self._slots: "OrderedDict[str, Slot]" = OrderedDict()
        self._gone: Dict[str, Slot] = {}
        self._fit = fit
        self._finding: Optional[Finding] = None
        self._fitting: Optional[Fitting] = None
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
        """A client wants to see a state; what it wanted before is forgotten. moving: more will follow."""
        self._tell(client, lambda slot: slot.want(Wish(id, state, moving, time.monotonic())))

    def seen(self, client: str, id: int, stage: int) -> None:
        """A client has shown a frame."""
        self._tell(client, lambda slot: slot.saw(id, stage))

    def sheet(self, client: str, id: int, kind: str, items: List[State], side: int) -> None:
        """A client wants small pictures, at most `side` wide; the first ones first. kind: for people."""
        self._tell(client, lambda slot: slot.sheets.append(SheetWish(id, list(items), side)))

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

    def _tell(self, client: str, change: Callable[[Slot], Any]) -> None:
        with self._changed:
            slot = self._slots.get(client)
            if slot is not None:
                change(slot)
                self._changed.notify_all()

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
        if self._finding is not None:
            self._finding.stop()

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
            for message in messages:
                self._deliver(message)
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
        if self.session.later is not None:
            self._finding = Finding(self.session, self.session.later)
        else:
            self._begin_fitting()

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
            if slot.jobs or slot.ahead:
                waiting[BACKGROUND].append(client)
        if self._finding is not None or self._fitting is not None:
            waiting[BACKGROUND].append(OWN)
        return self._turns.next(waiting), wait

    def _take(self, turn: Turn, slot: Optional[Slot]) -> None:
        if turn.client == OWN:
            self._find_step() if self._finding is not None else self._fit_step()
        elif slot is None:
            return
        elif turn.kind in (PREVIEW, FULL):
            self._show_step(turn.client, slot)
        elif turn.kind == SHEET:
            self._sheet_step(turn.client, slot)
        elif slot.jobs:
            self._job_step(turn.client, slot)
        else:
            self._guarded(OWN, 0, lambda: self._ahead_step(slot))

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
                slot.put(self._messages(client, wish, shown))
                messages = slot.ready()
            for message in messages:
                self._deliver(message)
        elif wish.done:
            text = "out of memory: nothing smaller can be shown"
            self._deliver(Refused(client, wish.id, "memory", text))
        if wish.done:
            with self._changed:
                slot.finished(wish, neighbours(slot.last, wish.state) if self._painter.staged else [])

    def _messages(self, client: str, wish: Wish, shown: Shown) -> List[Message]:
        H, W = shown.pixels.shape[:2]
        frame = Frame(
            client, wish.id, shown.stage, self._painter.passes.last + 1, shown.exact, W, H,
            1000 * shown.seconds, shown.pixels,
        )  # fmt: skip
        return [frame, Done(client, wish.id, wish.digest, wish.ms)] if wish.done else [frame]

    def _sheet_step(self, client: str, slot: Slot) -> None:
        sheet = slot.sheets[0]
        index, of = sheet.done, len(sheet.items)
        if of > MOST_ITEMS or not 1 <= sheet.side <= MOST_SIDE:
            text = "a sheet has at most {} pictures of {} pixels".format(MOST_ITEMS, MOST_SIDE)
            self._deliver(Refused(client, sheet.id, "limit", text))
            sheet.done = of
        elif of:
            made = self._guarded(
                client, sheet.id, lambda: self._painter.thumbnail(sheet.items[index], sheet.side)
            )
            sheet.done = of if isinstance(made, Refused) else index + 1
            if not isinstance(made, Refused):
                self._deliver(Sheet(client, sheet.id, index, of, made))
        if sheet.done >= of:
            with self._changed:
                slot.drop(sheet)

    def _job_step(self, client: str, slot: Slot) -> None:
        job = slot.jobs[0]
        if job.kind not in JOBS or len(slot.jobs) > MOST_JOBS:
            extra = slot.jobs[-1] if job.kind in JOBS else job
            text = "at most {} jobs at once".format(MOST_JOBS) if extra is not job else "no such job"
            self._deliver(Refused(client, extra.id, "limit" if extra is not job else "kind", text))
            with self._changed:
                slot.drop(extra)
            return
        told = self._guarded(client, job.id, lambda: job.step(self._painter))
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

    def _ahead_step(self, slot: Slot) -> None:
        """One picture that may be asked for next."""
        with self._changed:
            state = slot.ahead.pop(0) if slot.ahead else None
        if state is not None:
            self._painter.ahead(state)

    def _guarded(self, client: str, id: int, work: Callable[[], Any]) -> Any:
        """What some work gives; for what fails a Refused, which is delivered too."""
        while True:
            try:
                return work()
            except GanspaceError as error:
                refused = Refused(client, id, "state", str(error))
            except Exception as error:
                if "ResourceExhausted" in type(error).__name__ or isinstance(error, MemoryError):
                    if self._painter.make_room():
                        self._tell_size(client)
                        continue
                    refused = Refused(client, id, "memory", "out of memory: not even the first stage fits")
                else:
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

    # ------------------------------------------------------------------ components, calibration

    def _find_step(self) -> None:
        finding = self._finding
        if finding is None:
            return
        told = self._guarded(OWN, 0, finding.step)
        if isinstance(told, Refused):
            self._deliver(Notice(None, "no components: {}".format(told.text), "error"))
        elif not finding.over:
            self._deliver(Notice(None, str(told), "finding"))
            return
        self._finding = None
        self._deliver(Found(None, self.session.component_sliders(), self.session.initial.to_json()))
        self._begin_fitting()  # with the edits that there are now

    def _begin_fitting(self) -> None:
        if self._painter.staged and self._fit:
            fitting = Fitting(self.session)
            self._painter.heads = fitting.load()
            if self._painter.heads is None:
                self._fitting = fitting
            else:
                self._deliver(CALIBRATED)

    def _fit_step(self) -> None:
        fitting = self._fitting
        if fitting is None:
            return
        failed = self._guarded(OWN, 0, fitting.step)
        if isinstance(failed, Refused):
            self._fitting = None
        elif fitting.result is not None:
            self._painter.heads, self._fitting = fitting.result, None
            fitting.save()
            self._deliver(CALIBRATED)
