"""What was asked of a decomposition: checked, and with every default filled in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Dict, Optional

import numpy as np

from ganspace_tf.decomposition import linear as linear_pca
from ganspace_tf.decomposition.randomised import SketchPCA
from ganspace_tf.decomposition.rows import SAMPLINGS, Space
from ganspace_tf.decomposition.table import estimator_class
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.generators import checks

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

COMPAT_ESTIMATORS = ("pca", "ipca", "fbpca", "ica", "spca")
COMPAT_BATCH = 20  # what the original chooses on a GPU with plenty of memory
COMPONENTS = 80  # where nothing is said, as in the original
BLOCK_NUMBERS = 2**24  # features in one block: 64 MiB
IPCA_NUMBERS = 2**26  # ipca holds a block in float64, twice
SKETCH_NUMBERS = 2**26  # a sketch is read and written once a block: blocks of 256 MiB
INDEPENDENT = "independent"
_USUAL = ("sampling", INDEPENDENT)  # files of before it could be chosen do not say it
BLOCK_ROWS = 4096  # a block of w and its temporaries stay near the core


@dataclass(frozen=True)
class Settings:
    """Everything that decides the result, besides the model. JSON-able.

    batch: as given; block: rows per step of the estimator; method: class of the estimator, where one name
    stands for several; n: 0 for a closed form; endpoint: None for the spaces w and z; labels: None or what
    identifies the class; psi: truncation of z; sampling: a row of `rows.SAMPLINGS`.
    """

    n: int
    components: int
    space: str
    latent: str
    endpoint: Optional[str]
    estimator: str
    method: str
    options: Dict[str, Any]
    seed: int
    batch: Optional[int]
    block: int
    compat: Optional[str]
    labels: Any
    noise: Optional[str]
    psi: Optional[float]
    sampling: str = INDEPENDENT

    def record(self) -> Dict[str, Any]:
        """As a plain dict; sampling where it is not the usual one."""
        return {name: value for name, value in asdict(self).items() if (name, value) != _USUAL}


def resolve(gen: Generator, space: Space, asked: Dict[str, Any], options: Dict[str, Any]) -> Settings:
    """Settings from the arguments of `decompose`. Raises UsageError, UnknownName."""
    n = checks.count("n", asked["n"], least=2)
    compat, seed = checks.compat(asked["compat"]), checks.seed(asked["seed"])
    batch = None if asked["batch"] is None else checks.count("batch", asked["batch"])
    kind = estimator_class(asked["estimator"], space.features, compat)
    options = kind.checked_options(options)
    if space.endpoint is None and not gen.has_mapping and kind.max_rows is None:
        text = "space {!r}: the latents of {} have no structure to find; decompose an endpoint, such as {}"
        raise UsageError(text.format(space.name, gen.name, " or ".join(gen.linear_endpoints[:1])))
    linear = asked["estimator"] == "pca" and compat is None and space.is_linear
    if compat is not None:
        if kind.name not in COMPAT_ESTIMATORS:
            raise UnknownName.among("estimator of the original", kind.name, COMPAT_ESTIMATORS)
        batch = COMPAT_BATCH if batch is None else batch
        n = _compat_rows(n, batch)
    elif kind.max_rows is not None:
        n = min(n, kind.max_rows)
    sampling = _sampling(asked["sampling"], gen, space, compat, n, asked["counted"])
    n = 0 if linear else n  # nothing is sampled
    components = _components(asked["components"], gen, space, n)
    if compat is not None:
        components = min(components, space.features)
        block = max(batch or 0, 2000, 3 * components)
    else:
        block = batch or default_block(kind, components, space.features)
    if not linear:
        _check_size(kind, components, space, n)
    return Settings(
        n=n,
        components=components,
        space=space.name,
        latent=space.latent,
        endpoint=space.endpoint,
        estimator=kind.name if asked["estimator"] == kind.name else asked["estimator"],
        method=linear_pca.METHOD if linear else kind.__name__,
        options=options,
        seed=seed,
        batch=batch,
        block=block,
        compat=compat,
        labels=identify_labels(asked["labels"], gen.n_classes),
        noise=space.noise,
        psi=space.psi,
        sampling=sampling,
    )


def _components(asked: Any, gen: Generator, space: Space, n: int) -> int:
    """K as asked, or else the usual one, or all that the space and n rows (0: a closed form) have."""
    if asked is not None:
        return checks.count("components", asked)
    most = [COMPONENTS, space.features]
    if space.endpoint in gen.linear_endpoints:
        most.append(gen.latent_size)  # its rows vary in no more directions, sampled or not
    if n:
        most.append(n - 1)
    return max(1, min(most))


def default_block(kind: type, components: int, features: int) -> int:
    """Rows per step: for ipca as in the original, otherwise what keeps a block within 64 MiB, or 256."""
    if getattr(kind, "name", "") == "ipca":  # as in the original, unless rows are very wide
        return max(3 * components, min(2000, IPCA_NUMBERS // features))
    numbers = SKETCH_NUMBERS if kind is SketchPCA else BLOCK_NUMBERS
    return int(min(BLOCK_ROWS, max(8, numbers // features)))


def identify_labels(labels: Any, n_classes: int) -> Any:
    """The labels in a form that JSON can keep. One class (or mixture) serves all rows. Raises UsageError."""
    if labels is None or isinstance(labels, str):
        return labels
    array = np.asarray(labels)
    if array.dtype.kind == "f":
        checks.floats("labels", array)
    if array.dtype.kind in "US":
        array = array.reshape(-1)
    one_class = array.dtype.kind in "iuUS" and array.size == 1
    one_mixture = array.dtype.kind in "iuf" and array.size == n_classes and array.shape[-1:] == (n_classes,)
    if not (one_class or one_mixture):
        raise UsageError(
            "labels of shape {}; a decomposition takes one class, or one mixture of {}".format(
                array.shape, n_classes
            )
        )
    return array.tolist()


def _sampling(name: Any, gen: Generator, space: Space, compat: Optional[str], n: int, counted: str) -> str:
    """A row of SAMPLINGS that goes with everything else. counted: what n rows were asked for by. Raises
    UsageError, UnknownName.
    """
    if not isinstance(name, str) or name not in SAMPLINGS:
        raise UnknownName.among("sampling", name, SAMPLINGS)
    if name == INDEPENDENT:
        return INDEPENDENT
    text = "sampling={!r} is for rows of w of this program's own; ".format(name)
    if space.endpoint is not None:
        raise UsageError(text + "this is a decomposition of {}".format(space.name))
    if compat is not None:
        raise UsageError(text + "compat={!r} has rows of its own".format(compat))
    if space.psi is not None:
        raise UsageError(text + "psi={} cuts z off".format(space.psi))
    together = SAMPLINGS[name](gen, 0).together
    if n < together:
        text = "{}={}: sampling={!r} draws {:,} rows at a time; allowed are at least as many"
        raise UsageError(text.format(counted, n, name, together))
    return name


def _compat_rows(n: int, batch: int) -> int:
    if n < batch:
        raise UsageError(
            "n={} is less than one batch of {}; the original drops incomplete batches".format(n, batch)
        )
    return n // batch * batch


def _check_size(kind: type, components: int, space: Space, n: int) -> None:
    if components > space.features:
        raise UsageError("components={}: {} is {} numbers wide, so at most {}".format(
            components, space.name, space.features, space.features))  # fmt: skip
    if components >= n and getattr(kind, "max_rows", None) is None:
        raise UsageError("components={} need more rows than n={}; allowed are at most {}".format(
            components, n, n - 1))  # fmt: skip
