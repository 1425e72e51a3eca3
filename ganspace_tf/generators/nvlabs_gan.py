"""StyleGAN, StyleGAN2 and StyleGAN2-ADA behind the generator contract: one class, what differs comes from
the spec."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

import nvlabs
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.generators import checks
from ganspace_tf.generators.aliases import aliases
from ganspace_tf.generators.base import Generator
from ganspace_tf.generators.layers import style_scopes, style_weight
from ganspace_tf.generators.stages import IMAGES, Stages, stages_of
from ganspace_tf.streams.noise import check_maps, noise_maps, parse_noise
from nvlabs.describing.styles import style_layers
from nvlabs.reading.records import FileRecords
from nvlabs.writing import container

MAP_BATCH = 1024  # rows of z at a time through the mapping network: its layers stay near the core

Maps = Union[None, str, List[np.ndarray]]  # stored noise, "random", or one array per noise input


def recognises(path: str) -> bool:
    """Any ordinary file: where it is no network, nvlabs says what it is instead."""
    return os.path.isfile(path)


def load(path: str, threads: Optional[int] = None) -> Generator:
    """The moving-average generator of an official .pkl or a neutral .npz. Raises nvlabs.NetworkFileError."""
    name = os.path.splitext(os.path.basename(path))[0]
    return NvlabsGenerator(nvlabs.load(path, threads=threads).Gs, name)


class NvlabsGenerator(Generator):
    """A generator of an official network file. TensorFlow starts when something is first computed.

    network: an `nvlabs.Network`; name: what to call it in captions and files.
    """

    has_gradient = True
    maps_in_threads = True

    def __init__(self, network: Any, name: str = ""):
        spec = network.spec
        self.network = network
        self.name = name or network.name
        self.family = spec.family
        self.latent_size = spec.mapping.latent_size
        self.dlatent_size = spec.synthesis.dlatent_size
        self.n_layers = spec.synthesis.num_layers
        self.image_shape = (spec.synthesis.num_channels, *spec.synthesis.image_size)
        self.n_classes = spec.mapping.label_size
        self._scopes = style_scopes(spec.synthesis)
        self.style_layers = style_layers(spec.synthesis)
        network.hand_down_lod()
        self.takes_transform = spec.synthesis.style == "stylegan3"
        self.noise_shapes = list(spec.synthesis.noise_sizes)
        self.noise_fill = "reseed" if spec.synthesis.style == "stylegan" else "chain"

    @property
    def fingerprint(self) -> str:  # type: ignore[override]
        return str(self.network.fingerprint)

    @property
    def fingerprint_now(self) -> str:
        return str(self.network.fingerprint_now)

    @property
    def endpoints(self) -> Mapping[str, Tuple[int, ...]]:  # type: ignore[override]
        return self.network.endpoints

    @property
    def aliases(self) -> Mapping[str, str]:  # type: ignore[override]
        parts = self.network.components.mapping.name, self.network.components.synthesis.name
        return aliases(self.family, self.endpoints, self.network.spec.mapping.layers, *parts)

    @property
    def truncates(self) -> bool:
        return self.network.spec.has_average

    @property
    def dlatent_avg(self) -> Optional[np.ndarray]:  # type: ignore[override]
        # read each time: set_var may have changed it
        return self.network.get_var("dlatent_avg") if self.network.spec.has_average else None

    def map_rows(self, z: np.ndarray, labels: Any = None) -> np.ndarray:
        z = checks.rows("z", z, self.latent_size)
        labels = checks.labels(labels, len(z), self.n_classes)
        mapping = self.network.components.mapping
        w = np.empty((len(z), self.dlatent_size), np.float32)
        for part in _slices(len(z), MAP_BATCH):
            w[part] = mapping.run(z[part], _part(labels, part), dlatent_broadcast=None)
        return w

    def map_rows_fast(self, z: np.ndarray, labels: Any = None) -> np.ndarray:
        z = checks.rows("z", z, self.latent_size)
        return self.network.components.mapping.run_fast(z, checks.labels(labels, len(z), self.n_classes))

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
        checks.compat(compat)
        name = self.resolve_endpoint(endpoint)
        names = list(self.endpoints)
        if latent == "z":
            given = {"z": checks.rows("z", latents, self.latent_size)}
        elif latent == "w":
            if name.startswith(self.network.components.mapping.name + "/"):
                raise UsageError("endpoint {} comes before w: give z (latent='z')".format(name))
            given = {"w": self.truncate(latents, psi, cutoff)}
        else:
            raise UnknownName.among("latent", latent, ("z", "w"))
        n = len(latents)
        labels = checks.labels(labels, n, self.n_classes) if latent == "z" else None
        maps, matrices = self._noise(noise, n), checks.transform(transform, n, self)
        out = np.empty((n,) + tuple(self.endpoints[name]), np.float32)
        for part in _slices(n, self._batch(names[: names.index(name) + 1])):
            inputs = {key: value[part] for key, value in given.items()}
            feed = {"noise": _draw(maps, self.noise_shapes, part), "labels": _part(labels, part)}
            feed["transform"] = _part(matrices, part)
            out[part] = self.network.fetch([name], **inputs, **feed)[name]
        return out

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
        checks.compat(compat)
        w = self.truncate(w, psi, cutoff)
        matrices = checks.transform(transform, len(w), self)
        checks.labels(labels, len(w), self.n_classes)  # w carries them already: only checked
        fed = {self.resolve_endpoint(name): value for name, value in (feed or {}).items()}
        for name, value in fed.items():
            self._check_fed(name, value, len(w))
        maps = self._noise(noise, len(w))
        size = self.image_batch if batch is None else checks.count("batch", batch)
        out = np.empty((len(w),) + self.image_shape, np.float32)
        for part in _slices(len(w), size):
            values = {name: checks.floats(name, value)[part] for name, value in fed.items()}
            drawn = _draw(maps, self.noise_shapes, part)
            given = {"feed": values, "noise": drawn, "transform": _part(matrices, part)}
            out[part] = self.network.fetch([IMAGES], w=w[part], **given)[IMAGES]
        return out

    @property
    def stages(self) -> Optional[Stages]:
        if self.network.growing:  # the image is a blend of several resolutions
            return None
        return stages_of(self.network.spec.synthesis, self.network.components.synthesis.name + "/")

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
        checks.compat(compat)
        w, n = self.truncate(w, psi, cutoff), len(w)
        checks.labels(labels, n, self.n_classes)
        given: Dict[str, Any] = {"noise": _draw(self._noise(noise, n), self.noise_shapes, slice(0, n))}
        given["transform"] = checks.transform(transform, n, self)
        return self.network.fetch(names, w=w, feed=feed, own_layout=True, **given)

    @property
    def channels_last(self) -> bool:
        return bool(self.network.layout == "NHWC")

    def open_loss(self, noise: bool = False, more: Any = None) -> Any:
        return self.network.open_loss(noise, more)

    def style_weights(self) -> List[np.ndarray]:
        spec, part = self.network.spec.synthesis, self.network.components.synthesis
        gain = np.float32(1 / np.sqrt(self.dlatent_size) if spec.use_wscale else 1)  # equalised learning rate
        matrices = []
        for scopes in self._scopes:
            found = [part.get_var(style_weight(spec, scope)) for scope in scopes]
            matrices.append(np.concatenate(found, axis=1) * gain)
        return matrices

    def describe(self) -> Dict[str, Any]:
        facts = super().describe()
        synthesis = self.network.spec.synthesis
        facts["architecture"] = synthesis.architecture
        facts["mapping_layers"] = self.network.spec.mapping.layers
        facts["layers"] = self._scopes
        facts["style_layers"] = [layer._asdict() for layer in self.style_layers]
        return facts

    def neutral(self) -> Optional[bytes]:
        with tempfile.TemporaryDirectory(prefix="ganspace-") as folder:
            path = os.path.join(folder, "network.npz")
            container.save(FileRecords(None, None, self.network.record()), path)
            with open(path, "rb") as stream:
                return stream.read()

    def close(self) -> None:
        self.network.close()

    def _noise(self, noise: Any, n: int) -> Maps:
        """The noise option as maps; a list of arrays (1 or n, 1, h, w) is taken as it is."""
        if isinstance(noise, (list, tuple)):
            maps = check_maps(noise, self.noise_shapes)
            for index, array in enumerate(maps):
                if len(array) not in (1, n):
                    raise UsageError(
                        "noise map {} has shape {}, for {} samples".format(index, array.shape, n)
                    )
            return maps
        spec = parse_noise(noise)
        if spec.seeded:
            return noise_maps(spec, self.noise_shapes, self.noise_fill, latent_size=self.latent_size)
        if spec.kind == "none":
            return [np.zeros((1, 1) + shape, np.float32) for shape in self.noise_shapes]
        return None if spec.kind == "stored" else "random"

    def _batch(self, names: Iterable[str]) -> int:
        """How many samples fit when these endpoints are computed."""
        largest = max(int(np.prod(self.endpoints[name])) for name in names)
        return max(1, self.batch_bytes // (4 * largest))

    def _check_fed(self, name: str, value: Any, n: int) -> None:
        shape = (n,) + tuple(self.endpoints[name])
        if np.shape(value) != shape:
            raise UsageError(
                "activations for {} have shape {}; allowed: {}".format(name, np.shape(value), shape)
            )


def _slices(n: int, size: int) -> Iterator[slice]:
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def _part(values: Optional[np.ndarray], part: slice) -> Optional[np.ndarray]:
    return None if values is None else values[part]


def _draw(maps: Maps, shapes: Sequence[Tuple[int, int]], part: slice) -> Optional[List[np.ndarray]]:
    """The noise arrays of one batch: fresh for every image, those of its rows, or None for the stored
    ones."""
    if maps is None:
        return None
    if isinstance(maps, str):
        source = np.random.default_rng()
        n = part.stop - part.start
        return [source.standard_normal((n, 1) + shape, dtype=np.float32) for shape in shapes]
    return [array if len(array) == 1 else array[part] for array in maps]
