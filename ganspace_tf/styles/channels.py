"""Mean and sigma of every style channel over the latents w of a network.

channels = gs.style_channels(gen)
s = channels.apply(gen.activations(w, "s", latent="w", psi=0.7), "S(6, 501) = +2")
images = gen.images(w, feed={"s": s})
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Iterable, List, NamedTuple, Optional, Sequence

import numpy as np

from ganspace_tf.edits import parse_any_edits, parted
from ganspace_tf.errors import UsageError
from ganspace_tf.generators import checks
from ganspace_tf.generators.base import Generator
from ganspace_tf.machine.pools import one_blas_thread
from ganspace_tf.styles.edits import ENDPOINT, StyleEdit, apply_style_edits, check_styles, column_of

SAMPLES = 10_000  # a sigma from so many latents is right to 0.7 %
BLOCK = 1_000  # latents between two calls of `progress`


class StyleChannels(NamedTuple):
    """mean, stdev: (S,) float32, of every channel. layers: `Generator.style_layers`, whose channels follow
    one another.
    """

    mean: np.ndarray
    stdev: np.ndarray
    layers: Sequence[Any]

    def edit(self, column: int, sigma: float = 1.0) -> StyleEdit:
        """The edit of a channel by its place among the S, ready to be used."""
        ends = np.cumsum([layer.channels for layer in self.layers])
        layer = int(np.searchsorted(ends, column, side="right"))
        channel = column - int(ends[layer]) + self.layers[layer].channels
        return self.measured([StyleEdit(layer, channel, sigma)])[0]

    def apply(self, styles: np.ndarray, edits: Any, centred: bool = False) -> np.ndarray:
        """Styles (N, S) after edits in any form, "S(6, 501) = +2": what `images(feed={"s": …})` takes. Raises
        UsageError.
        """
        others, own = parted(parse_any_edits(edits))
        if others:
            raise UsageError(
                "{} moves w, which does not go here; edits S(layer, channel) do".format(others[0])
            )
        return apply_style_edits(styles, self.layers, self.measured(own), centred)

    def measured(self, edits: Iterable[StyleEdit]) -> List[StyleEdit]:
        """The edits with mean and sigma of their channels. Raises UsageError for channels not there."""
        found = []
        for edit in edits:
            column = column_of(self.layers, edit)
            mean, stdev = (float(str(values[column])) for values in (self.mean, self.stdev))
            found.append(replace(edit, mean=mean, stdev=stdev))
        return found


def style_channels(
    gen: Generator,
    n: int = SAMPLES,
    seed: int = 0,
    labels: Any = None,
    progress: Optional[Callable[[int], None]] = None,
) -> StyleChannels:
    """Statistics of the style channels over n latents w of the row-addressed stream.

    A style is an affine map of w, s = A w + b, so they follow from those of w: mean A μ + b, variance
    diag(A C A^T) with the covariance C of w. labels: the class, of networks with classes. progress: told the
    number of new latents, time and again. Raises UsageError for generators without style channels, and
    for fewer than two latents.
    """
    check_styles(gen, "style channels")
    n = checks.count("n", n, least=2)  # one latent has no spread
    z = gen.z(n=n, seed=seed)
    rows = np.empty((n, gen.dlatent_size), np.float32)
    for start in range(0, n, BLOCK):
        rows[start : start + BLOCK] = gen.map_rows(z[start : start + BLOCK], labels)
        if progress is not None:
            progress(len(z[start : start + BLOCK]))
    mean = gen.activations(rows.mean(axis=0, dtype=np.float64)[None], ENDPOINT, latent="w")[0]
    weights = np.concatenate(gen.style_weights(), axis=1).astype(np.float64)  # (D, S)
    with one_blas_thread():  # the sigma of an edit does not depend on the number of cores
        covariance = np.cov(rows.astype(np.float64), rowvar=False)
        variance = ((covariance @ weights) * weights).sum(axis=0)
    return StyleChannels(mean, np.sqrt(np.maximum(variance, 0)).astype(np.float32), gen.style_layers)
