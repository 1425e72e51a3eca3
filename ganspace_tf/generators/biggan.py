"""BigGAN-deep behind the generator contract.

There is no mapping network: a "w" is the latent itself, one for each of the L places that take one (`gen_z`
and every residual block), so edits of layers work as they do for StyleGAN. Truncation acts twice: z is scaled
when it is drawn, and the statistics of the batch norms are chosen when it is used.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from ganspace_tf.biggan import files, latents
from ganspace_tf.biggan.class_weights import class_weights
from ganspace_tf.biggan.classes import default_class, names_for
from ganspace_tf.biggan.endpoints import GEN_Z, IMAGE, endpoint_shapes
from ganspace_tf.biggan.inspection import describe
from ganspace_tf.biggan.record import BigGANRecord
from ganspace_tf.biggan.statistics import check_truncation
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.generators import checks
from ganspace_tf.generators.base import Generator, LinearMap
from ganspace_tf.generators.stages import Stages, biggan_stages
from nvlabs.running.first_start import start_tensorflow

if TYPE_CHECKING:
    from ganspace_tf.biggan.network import BigGANNetwork

VECTOR_BYTES = 16 << 20  # the same for endpoints without pixels


def recognises(path: str) -> bool:
    """A TF1-Hub module folder, or a folder with config.json and pytorch_model.bin."""
    return os.path.isdir(path) and files.is_biggan(path)


def load(path: str, threads: Optional[int] = None) -> Generator:
    """The generator in a folder. Raises BigGANFileError or TorchFileError for one that is refused."""
    return BigGAN(files.read(path), os.path.basename(os.path.abspath(path)), threads)


class _Inputs(NamedTuple):
    """z: (N, 1 | L, latent); classes: (N, 1 | L, n_classes) weights; psi, rule: which statistics."""

    z: np.ndarray
    classes: np.ndarray
    psi: float
    rule: str


class BigGAN(Generator):
    """A BigGAN-deep network. It has no noise inputs and no average latent.

    record: the data of the network; name: for captions and files; threads: of TensorFlow, None for all cores;
    layout: of feature maps in the graph, "NHWC", "NCHW" or None to choose by device.
    class_names: names of the classes (`classes.ClassNames`), or None where the classes have none.
    """

    family = "biggan-deep"
    linear_endpoints = (GEN_Z,)
    has_mapping = False
    batch_bytes = 32 << 20  # larger ones are slower

    def __init__(
        self,
        record: BigGANRecord,
        name: str = "biggan-deep",
        threads: Optional[int] = None,
        layout: Optional[str] = None,
    ) -> None:
        s = record.structure
        self.structure = s
        self.name = name
        self.fingerprint = record.fingerprint()
        self.latent_size = self.dlatent_size = s.latent_size
        self.n_layers = s.n_latents
        self.image_shape = (3, s.resolution, s.resolution)
        self.n_classes = s.n_classes
        self.class_names = names_for(s.n_classes, record.class_names)
        self.default_class = default_class(s.n_classes)
        self._facts = describe(record)
        self._record: Optional[BigGANRecord] = record
        self._network: Optional[BigGANNetwork] = None
        self._options = threads, layout
        self._lock = threading.Lock()
        self.endpoints = endpoint_shapes(s)
        self.aliases = OrderedDict(
            (full[len("generator.") :], full) for full in self.endpoints if full.startswith("generator.")
        )

    @property
    def truncates(self) -> bool:
        return True

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
        """Truncated-normal latents times psi, (N, latent_size) float32; arguments as in the base class."""
        scale = check_truncation(psi)
        super().z(seeds=seeds, n=None if n is None else min(n, 1), seed=seed, compat=compat, start=0)
        if seeds is not None:
            return latents.seed_rows(checks.seeds(seeds), self.latent_size, scale)
        seed, n = checks.seed(seed), checks.count("n", n)
        start = checks.count("start", start, least=0, most=2**62)
        if compat == "ganspace":
            return latents.legacy_rows(seed, start + n, self.latent_size, scale)[start:]
        return latents.normal_rows(seed, start, start + n, self.latent_size, scale)

    def map_rows(self, z: np.ndarray, labels: Any = None) -> np.ndarray:
        """z itself: there is no mapping network."""
        return checks.rows("z", z, self.latent_size)

    def label_weights(self, labels: Any, n: int) -> Optional[np.ndarray]:
        """As in the base class; names and mixtures are understood, classes that differ by layer are not."""
        if labels is None:
            return None
        return class_weights(labels, n, 1, self.n_classes, self.class_names)[:, 0]

    def truncate(self, w: np.ndarray, psi: Optional[float], cutoff: Optional[int] = None) -> np.ndarray:
        """w as it is: latents are truncated when they are drawn, by `z(psi=…)`. A cutoff is a UsageError."""
        check_truncation(psi)
        if cutoff is not None:
            raise UsageError("cutoff={!r}: BigGAN-deep has one truncation for all layers".format(cutoff))
        return self.per_layer(w)

    # ------------------------------------------------------------------ network

    @property
    def network(self) -> BigGANNetwork:
        """Graph and session. TensorFlow starts when they are first needed, and takes the weights over."""
        with self._lock:
            if self._network is None:
                if self._record is None:
                    raise UsageError("{} was closed; load it again".format(self.name))
                start_tensorflow()
                from ganspace_tf.biggan.network import BigGANNetwork

                self._network = BigGANNetwork(self._record, *self._options)
                self._record = None
            return self._network

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
        classes: Any = None,
    ) -> np.ndarray:
        """Output of one endpoint: (N, C, H, W) or (N, D) float32. Nothing behind it is computed.

        latents: (N, latent) or one per layer (N, L, latent), whatever `latent` says. The rest as in `images`.
        """
        self.truncate(latents, psi, cutoff)
        checks.transform(transform, len(latents), self)
        name = self.resolve_endpoint(endpoint)
        names = list(self.endpoints)
        size = self._batch(names[: names.index(name) + 1])
        return self._run(name, self._inputs(latents, classes, labels, noise, psi, compat), size, {})

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
        classes: Any = None,
    ) -> np.ndarray:
        """Images of latents (N, latent) or (N, L, latent): (N, 3, H, W) float32 in [-1, 1].

        psi: the truncation whose statistics are used, above 0 and up to 1, None for 1; it does not scale the
        latents, `z` does. classes: an index, a name, N of them, one per layer, or weights, see
        `biggan.class_weights.class_weights`; None for GANSpace's husky, or class 0 where the classes are not
        ImageNet's. labels: the same under the name of the base class. feed: endpoint → activations to use
        there. compat="ganspace": statistics between two rows of the tables as the PyTorch port mixes them,
        and other nouns as class names.
        """
        self.truncate(w, psi, cutoff)
        checks.transform(transform, len(w), self)
        size = self.image_batch if batch is None else checks.count("batch", batch)
        return self._run(IMAGE, self._inputs(w, classes, labels, noise, psi, compat), size, feed or {})

    @property
    def stages(self) -> Optional[Stages]:
        return biggan_stages(self.structure)

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
        self.truncate(w, psi, cutoff)
        checks.transform(transform, len(w), self)
        given = self._inputs(w, None, labels, noise, psi, compat)
        return self.network.fetch_inside(names, *given, feed=feed)

    @property
    def channels_last(self) -> bool:
        return bool(self.network.session.layout == "NHWC")

    def _inputs(
        self, latents: Any, classes: Any, labels: Any, noise: Any, psi: Any, compat: Optional[str]
    ) -> _Inputs:
        """The arguments of a run, checked."""
        psi, compat = check_truncation(psi), checks.compat(compat)
        z = self.per_layer(latents)
        if np.ndim(latents) == 2:
            z = z[:, :1]
        if classes is not None and labels is not None:
            raise UsageError("give classes=… or labels=…, which mean the same, not both")
        if noise not in ("stored", "none", None):
            text = "noise={!r}: BigGAN-deep has no noise inputs; allowed: 'stored', 'none'"
            raise UsageError(text.format(noise))
        given = labels if classes is None else classes
        sizes = (len(z), self.n_layers, self.n_classes)
        weights = class_weights(given, *sizes, names=self.class_names, nearest=compat == "ganspace")
        return _Inputs(z, weights, psi, compat or "linear")

    def _run(self, name: str, given: _Inputs, size: int, feed: Mapping[str, np.ndarray]) -> np.ndarray:
        """One endpoint for all samples, `size` at a time."""
        fed = {}
        for place, value in feed.items():
            full = self.resolve_endpoint(place)
            fed[full] = self._fed(full, value, len(given.z))
        out = np.empty((len(given.z),) + tuple(self.endpoints[name]), np.float32)
        for start in range(0, len(out), size):
            part = slice(start, start + size)
            values = {place: value[part] for place, value in fed.items()}
            z, classes = given.z[part], given.classes[part]
            out[part] = self.network.fetch(name, z, classes, given.psi, given.rule, values)
        return out

    def _fed(self, place: str, value: Any, n: int) -> np.ndarray:
        """Activations to feed, one for every image."""
        array = checks.floats("activations for " + place, value)
        shape = tuple(self.endpoints[place])
        if array.shape not in ((n,) + shape, (1,) + shape):
            text = "activations for {} have shape {}; allowed: {}"
            raise UsageError(text.format(place, array.shape, (n,) + shape))
        return np.broadcast_to(array, (n,) + shape)

    def _batch(self, names: Any) -> int:
        """How many samples keep the largest output of these endpoints within the limit."""
        shapes = [self.endpoints[name] for name in names]
        limit = self.batch_bytes if any(len(shape) > 1 for shape in shapes) else VECTOR_BYTES
        return max(1, limit // (4 * max(int(np.prod(shape)) for shape in shapes)))

    # ------------------------------------------------------------------ weights and facts

    def linear_map(self, endpoint: str, labels: Any = None, psi: Optional[float] = None) -> LinearMap:
        """`gen_z` as a map of the latent: the class is part of the bias, psi of the latents alone."""
        name = self.resolve_endpoint(endpoint)
        if name not in self.linear_endpoints:
            raise UnknownName.among("linear endpoint", endpoint, self.linear_endpoints)
        weight = self.network.condition_weights()[0][: self.latent_size]
        bias = self.activations(np.zeros((1, self.latent_size), np.float32), name, labels=labels)[0]
        return LinearMap(weight, bias, check_truncation(psi) * float(np.sqrt(latents.VARIANCE)))

    def style_weights(self) -> List[np.ndarray]:
        """For each of the L latents the weights that it meets, [latent, C]: those of `gen_z`, then scales and
        offsets of the four batch norms of a block."""
        return [weights[: self.latent_size] for weights in self.network.condition_weights()]

    def describe(self) -> Dict[str, Any]:
        facts = super().describe()
        facts["truncation"] = self._facts["truncation"]
        for key in ("file_format", "resolution", "channel_width", "parameters", "blocks", "class_names"):
            facts[key] = self._facts[key]
        default = self.default_class
        facts["default_class"] = self._facts["class_names"][default] if self.class_names else default
        return facts

    def close(self) -> None:
        with self._lock:
            self._record = None
            if self._network is not None:
                self._network.close()
