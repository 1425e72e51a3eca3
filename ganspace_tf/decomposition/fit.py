"""The streaming loop: latents → rows → accumulator, block by block, on several threads, interruptible."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import Any, Callable, Generator

from ganspace_tf.decomposition.ahead import in_order
from ganspace_tf.decomposition.base import Accumulator
from ganspace_tf.decomposition.checkpoint import Checkpoint
from ganspace_tf.errors import ClusterError

Progress = Callable[[int, int], None]


def _not_looked_at(first: int, block: Any) -> None:
    """Nobody wants to see a block."""


class Source:
    """Where blocks of rows come from: this machine. draw(start, stop) gives the latents of rows,
    transform(latents) what `update` takes. Drawing is a block ahead on a thread of its own; transforming on
    as many as blocks may be transformed `at_once`. seen(first row, block) is shown every block in turn.
    """

    def __init__(
        self,
        draw: Callable[[int, int], Any],
        transform: Callable[[Any], Any],
        at_once: int = 1,
        seen: Callable[[int, Any], None] = _not_looked_at,
    ):
        self.draw, self.transform, self.at_once, self.seen = draw, transform, at_once, seen

    def feed(self, accumulator: Accumulator, start: int, n: int, block: int) -> Generator[int, None, None]:
        """Rows start … n of a pass, block by block; gives the row behind each block after it was read."""
        starts = range(start, n, block)

        def drawn(first: int) -> Any:
            return self.draw(first, min(first + block, n))

        with ExitStack() as stack:
            latents = stack.enter_context(closing(in_order(drawn, starts)))
            blocks = stack.enter_context(closing(in_order(self.transform, latents, self.at_once)))
            for first, item in zip(starts, blocks):
                self.seen(first, item)
                accumulator.update(item)
                yield min(first + block, n)


def accumulate(
    accumulator: Accumulator, n: int, block: int, source: Source, checkpoint: Checkpoint, progress: Progress
) -> None:
    """Feed rows 0 … n in blocks, in as many passes as the accumulator wants, from where it stands.

    block: rows at a time. progress(rows read, rows in all) is called after every block. KeyboardInterrupt
    passes, and leaves a checkpoint of the blocks read so far; so does what ends a cluster.
    """
    total = n * accumulator.passes
    progress(accumulator.rows, total)
    for number in range(accumulator.passes):

        def between_blocks(offset: int = number * n) -> bool:
            return (accumulator.rows - offset) % block == 0

        try:
            with closing(source.feed(accumulator, accumulator.rows - number * n, n, block)) as blocks:
                for stop in blocks:
                    if between_blocks():
                        checkpoint.tick(accumulator, last=stop + block > n)
                    progress(accumulator.rows, total)
            if accumulator.rows == (number + 1) * n:  # a resumed one may be in a later pass already
                accumulator.end_pass()
        except (KeyboardInterrupt, ClusterError):
            if between_blocks():
                checkpoint.save(accumulator)
            raise
