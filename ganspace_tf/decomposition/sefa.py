"""SeFa: directions from the weights alone."""

from __future__ import annotations

import numbers
import re
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

import numpy as np

from ganspace_tf.decomposition.fixed import FixedDirections
from ganspace_tf.decomposition.spectrum import top_eigenvectors
from ganspace_tf.errors import UsageError
from ganspace_tf.fields import LONGEST_LIST, fits
from nvlabs.reading.shown import show

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


class SeFa(FixedDirections):
    """Closed-form factorisation (Shen, Zhou 2021): the directions n of w that change the styles A·n most,
    which are the eigenvectors of the sum of A^T A over the style layers, the largest eigenvalue first.

    weights: for each of the L style layers the matrix [D, C] that turns w into styles (A^T).
    layers: which of them count: "0-5", "3", [0, 1, 2], or None for all.
    """

    name = "sefa"
    summary = "SeFa: closed form over the style weights (option layers), for w"
    options: Dict[str, Any] = dict(FixedDirections.options, layers=None)

    def __init__(
        self,
        components: int,
        features: int,
        rng: Optional[np.random.RandomState] = None,
        weights: Sequence[np.ndarray] = (),
        **options: Any,
    ):
        super().__init__(components, features, rng, **options)
        chosen = style_layers(self.settings["layers"], len(weights))
        if not chosen or any(len(weights[layer]) != features for layer in chosen):
            raise UsageError(
                "sefa works on w with the style weights of a network, which are missing or of another width"
            )
        self._products = np.zeros((features, features))
        for layer in chosen:
            wide = weights[layer].astype(np.float64)  # (D, C)
            self._products += wide @ wide.T

    @classmethod
    def checked_options(cls, options: Dict[str, Any]) -> Dict[str, Any]:
        found = super().checked_options(options)
        return dict(found, layers=plain_layers(found["layers"]))

    @classmethod
    def for_generator(
        cls, gen: Generator, components: int, features: int, rng: np.random.RandomState, **options: Any
    ) -> SeFa:
        try:
            weights = gen.style_weights()
        except NotImplementedError:
            raise UsageError(
                "estimator sefa needs style weights, which {} has not".format(gen.name)
            ) from None
        return cls(components, features, rng, weights=weights, **options)

    def directions(self) -> np.ndarray:
        return top_eigenvectors(self._products, self.components)[1]


def plain_layers(layers: Any) -> Any:
    """Layers as JSON keeps them: None, text, a whole number or a list of such. Raises UsageError."""
    if layers is None or isinstance(layers, str):
        return layers
    plain = layers.tolist() if isinstance(layers, np.ndarray) else layers
    several = isinstance(plain, (list, tuple, range))
    given = plain[: LONGEST_LIST + 1] if several else [plain]
    if len(given) > LONGEST_LIST or not all(fits(one, int) for one in given):
        raise UsageError("layers={}; allowed are whole numbers, such as '0-3' or [0, 1]".format(show(layers)))
    return [int(one) for one in given] if several else int(plain)


def style_layers(layers: Any, count: int) -> List[int]:
    """Layer numbers from "0-5", "3", 3, [0, 1] or None (all); UsageError for what is not 0 … count - 1."""
    if layers is None:
        return list(range(count))
    given: Sequence[Any] = layers if isinstance(layers, (list, tuple, range)) else [layers]
    if isinstance(layers, str):
        match = re.match(r"^(\d{1,9})(?:-(\d{1,9}))?$", layers.strip())
        # a range, not a list: its end may be far beyond the layers that there are
        given = range(int(match.group(1)), int(match.group(2) or match.group(1)) + 1) if match else [layers]
    for layer in given or [layers]:
        whole = isinstance(layer, numbers.Integral) and not isinstance(layer, bool)
        if not whole or not 0 <= layer < count:
            raise UsageError("layers={!r}; allowed are 0 … {}, such as '0-3'".format(layers, count - 1))
    return [int(layer) for layer in given]
