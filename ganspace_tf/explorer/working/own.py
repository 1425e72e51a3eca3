"""What the worker does for itself between other turns: it seeks components, then it calibrates previews."""

from __future__ import annotations

from typing import Any, Callable, Optional

from ganspace_tf.explorer.messages import Found, Message, Notice, Refused
from ganspace_tf.explorer.staged.fitting import Fitting
from ganspace_tf.explorer.subject import Subject
from ganspace_tf.explorer.working.painter import Painter
from ganspace_tf.explorer.working.stepped import Stepped

CALIBRATED = Notice(None, "previews are calibrated", "calibrated")


class OwnWork:
    """deliver: given what all clients should know. fit: whether previews are calibrated."""

    def __init__(
        self, session: Subject, painter: Painter, deliver: Callable[[Message], None], fit: bool
    ) -> None:
        self._session, self._painter, self._deliver, self._fit = session, painter, deliver, fit
        self._search: Optional[Stepped] = None
        self._fitting: Optional[Fitting] = None

    @property
    def busy(self) -> bool:
        """Whether there is something to do."""
        return self._search is not None or self._fitting is not None

    def begin(self) -> None:
        """The network is there."""
        later = self._session.later
        if later is None:
            self._begin_fitting()  # with the edits that there are
        else:
            self._search = Stepped(lambda pause: later(lambda done, total: pause((done, total))))

    def step(self, guarded: Callable[[Callable[[], Any]], Any]) -> None:
        """The next block of samples, or the next picture. guarded: gives what a work gives, or Refused."""
        if self._search is not None:
            self._seek(guarded)
        elif self._fitting is not None:
            self._calibrate(guarded, self._fitting)

    def stop(self) -> None:
        """End it, wherever it is."""
        if self._search is not None:
            self._search.stop()

    def _seek(self, guarded: Callable[[Callable[[], Any]], Any]) -> None:
        told = guarded(self._sought)
        if isinstance(told, str):
            self._deliver(Notice(None, told, "finding"))
            return
        if isinstance(told, Refused):
            self._session.later = None
            self._deliver(Notice(None, "no components: {}".format(told.text), "error"))
        self._search = None
        self._deliver(Found(None, self._session.component_sliders(), self._session.initial.to_json()))
        self._begin_fitting()

    def _sought(self) -> Optional[str]:
        """How far the search is, for people; None when the session has what was found."""
        assert self._search is not None
        try:
            return "finding components: {:,} of {:,} samples".format(*next(self._search))
        except StopIteration:
            self._session.found(self._search.value)
            return None

    def _begin_fitting(self) -> None:
        if self._painter.staged and self._fit:
            fitting = Fitting(self._session)
            self._painter.heads = fitting.load()
            if self._painter.heads is None:
                self._fitting = fitting
            else:
                self._deliver(CALIBRATED)

    def _calibrate(self, guarded: Callable[[Callable[[], Any]], Any], fitting: Fitting) -> None:
        failed = guarded(fitting.step)
        if isinstance(failed, Refused):
            self._fitting = None
        elif fitting.result is not None:
            self._painter.heads, self._fitting = fitting.result, None
            fitting.save()
            self._deliver(CALIBRATED)
