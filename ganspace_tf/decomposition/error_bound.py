"""How far a randomised PCA can be from the exact one: a bound that is measured on the rows themselves.

C is the covariance of the rows and V the basis that the last pass multiplies it with. The sketch keeps
C' = C V (V^T C V)^-1 V^T C of it: its first eigenvectors v_k are the components, its eigenvalues s_k their
variances. T = C - C' is what it loses. T has no negative eigenvalue, and T V = 0: with P the projection to
what is orthogonal to V, and t at least the norm of T, |T x| <= t |P x|. Those v_k that the sketch has found
lie almost in V.

    residuals    |C v_k - s_k v_k| = |T v_k| <= t |P v_k|
    variances    s_k <= λ_k <= s_k + t                       λ_k of the exact PCA of the same rows (Weyl)
    directions   sin(angle of v_k to the exact one) <= t |P v_k| / g          (Davis, Kahan 1970)

where g is the distance from s_k to the nearest other λ: at least the lesser of s_{k-1} - s_k, and s_k less
what λ_{k+1} is at most.

Variances are mostly known far better. Let U be v_1 ... v_j for some j >= k, p = |P U|² and e = t |P U|. In a
basis that begins with U, C is [[A, E^T], [E, B]] with λ_k(A) <= s_k + t p, |B| <= m = s_{j+1} + t, |E| <= e.
For every a > 0 it is at most the block diagonal matrix of A + E^T E / a and B + a, so with s = s_k + t p

    λ_k <= max(s + e² / a, m + a) = max(s, m) + 2 e² / (|s - m| + sqrt((s - m)² + 4 e²))

for the a that makes both the same (a quadratic residual bound like that of Li and Li 2005, with norms in
place of spectra that are not known). The least over j is taken.

t is the least of three bounds. The trace of T, the variance that is not kept, is certain. The others see T at
work on r random vectors ω of independent normal numbers (Halko, Martinsson, Tropp 2011, section 4.3):
a sum of r values |A ω|² is at least |A|² times a chi-square variable of r degrees of freedom, which is below
its quantile q with the probability of q only. So |A| <= sqrt(sum / q), for A = T and for A = T C, whose norm
is at least |T|² (the power scheme, proposition 8.6 there). Flat spectra make all three large, as they should.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional

import numpy as np
from scipy.stats import chi2

if TYPE_CHECKING:
    from ganspace_tf.decomposition.components import Components

PROBES = 16  # random vectors, beside 2 K columns of the sketch
FAILURE = 1e-6  # probability that the bound does not hold
ROUNDING = 1e-6  # of the largest variance: what products of float32 rows may be off
SPLITS = 64  # values of j that are tried
DEGREES = 5  # a direction that is known so well is said to be known
_SEED = (2011, 4, 3)  # a list seeds another stream than any number does: independent of the sketch


class ErrorBound(NamedTuple):
    """variance: t. failure: probability that it does not hold. sines: (K,) of the angles between components
    and those of the exact PCA, 1 where nothing is known. variances: (K,) how much larger than that of each
    component the exact one is at most, t or less. share: (K,) the same over the variance of the component.
    """

    variance: float
    failure: float
    sines: np.ndarray
    variances: np.ndarray
    share: np.ndarray

    def record(self) -> Dict[str, Any]:
        """For `Components.settings`: JSON values, rounded up to four digits."""
        return {
            "variance": _up(self.variance),
            "failure": self.failure,
            "sines": [min(1.0, _up(value)) for value in self.sines],
            "variances": [_up(value) for value in self.variances],
        }


def _up(value: float) -> float:
    """Four digits, and not less: they are rounded by 5e-4 of it at most."""
    return float("{:.4g}".format(1.0006 * value))


def probes(features: int) -> np.ndarray:
    """The random vectors, (F, r) float32."""
    return np.random.RandomState(_SEED).standard_normal((features, PROBES)).astype(np.float32)


def norm_bound(images: np.ndarray, failure: float) -> float:
    """At least the norm of A, but for a probability of `failure`. images: (F, r) A times normal vectors."""
    quantile = chi2.ppf(failure, images.shape[1])
    return float(np.sqrt(np.square(images).sum() / quantile))


def error_bound(
    lost: float,
    once: np.ndarray,
    twice: np.ndarray,
    variances: np.ndarray,
    components: int,
    outside: np.ndarray,
) -> ErrorBound:
    """The bound from what the sketch measured, all in units of variance.

    lost: trace of T. once, twice: (F, r) T ω and T C ω for the same ω. variances: (l,) s of the whole
    sketch. components: K. outside: (l, l) the products of P v_1 ... P v_l with one another.
    """
    bounds = lost, norm_bound(once, FAILURE / 2), np.sqrt(norm_bound(twice, FAILURE / 2))
    rounding = ROUNDING * float(variances[0])
    t = max(0.0, float(min(bounds))) + rounding
    upper = upper_bounds(variances, t, outside, rounding)
    first = variances[:components]
    above = np.concatenate([[np.inf], first[:-1]])
    gap = np.minimum(above - first, first - np.append(upper, t)[1 : components + 1])
    residual = t * np.sqrt(np.clip(np.diag(outside)[:components], 0, 1)) + rounding
    sines = np.where(gap > residual, residual / np.maximum(gap, 1e-300), 1.0)
    off = np.minimum(upper[:components] - first, t)
    return ErrorBound(t, FAILURE, sines, off, off / first)


def upper_bounds(variances: np.ndarray, t: float, outside: np.ndarray, rounding: float) -> np.ndarray:
    """What each λ_k is at most, (l,): the module's formula, for some j spread over the sketch."""
    upper = variances + t
    below = np.append(variances[1:], 0.0) + t
    for j in np.unique(np.linspace(1, len(variances), min(len(variances), SPLITS)).astype(int)):
        p = min(1.0, max(0.0, float(np.linalg.eigvalsh(outside[:j, :j])[-1])))
        e, m = t * np.sqrt(p) + rounding, below[j - 1]
        own = variances[:j] + t * p + rounding
        apart = np.abs(own - m)
        found = np.maximum(own, m) + 2 * e**2 / (apart + np.sqrt(apart**2 + 4 * e**2))
        upper[:j] = np.minimum(upper[:j], found)
    return upper


def in_words(comp: Components) -> Optional[str]:
    """The recorded bound of components as a line for people; None where none was stated."""
    record, stdev = comp.settings.get("error_bound"), comp.act_stdev
    if record is None or stdev is None:
        return None
    # files of before state one for all
    off = record.get("variances") or [record["variance"]] * len(stdev)
    last = min(len(off), len(stdev)) - 1
    shares = [100 * off[k] / max(float(stdev[k]) ** 2, 1e-300) for k in (0, last)]
    known = sum(sine <= np.sin(np.radians(DEGREES)) for sine in record["sines"])
    text = "exact variances at most {:.3g} % (v0) to {:.3g} % (v{}) larger, {} of {} directions within {} "
    text += "degrees of the exact ones; wrong with a probability of {:g}"
    return text.format(*shares, last, known, last + 1, DEGREES, record["failure"])
