"""The contract of a generator: what the method needs to know of a GAN, whatever its family.

Axis letters: N samples, L style layers, D width of w, K components, C/H/W of an image or a feature map.
A subclass fills in the attributes and the methods that raise `NotImplementedError`; the rest follows from
them.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf import sampling
from ganspace_tf.errors import GanspaceError, UnknownName, UsageError
from ganspace_tf.generators import checks
from ganspace_tf.generators.stages import Stages
from nvlabs.describing.styles import StyleLayer

Shape = Tuple[int, ...]

ALONE_BYTES = 16 << 20  # of feature maps at a time; with more, they leave the processor's caches


class LinearMap(NamedTuple):
    """An endpoint that is linear in z: activations = z · weight + bias.

    weight: (latent_size, F); bias: (F,); stdev: of one number of z, all of which are independent.
    """

    weight: np.ndarray
    bias: np.ndarray
    stdev: float


class Generator:
    """A trained generator: latents in; w, activations and images out.

    Attributes
    name: what to call it in captions and files
    family: "stylegan", "stylegan2", "stylegan2-ada", "biggan-deep", …
    fingerprint: 64 hex digits that change with the architecture and with any weight; keys of caches, and what
        ties components and edits to their model
    latent_size: width of z; dlatent_size: D, the width of w; n_layers: L, how many w an image takes
    image_shape: (C, H, W); images are float32 NCHW, nominally in [-1, 1]
    n_classes: 0 for an unconditional network
    endpoints: name → shape without the batch axis, (C, H, W) or (D,), in the order of computation
    aliases: other names of endpoints, such as those that GANSpace's PyTorch models gave them
    noise_shapes: (H, W) of every noise input in network order
    noise_fill: "chain" (one random stream fills all maps in order, as for StyleGAN2 in GANSpace) or "reseed"
        (the stream starts again for every map, as for StyleGAN)
    dlatent_avg: (D,) the centre of truncation, or None for a network that has none
    style_layers: the layers with style channels, `nvlabs.describing.styles.StyleLayer` each, in the order of
        the network; the endpoint "s" has their channels one behind the other. Empty for families without
    linear_endpoints: those that `linear_map` knows
    has_gradient: whether photos can be projected (see `open_loss`)
    takes_transform: whether the input can be moved, turned and scaled (StyleGAN3)
    has_mapping: whether a mapping network makes w of z; where there is none, w is z and one sigma of it is 1
    class_names: names of the classes (see `biggan.classes.ClassNames`), or None
    default_class: the class of a picture for which none is asked; None: none, weights of zero
    batch_bytes: of the largest feature map of a batch, where activations are computed
    path: of the file or folder it was opened from, absolute; "" where it is from none
    threads: of TensorFlow, as it was opened; None: all cores
    maps_in_threads: whether several threads may call map_rows and map_rows_fast at once
    cluster: a `ganspace_tf.cluster.Cluster` to render frames on; None: here
    """

    name = ""
    family = ""
    fingerprint = ""
    latent_size = 0
    dlatent_size = 0
    n_layers = 0
    image_shape: Shape = (0, 0, 0)
    n_classes = 0
    endpoints: Mapping[str, Shape] = OrderedDict()
    aliases: Mapping[str, str] = OrderedDict()
    noise_shapes: Sequence[Tuple[int, int]] = ()
    noise_fill = "chain"
    dlatent_avg: Optional[np.ndarray] = None
    style_layers: Sequence[StyleLayer] = ()
    linear_endpoints: Sequence[str] = ()
    has_gradient = False
    takes_transform = False
    has_mapping = True
    class_names: Any = None
    default_class: Optional[int] = None
    batch_bytes = 128 << 20
    path = ""
    threads: Optional[int] = None
    maps_in_threads = False
    cluster: Any = None

    def __repr__(self) -> str:
        H, W = self.image_shape[1:]
        classes = ", {} classes".format(self.n_classes) if self.n_classes else ""
        return "<{} {}: {} × {} pixels, {} layers of {}{}>".format(
            self.family, self.name, W, H, self.n_layers, self.dlatent_size, classes
        )

    @property
    def truncates(self) -> bool:
        """Whether psi means anything to this network."""
        return self.dlatent_avg is not None

    @property
    def fingerprint_now(self) -> str:
        """`fingerprint` of the network as it computes now: another one where variables were changed."""
        return self.fingerprint

    # ------------------------------------------------------------------ latents

    def z(
        self,
        seeds: Any = None,
        n: Optional[int] = None,
        seed: Optional[int] = None,
        compat: Optional[str] = None,
        start: int = 0,
        psi: Optional[float] = None,
    ) -> np.ndarray:
        """Latents, (N, latent_size) float32.

        seeds=[…]: one row per seed, each from its own legacy NumPy `RandomState`, as published seeds mean it.
        n and seed: rows start … start+n of the row-addressed stream (`sampling.normal_rows`); row i
        depends on (seed, i) alone. With compat="ganspace" the rows of one legacy draw of start+n rows, as
        GANSpace draws a batch.
        psi: families that truncate z (BigGAN) scale it here; the others truncate w in `images`, and ignore
        it.
        Raises UsageError for seeds outside 0 … 2**32-1, for both or neither way of asking, for an unknown
        compat.
        """
        checks.psi(psi)
        checks.compat(compat)
        if (seeds is None) == (n is None):
            raise UsageError(
                "give either seeds=[…] (one latent per seed) or n=… with seed=… (rows of one stream)"
            )
        if seeds is not None:
            if seed is not None or start:
                raise UsageError(
                    "seed= and start= belong to n=…; with seeds=[…] every latent has its own seed"
                )
            return sampling.seed_rows(checks.seeds(seeds), self.latent_size)
        if seed is None:
            raise UsageError("n={} latents need a seed=… too (0 … 4294967295)".format(n))
        seed, n, start = (
            checks.seed(seed),
            checks.count("n", n),
            checks.count("start", start, least=0, most=2**62),
        )
        if compat == "ganspace":
            return sampling.ganspace_rows(seed, start + n, self.latent_size)[start:]
        return sampling.normal_rows(seed, start, start + n, self.latent_size)

    def map_rows(self, z: np.ndarray, labels: Any = None) -> np.ndarray:
        """w of every z, not repeated per layer: (N, latent_size) → (N, D) float32, as pictures take it: the
        same on every processor and on any number of threads, but for one number in some ten million, where a
        float64 sum lies in the middle between two float32 numbers."""
        raise NotImplementedError

    def map_rows_fast(self, z: np.ndarray, labels: Any = None) -> np.ndarray:
        """The same up to some 1e-6 of a w's length, for statistics over many rows. A row depends neither on
        those beside it nor on threads. Families without a faster way take the exact one."""
        return self.map_rows(z, labels)

    def map(self, z: np.ndarray, labels: Any = None) -> np.ndarray:
        """w of every z for every layer: (N, latent_size) → (N, L, D) float32, the same w in all L layers."""
        return np.array(self.per_layer(self.map_rows(z, labels)))

    def w(
        self,
        seeds: Any = None,
        n: Optional[int] = None,
        seed: Optional[int] = None,
        labels: Any = None,
        compat: Optional[str] = None,
        start: int = 0,
        psi: Optional[float] = None,
    ) -> np.ndarray:
        """`map` of the latents that `z` draws for the same arguments: (N, L, D) float32."""
        return self.map(self.z(seeds=seeds, n=n, seed=seed, compat=compat, start=start, psi=psi), labels)

    def label_weights(self, labels: Any, n: int) -> Optional[np.ndarray]:
        """Labels as weights of the classes, (n, n_classes) float32; None stays None. Raises UsageError."""
        return checks.labels(labels, n, self.n_classes)

    def per_layer(self, w: np.ndarray) -> np.ndarray:
        """w as one row per layer: (N, D) is repeated to (N, L, D), (N, L, D) passes; anything else is a
        UsageError."""
        return checks.layers(w, self.n_layers, self.dlatent_size)

    def truncate(self, w: np.ndarray, psi: Optional[float], cutoff: Optional[int] = None) -> np.ndarray:
        """avg + (w - avg) * psi in float32, in this order, on the layers below cutoff (None: all). (N, L,
        D) → the same.

        psi None or 1 leaves w as it is. Raises UsageError where the network has no average (`dlatent_avg`).
        """
        w = self.per_layer(w)
        psi, cutoff = checks.psi(psi), checks.cutoff(cutoff, self.n_layers)
        if psi is None or psi == 1:
            return w
        avg = self.dlatent_avg
        if avg is None:
            raise UsageError(
                "psi={}: {} has no average w to truncate towards; use psi=1".format(psi, self.name)
            )
        out = np.array(w, np.float32)
        out[:, :cutoff] = avg + (w[:, :cutoff] - avg) * np.float32(psi)
        return out

    # ------------------------------------------------------------------ network

    def activations(
        self,
        latents: np.ndarray,
        endpoint: str,
        labels: Any = None,
        latent: str = "z",
        noise: Any = "stored",
        psi: Optional[float] = None,
        cutoff: Optional[int] = None,
        compat: Optional[str] = None,
        transform: Any = None,
    ) -> np.ndarray:
        """Output of one endpoint: (N, C, H, W) or (N, D) float32. Nothing behind the endpoint is computed.

        latents: z (N, latent_size) or, with latent="w", w as (N, D) or (N, L, D). noise, compat and
        transform: as in `images`. psi, cutoff: the same for latents that are w; what is computed from z is
        not truncated.
        """
        raise NotImplementedError

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
        """Images of w (N, L, D) or (N, D): (N, C, H, W) float32, nominally in [-1, 1], not clipped.

        psi, cutoff: `truncate`, applied here, so after every edit; None or 1: none.
        noise: "stored" (the network's own maps), "none", "random" (fresh ones for every image), "numpy:SEED",
        "torch-cpu:SEED", "torch-cuda:SEED" (the maps of that stream, the same for all images).
        feed: endpoint → (N, C, H, W) activations to use in place of what the network would compute.
        batch: images at a time, `image_batch` by default.
        compat: None or "ganspace", for families whose PyTorch port computes something else (BigGAN).
        transform: (3, 3), or (N, 3, 3) with one for each image, in the place of the transformation of the
        input that the network stores (StyleGAN3; see `render.motion`). None: the stored one.
        """
        raise NotImplementedError

    @property
    def stages(self) -> Optional[Stages]:
        """Where its run can stop and go on; None for one that always runs as a whole."""
        return None

    @property
    def image_batch(self) -> int:
        """How many images `images` makes at a time if not told otherwise: as many as keep the largest feature
        map within ALONE_BYTES, or one.
        """
        return 1 if self.alone else max(1, ALONE_BYTES // self._largest)

    @property
    def _largest(self) -> int:
        """Bytes of the largest output of an endpoint."""
        return 4 * max((int(np.prod(shape)) for shape in self.endpoints.values()), default=1)

    @property
    def alone(self) -> bool:
        """Whether `images` makes one image at a time if not told otherwise, so that no bit of one depends
        on others in the call: for networks with feature maps of ALONE_BYTES, which gain nothing by batches.
        """
        return self._largest >= ALONE_BYTES

    def inside(
        self,
        w: np.ndarray,
        names: Sequence[str],
        feed: Optional[Mapping[str, np.ndarray]] = None,
        psi: Optional[float] = None,
        cutoff: Optional[int] = None,
        noise: Any = "stored",
        labels: Any = None,
        compat: Optional[str] = None,
        transform: Any = None,
    ) -> Dict[str, np.ndarray]:
        """Outputs of endpoints for w (N, L, D), all from one run and as the graph keeps them: what `feed`
        takes in a later call, in which nothing before it is computed again.

        names: of `stages`; its image comes as (N, C, H, W) in any case. The rest as in `images`.
        """
        raise NotImplementedError

    @property
    def channels_last(self) -> bool:
        """Whether feature maps that `inside` gives are (N, H, W, C), not (N, C, H, W)."""
        raise NotImplementedError

    def open_loss(self, noise: bool = False, more: Any = None) -> Any:
        """A `nvlabs.running.loss_graph.LossGraph`: how far images of w are from pictures, and the gradient by
        w, and with noise=True by the noise maps. more: a term of the caller's. Raises GanspaceError for
        families that have none.
        """
        raise GanspaceError(
            "{} is {}: project projects StyleGAN families only".format(self.name, self.family)
        )

    def style_weights(self) -> List[np.ndarray]:
        """For each of the L layers the matrix [D, C] that turns w into styles, as used at run time (for
        SeFa)."""
        raise NotImplementedError

    def linear_map(self, endpoint: str, labels: Any = None, psi: Optional[float] = None) -> LinearMap:
        """The map from z to an endpoint of `linear_endpoints`, for one class and one truncation of z."""
        raise NotImplementedError

    def resolve_endpoint(self, name: str) -> str:
        """The endpoint that a name means: its own, an alias, or the last parts of one name ("8x8/Conv1").

        Raises UnknownName with the nearest names.
        """
        if name in self.endpoints:
            return name
        if name in self.aliases:
            return self.aliases[name]
        ends = [full for full in self.endpoints if full.endswith("/" + str(name))]
        if len(ends) == 1:
            return ends[0]
        raise UnknownName.among("endpoint", name, list(self.endpoints) + list(self.aliases))

    def describe(self) -> Dict[str, Any]:
        """What a person wants to know of this generator, ready for JSON."""
        return OrderedDict(
            name=self.name,
            family=self.family,
            fingerprint=self.fingerprint,
            latent_size=self.latent_size,
            dlatent_size=self.dlatent_size,
            n_layers=self.n_layers,
            image_shape=list(self.image_shape),
            n_classes=self.n_classes,
            noise_shapes=[list(shape) for shape in self.noise_shapes],
            truncation=self.truncates,
            endpoints=OrderedDict((name, list(shape)) for name, shape in self.endpoints.items()),
            aliases=OrderedDict(self.aliases),
        )

    def neutral(self) -> Optional[bytes]:
        """The network as the bytes of a neutral file (.npz); None for families that have none."""
        return None

    def close(self) -> None:
        """Give back what the network holds (its session and memory). Using it afterwards is an error."""
