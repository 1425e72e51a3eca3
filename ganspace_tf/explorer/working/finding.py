"""Components that a session does not have yet, found between other turns."""

from __future__ import annotations

from ganspace_tf.explorer.subject import Later, Subject
from ganspace_tf.explorer.working.stepped import Stepped


class Finding:
    """One search. over: whether the session has what was found."""

    def __init__(self, session: Subject, later: Later) -> None:
        self._session = session
        self._stepped = Stepped(lambda pause: later(lambda done, total: pause((done, total))))
        self.over = False

    def step(self) -> str:
        """Go on to the next block of samples; how far it is, for people. Raises what the search raises."""
        try:
            done, total = next(self._stepped)
        except StopIteration:
            self._session.found(self._stepped.value)
            self.over = True
            return ""
        return "finding components: {:,} of {:,} samples".format(done, total)

    def stop(self) -> None:
        """End it, wherever it is."""
        self._stepped.stop()
