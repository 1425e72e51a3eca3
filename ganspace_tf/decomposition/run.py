"""`decompose`: settings → rows → basis → directions in the latents → Components, through the cache."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Tuple, Union, cast

import numpy as np

from ganspace_tf.cache import Folder, key_of
from ganspace_tf.cache_entries import keep_to_limit
from ganspace_tf.cluster import Cluster
from ganspace_tf.decomposition import linear
from ganspace_tf.decomposition.auto import AUTO, Asked, asked_of, fit_until_known
from ganspace_tf.decomposition.base import Basis, Estimator, unit_rows
from ganspace_tf.decomposition.checkpoint import Checkpoint
from ganspace_tf.decomposition.compat import scheme_of
from ganspace_tf.decomposition.components import Components, from_arrays
from ganspace_tf.decomposition.first_rows import FirstRows
from ganspace_tf.decomposition.fit import Progress, Source, accumulate
from ganspace_tf.decomposition.pca import PCA
from ganspace_tf.decomposition.precision import measure
from ganspace_tf.decomposition.regression import LatentDirections, Regression
from ganspace_tf.decomposition.remote import Elsewhere
from ganspace_tf.decomposition.rows import Space
from ganspace_tf.decomposition.scatter import MAX_FEATURES, ScatterEstimator
from ganspace_tf.decomposition.scheme import Scheme
from ganspace_tf.decomposition.settings import INDEPENDENT, Settings, resolve
from ganspace_tf.decomposition.table import make_estimator
from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.generators import checks
from ganspace_tf.machine.pools import one_blas_thread

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

SAME_WORDS = {  # of scikit-learn and the original
    "n_components": "components",
    "n_samples": "n",
    "random_state": "seed",
    "batch_size": "batch",
    "layer": "space",
}
ALGORITHM = 3  # goes up when the same settings give other numbers than before


def decompose(
    gen: Generator,
    n: Union[int, str] = 1_000_000,
    components: Optional[int] = None,
    space: str = "w",
    estimator: str = "pca",
    seed: int = 0,
    batch: Optional[int] = None,
    compat: Optional[str] = None,
    labels: Any = None,
    progress: Optional[Progress] = None,
    cache: bool = True,
    latent: Optional[str] = None,
    noise: Optional[str] = None,
    psi: Optional[float] = None,
    prepare: Optional[Callable[[], None]] = None,
    precision: Any = None,
    most: Optional[int] = None,
    cluster: Any = None,
    sampling: str = INDEPENDENT,
    **options: Any,
) -> Components:
    """Directions in the latents of a generator (Härkönen et al. 2020, GANSpace).

    n: rows to sample; row i depends on (seed, i) alone. "auto": as many as it takes until the largest angle
    between the components together and the true ones is at most `precision` degrees (default 3), with a
    confidence of 95 %, or `most` rows (default 1,000,000); only with estimator="pca", without compat. What
    was reached is in settings["precision"], for a plain n too. precision="float32" or "float64" is the
    option of estimators. components: K; by default 80 as in the original, or all that space and rows have.
    space: "w" decomposes w; "z" decomposes w and expresses the directions in z by regression; an endpoint
    decomposes its activations and expresses the directions in `latent`, "w" or "z" (default "w"; "z" with
    compat, and where there is no w).
    estimator: a row of `decomposition.ESTIMATORS`; options: those it declares (precision, sparsity, layers).
    batch: rows per step of the estimator; for ipca it decides the result, for the others only rounding.
    compat="ganspace": rows, blocks and measurements of the PyTorch original; batch is its B (default 20).
    labels: one class or mixture for all rows. noise: of the synthesis, for endpoints (default "stored").
    psi: of networks that truncate z (BigGAN).
    progress(done, total) is called after every block. cache=False neither reads nor writes the cache folder.
    An endpoint that is linear in z has its exact pca in closed form: n, seed and batch do not matter then.
    cluster: where blocks of rows are summed up instead of here: "local:2", "tcp://HOST:PORT", the path of a
    scheduler's file, a client of Dask, or a `ganspace_tf.cluster.Cluster`. The same bits as without.

    sampling: "orthogonal" draws z in orthogonal frames, so that w is known as well from about half the rows.

    Interrupted, the same call goes on and gives the same bits. Raises UsageError for what cannot be done.
    """
    _check_words(options)
    if isinstance(precision, str):
        if n == AUTO:
            raise UsageError("precision={!r}: with n='auto' it is a number of degrees".format(precision))
        options["precision"], precision = precision, None
    auto = asked_of(n, precision, None if most is None else checks.count("most", most, least=2))
    n = n if auto is None else auto.most
    where = Space(gen, space, latent, labels, noise, compat, psi)
    asked = {"n": n, "components": components, "estimator": estimator, "seed": seed, "sampling": sampling}
    more = {"batch": batch, "compat": compat, "labels": labels, "counted": "most" if auto else "n"}
    settings = resolve(gen, where, {**asked, **more}, options)
    kind = _LinearJob if settings.method == linear.METHOD else _Job
    return kind(gen, where, settings, progress or _silent, cache, auto).found(prepare, cluster)


def _check_words(options: Dict[str, Any]) -> None:
    """Raises UsageError for words of other programs."""
    for theirs, ours in SAME_WORDS.items():
        if theirs in options:
            raise UsageError("{}: here it is called {}".format(theirs, ours))


def _silent(done: int, total: int) -> None:
    """No progress wanted."""


class _Job:
    """One decomposition: its settings, where its rows come from, and its two places in the cache."""

    def __init__(
        self,
        gen: Generator,
        space: Space,
        settings: Settings,
        progress: Progress,
        cache: bool,
        auto: Optional[Asked] = None,
    ):
        self.gen, self.space, self.settings, self.progress = gen, space, settings, progress
        self.auto = auto
        self.cluster: Optional[Cluster] = None
        self.scheme = scheme_of(gen, space, settings)
        self._first: Optional[FirstRows] = None
        self.rng = self.scheme.rng()
        self.known: Dict[str, Any] = {}
        self.total = self.prepare()
        self.results = Folder("components") if cache else None
        self.states = Folder("states") if cache else None
        self.facts = dict(settings.record(), fingerprint=gen.fingerprint_now, algorithm=ALGORITHM)
        if self.edition > 1:
            self.facts["edition"] = self.edition
        if auto is not None:
            self.check_auto()
            self.facts["auto"] = list(auto)

    def check_auto(self) -> None:
        """Raises UsageError where nothing says how well a sample knows its components."""
        if not self.measures_precision:
            s = self.settings
            how = s.estimator + (" with compat" if s.compat else "")
            text = "n='auto' needs estimator pca of at most {:,} numbers, without compat; this is {} of {}"
            raise UsageError(text.format(MAX_FEATURES, how, s.space))
        if self.settings.components >= self.space.features:
            text = "n='auto' with components={}: all that the space has are known together from any sample; "
            text += "give fewer than {}"
            raise UsageError(text.format(self.settings.components, self.space.features))

    @property
    def measures_precision(self) -> bool:
        """Whether it is known how far the components can be from the true ones."""
        return isinstance(self.estimator, PCA) and not self.settings.compat

    @property
    def first_rows(self) -> FirstRows:
        """What is looked at to say how well the sample knows its components."""
        if self._first is None:
            self._first = FirstRows(self.scheme)
        return self._first

    def prepare(self) -> int:
        """Make the estimator; how many rows it and a regression will read."""
        s, scheme = self.settings, self.scheme
        self.estimator = make_estimator(
            s.estimator, self.gen, s.components, self.space.features, self.rng, s.compat, **s.options
        )
        self.estimator.expect(scheme.rows, s.block)
        self.edition = self.estimator.edition
        return scheme.rows * self.estimator.passes + scheme.regression_rows * self.space.regressed

    @property
    def name(self) -> str:
        """Of the result in the cache: words for people, then the key."""
        s = self.settings
        n = s.n if self.auto is None else "auto{:g}".format(self.auto.degrees)
        words = "{}-{}-{}-k{}-n{}".format(self.gen.family, s.space, s.estimator, s.components, n)
        return re.sub(r"[^A-Za-z0-9._-]+", "_", words)[-100:].lstrip(".") + "-" + key_of(self.facts)[:32]

    def stored(self) -> Optional[Components]:
        """The result from the cache, if it is there and undamaged."""
        entry = self.results.read(self.name) if self.results else None
        if entry is None or self.results is None:
            return None
        try:
            settings = dict(entry[1], model=self.gen.name)  # the file may have been renamed since
            found = from_arrays(entry[0], settings, str(self.results.entry(self.name)))
        except (FileError, KeyError):
            return None
        self.progress(self.total, self.total)
        return found

    def found(self, prepare: Optional[Callable[[], None]], cluster: Any) -> Components:
        """The result, from the cache or computed. prepare, cluster: as `decompose` takes them."""
        on = None if cluster is None else cluster if isinstance(cluster, Cluster) else Cluster(cluster)
        with one_blas_thread():
            found = self.stored()
            if found is not None:
                return found
            if prepare is not None:
                prepare()
            return self.compute() if on is None else self.compute_on(on)

    def compute_on(self, cluster: Cluster) -> Components:
        """`compute`, with blocks of rows read on a cluster."""
        with cluster as self.cluster:
            return self.compute()

    def compute(self) -> Components:
        """Fit, express in latents, store."""
        basis, fit_done = self.fit()
        if self.space.regressed:
            found, regression_done = self.regress(basis)
        else:
            mean, stdev = basis.mean, basis.stdev
            found, regression_done = LatentDirections(basis.components, mean, stdev), _nothing
        found = self.scheme.latent_directions(found, self.rng)
        accuracy, random = dict(self.estimator.accuracy(), **self.known), self.scheme.random_stdevs(basis)
        result = self.keep(self.components(basis, found, random, accuracy))
        fit_done()
        regression_done()
        return result

    def keep(self, result: Components) -> Components:
        """Write the result to the cache; it knows where it is then."""
        if self.results and self.results.write(self.name, result.arrays(), result.record()):
            keep_to_limit()
            return result.at(str(self.results.entry(self.name)))
        return result

    def source(self, regression: bool = False) -> Source:
        """Where blocks of rows come from: this machine, or a cluster."""
        if self.cluster is not None:
            return Elsewhere(self.cluster, self.gen, self.settings, self.space, regression)
        if regression:
            return Source(self.scheme.regression_draw, self.space.rows_and_latents, self.space.at_once)
        if self.scheme.together == 1 or not self.measures_precision:
            return Source(self.scheme.draw, self.scheme.features, self.space.at_once)
        return Source(self.scheme.draw, self.scheme.features, self.space.at_once, self.first_rows.pass_by)

    def fit(self) -> Tuple[Basis, Callable[[], None]]:
        """The basis, and what to call when its checkpoint is not needed any more."""
        if self.auto is not None:
            return self.fit_until_known(self.auto)
        estimator, scheme = self.estimator, self.scheme
        target = scheme.rows * estimator.passes
        checkpoint = Checkpoint(
            self.states if estimator.resumable else None, self._state_facts(estimator), target
        )
        checkpoint.resume(estimator)

        def report(done: int, total: int) -> None:
            self.progress(done, self.total)

        accumulate(estimator, scheme.rows, self.settings.block, self.source(), checkpoint, report)
        known = self.measures_precision
        basis = scheme.adjust(self.measured(cast(PCA, estimator)) if known else estimator.finish())
        keep = estimator.passes == 1 and not scheme.depends_on_n
        return basis, lambda: checkpoint.close(estimator, keep)

    def measured(self, estimator: PCA) -> Basis:
        """The basis; the settings say how well it is known."""
        spectrum = estimator.spectrum()
        first = self.first_rows
        known = measure(estimator.state, spectrum, first.of(self.scheme.rows), first.together)
        self.known["precision"] = known.record()
        return estimator.finish_from(spectrum)

    def fit_until_known(self, auto: Asked) -> Tuple[Basis, Callable[[], None]]:
        """The same for as many rows as it takes; the settings say how many afterwards. The state is kept
        where a longer run with a plain n looks for it.
        """
        facts = dict(self._state_facts(self.estimator), auto=list(auto), components=self.settings.components)
        checkpoint = Checkpoint(self.states, facts, auto.most)

        def report(done: int, until: int) -> None:
            self.total = until + until * self.space.regressed
            self.progress(done, self.total)

        estimator, block = cast(PCA, self.estimator), self.settings.block
        found, spectrum = fit_until_known(
            estimator, self.first_rows, block, auto, self.source(), checkpoint, report
        )
        self.known["precision"] = found.record()
        self.settings = replace(self.settings, n=found.rows)
        self.scheme = Scheme(self.gen, self.space, self.settings)

        def done() -> None:
            plain = Checkpoint(self.states, self._state_facts(estimator), found.rows)
            if found.rows % block == 0:
                plain.save(estimator)
            else:
                plain.take(checkpoint, list(estimator.arrays()))
            plain.close(estimator, keep=True)
            checkpoint.close(estimator, keep=False)

        return self.scheme.adjust(estimator.finish_from(spectrum)), done

    def regress(self, basis: Basis) -> Tuple[LatentDirections, Callable[[], None]]:
        """Directions in the latents, and what to call when the checkpoint is not needed any more."""
        scheme, regression = self.scheme, Regression(basis, self.space.width)
        facts = dict(self.facts, accumulator="regression")
        checkpoint = Checkpoint(self.states, facts, scheme.regression_rows)
        checkpoint.resume(regression)

        def report(done: int, total: int) -> None:
            self.progress(self.total - total + done, self.total)

        rows, block = scheme.regression_rows, self.settings.block
        accumulate(regression, rows, block, self.source(regression=True), checkpoint, report)
        return regression.finish(), lambda: checkpoint.close(regression, keep=False)

    def components(
        self,
        basis: Basis,
        found: LatentDirections,
        random_stdevs: Optional[np.ndarray] = None,
        accuracy: Optional[Dict[str, Any]] = None,
    ) -> Components:
        """The result as float32, with the activations where they are not the latents themselves."""
        f32, shape = np.float32, self.space.shape
        activations: Dict[str, Any] = {}
        if self.space.regressed:
            activations["act_directions"] = basis.components.astype(f32).reshape((-1,) + shape)
            activations["act_mean"] = basis.mean.astype(f32).reshape(shape)
        return Components(
            directions=unit_rows(found.directions).astype(f32),
            mean=found.mean.astype(f32),
            stdev=found.stdev.astype(f32),
            act_stdev=basis.stdev.astype(f32),
            variance_ratio=basis.variance_ratio.astype(f32),
            settings=dict(
                self.settings.record(), model=self.gen.name, rows=self.scheme.rows, **(accuracy or {})
            ),
            fingerprint=self.gen.fingerprint,
            random_stdevs=None if random_stdevs is None else random_stdevs.astype(f32),
            **activations,
        )

    def _state_facts(self, estimator: Estimator) -> Dict[str, Any]:
        """What decides the estimator's state after r rows. Scatter matrices of the same rows are all one."""
        s = self.settings
        names = ("seed", "block", "compat", "labels", "noise", "psi")
        facts = {name: getattr(s, name) for name in names}
        facts.update(fingerprint=self.gen.fingerprint_now, algorithm=ALGORITHM, rows_of=s.endpoint or "w")
        if s.compat:
            facts["batch"] = s.batch
        if s.sampling != INDEPENDENT:
            facts["sampling"] = s.sampling
        if isinstance(estimator, ScatterEstimator):
            facts.update(accumulator="scatter", precision=s.options["precision"])
        else:
            facts.update(accumulator=s.method, components=s.components, options=s.options)
            facts.update({"edition": self.edition} if self.edition > 1 else {})
        if estimator.passes > 1 or self.scheme.depends_on_n:
            facts["n"] = s.n
        return facts


class _LinearJob(_Job):
    """A decomposition in closed form, of an endpoint that is linear in z."""

    def prepare(self) -> int:
        self.edition = 1
        return 1

    def compute_on(self, cluster: Cluster) -> Components:
        return self.compute()  # nothing is worth a worker

    def check_auto(self) -> None:
        text = "n='auto': {} is decomposed in closed form, no rows are sampled; leave n out"
        raise UsageError(text.format(self.settings.space))

    def compute(self) -> Components:
        space, settings = self.space, self.settings
        found = self.gen.linear_map(str(space.endpoint), space.labels, space.psi)
        basis, directions = linear.closed_form(found, settings.components)
        directions = self.scheme.latent_directions(directions, self.rng)
        result = self.keep(self.components(basis, directions))
        self.progress(self.total, self.total)
        return result


def _nothing() -> None:
    """No checkpoint to close."""
