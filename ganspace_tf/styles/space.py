"""A generator seen from its styles: its latents are the S style channels, and all that is done in w is done
there.

    space = StyleSpace(gen)
    s = space.w(n=100, seed=0)                    # (100, 1, S): styles of the w of gen.w(n=100, seed=0)
    space.images(s)                               # the pictures of gen.images(gen.w(n=100, seed=0))
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

import numpy as np

from ganspace_tf.generators import checks
from ganspace_tf.generators.base import Generator
from ganspace_tf.styles.edits import ENDPOINT, check_styles


class StyleSpace(Generator):
    """gen: a generator with style channels. psi, cutoff: of w, before styles are made of it. As a generator
    it has one layer of S channels. Raises UsageError for families without.
    """

    def __init__(self, gen: Generator, psi: Optional[float] = None, cutoff: Optional[int] = None) -> None:
        check_styles(gen, "style space")
        self.gen, self._psi, self._cutoff = gen, psi, cutoff
        self.name, self.family, self.fingerprint = gen.name, gen.family, gen.fingerprint
        self.latent_size, self.n_layers = gen.latent_size, 1
        self.dlatent_size = int(gen.endpoints[gen.resolve_endpoint(ENDPOINT)][0])
        self.image_shape, self.n_classes, self.class_names = gen.image_shape, gen.n_classes, gen.class_names
        self.endpoints, self.noise_shapes, self.threads = gen.endpoints, gen.noise_shapes, gen.threads

    def map_rows(self, z: np.ndarray, labels: Any = None) -> np.ndarray:
        return self.of(self.gen.map(z, labels))[:, 0]

    def of(self, w: np.ndarray) -> np.ndarray:
        """Styles (N, 1, S) of w (N, L, D) or (N, D)."""
        return self.gen.activations(w, ENDPOINT, latent="w", psi=self._psi, cutoff=self._cutoff)[:, None]

    def images(
        self,
        w: np.ndarray,
        psi: Optional[float] = None,
        cutoff: Optional[int] = None,
        noise: Any = "stored",
        labels: Any = None,
        feed: Optional[Mapping[str, np.ndarray]] = None,
        batch: Optional[int] = None,
        compat: Optional[str] = None,
        transform: Any = None,
    ) -> np.ndarray:
        """As in the base class, of styles (N, 1, S) or (N, S)."""
        self.truncate(w, psi, cutoff)  # refused: the w behind these styles is
        styles = self.per_layer(w)[:, 0]
        unused = np.zeros((len(styles), self.gen.dlatent_size), np.float32)
        given = dict(feed or {}, **{ENDPOINT: styles})
        checks.transform(transform, len(styles), self)
        return self.gen.images(unused, noise=noise, labels=labels, feed=given, batch=batch, compat=compat)
