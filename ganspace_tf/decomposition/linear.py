"""Principal components of an endpoint that is linear in the latents, in closed form: nothing is sampled.

With activations a = z·A + b and independent z of variance s², the covariance is s² A^T A. Let V be the
eigenvectors of the small matrix A A^T and S² its eigenvalues: the components are the rows of V^T A / S, their
standard deviations s·S, and the regression back to z gives V exactly. This is what sampling tends to with the
number of rows (Härkönen et al. 2020, section 2.2, for BigGAN's first linear layer).
"""

from __future__ import annotations

from typing import Tuple

import numpy as np

from ganspace_tf.decomposition.base import Basis, fix_signs
from ganspace_tf.decomposition.regression import LatentDirections
from ganspace_tf.decomposition.spectrum import top_eigenvectors
from ganspace_tf.errors import UsageError
from ganspace_tf.generators.base import LinearMap

METHOD = "ClosedForm"  # what `Components.settings["method"]` says
FLAT = 1e-12  # of the largest eigenvalue: below it there is no direction


def closed_form(linear: LinearMap, components: int) -> Tuple[Basis, LatentDirections]:
    """The first K components of a linear endpoint, and the directions in z that go with them.

    Memory: the map in float64, twice. Raises UsageError where there are fewer than K.
    """
    weight = linear.weight.astype(np.float64)  # (D, F)
    if components > len(weight):
        text = "components={}: the endpoint is linear in {} numbers, so it has no more"
        raise UsageError(text.format(components, len(weight)))
    products = weight @ weight.T
    squares, vectors = top_eigenvectors(products, components)  # (K,), (K, D)
    there = int((squares > FLAT * squares[0]).sum())
    if there < components:
        raise UsageError(
            "components={}: this endpoint varies in {} directions only".format(components, there)
        )
    scales = np.sqrt(squares)
    found = (vectors @ weight) / scales[:, None]  # (K, F)
    fixed = fix_signs(found)
    vectors = vectors * np.sign(np.einsum("kf,kf->k", found, fixed))[:, None]
    ratio = squares / np.trace(products)
    basis = Basis(fixed, linear.bias.astype(np.float64), linear.stdev * scales, ratio)
    spread = np.full(components, linear.stdev)
    return basis, LatentDirections(vectors, np.zeros(weight.shape[0]), spread)
