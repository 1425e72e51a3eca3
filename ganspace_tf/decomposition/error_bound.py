"""How far a randomised PCA can be from the exact one: a bound that is measured on the rows themselves.

C is the covariance of the rows and V the basis that the last pass multiplies it with. The sketch keeps
C' = C V (V^T C V)^-1 V^T C of it: its first eigenvectors v_k are the components, its eigenvalues s_k their
variances. T = C - C' is what it loses. T has no negative eigenvalue, so with t at least its norm

    variances    s_k <= λ_k <= s_k + t                       λ_k of the exact PCA of the same rows (Weyl)
    residuals    |C v_k - s_k v_k| = |T v_k| <= t
    directions   sin(angle of v_k to the exact one) <= t / g  (Davis, Kahan 1970)

where g is the distance from s_k to the nearest other λ, at least min(s_{k-1} - s_k, s_k - s_{k+1} - t).

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
DEGREES = 5  # a direction that is known so well is said to be known
_SEED = (2011, 4, 3)  # a list seeds another stream than any number does: independent of the sketch


class ErrorBound(NamedTuple):
    """variance: t. failure: probability that it does not hold. sines: (K,) of the angles between components
    and those of the exact PCA, 1 where nothing is known. share: (K,) t over the variance of each component.
    """

    variance: float
    failure: float
    sines: np.ndarray
    share: np.ndarray

    def record(self) -> Dict[str, Any]:
        """For `Components.settings`: JSON values, rounded up to four digits."""
        sines = [float(min(1.0, 1.0001 * value)) for value in self.sines]
        return {
            "variance": float("{:.4g}".format(1.0001 * self.variance)),
            "failure": self.failure,
            "sines": [float("{:.4g}".format(value)) for value in sines],
        }


def probes(features: int) -> np.ndarray:
    """The random vectors, (F, r) float32."""
    return np.random.RandomState(_SEED).standard_normal((features, PROBES)).astype(np.float32)


def norm_bound(images: np.ndarray, failure: float) -> float:
    """At least the norm of A, but for a probability of `failure`. images: (F, r) A times normal vectors."""
    quantile = chi2.ppf(failure, images.shape[1])
    return float(np.sqrt(np.square(images).sum() / quantile))


def error_bound(
    lost: float, once: np.ndarray, twice: np.ndarray, variances: np.ndarray, components: int
) -> ErrorBound:
    """The bound from what the sketch measured, all in units of variance.

    lost: trace of T. once, twice: (F, r) T ω and T C ω for the same ω. variances: s of the whole sketch.
    components: K.
    """
    bounds = lost, norm_bound(once, FAILURE / 2), np.sqrt(norm_bound(twice, FAILURE / 2))
    t = max(0.0, float(min(bounds))) + ROUNDING * float(variances[0])
    first = variances[:components]
    below = np.append(variances, 0.0)[1 : components + 1] + t
    above = np.concatenate([[np.inf], first[:-1]])
    gap = np.minimum(above - first, first - below)
    with np.errstate(divide="ignore"):
        sines = np.where(gap > t, t / np.maximum(gap, 1e-300), 1.0)
    return ErrorBound(t, FAILURE, sines, t / first)


def in_words(comp: Components) -> Optional[str]:
    """The recorded bound of components as a line for people; None where none was stated."""
    record, stdev = comp.settings.get("error_bound"), comp.act_stdev
    if record is None or stdev is None:
        return None
    shares = [100 * record["variance"] / max(float(value) ** 2, 1e-300) for value in (stdev[0], stdev[-1])]
    known = sum(sine <= np.sin(np.radians(DEGREES)) for sine in record["sines"])
    text = "variances within {:.3g} of the exact ones ({:.3g} % of v0's, {:.3g} % of v{}'s), {} of {} "
    text += "directions within {} degrees; wrong with a probability of {:g}"
    last = len(stdev) - 1
    return text.format(record["variance"], *shares, last, known, last + 1, DEGREES, record["failure"])
