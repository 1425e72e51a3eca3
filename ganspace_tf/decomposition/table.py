"""The one table of estimators. A new one is a class and a row."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Dict, Optional, Type

import numpy as np

from ganspace_tf.decomposition.base import Estimator
from ganspace_tf.decomposition.fixed import RandomDirections
from ganspace_tf.decomposition.ica import ICA, OriginalICA
from ganspace_tf.decomposition.ipca import IncrementalPCA
from ganspace_tf.decomposition.pca import PCA
from ganspace_tf.decomposition.randomised import RandomisedPCA, SketchPCA
from ganspace_tf.decomposition.scatter import MAX_FEATURES
from ganspace_tf.decomposition.sefa import SeFa
from ganspace_tf.decomposition.spca import SparsePCA
from ganspace_tf.errors import UnknownName

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

ESTIMATORS: OrderedDict[str, Type[Estimator]] = OrderedDict(
    (kind.name, kind) for kind in (PCA, IncrementalPCA, RandomisedPCA, ICA, SparsePCA, SeFa, RandomDirections)
)
# Where compat="ganspace" takes another class than this project's own way: name → class.
ORIGINALS: Dict[str, Type[Estimator]] = {"ica": OriginalICA}


def estimator_class(name: str, features: int, compat: Optional[str] = None) -> Type[Estimator]:
    """The class for a name, for a space of F features, and for the way of the original where compat says so.

    Where a scatter matrix would be too large (F above MAX_FEATURES), pca and fbpca are the randomised PCA
    that needs none; `Components.settings["method"]` says which was used. Raises UnknownName.
    """
    if not isinstance(name, str) or name not in ESTIMATORS:
        raise UnknownName.among("estimator", name, ESTIMATORS)
    if features > MAX_FEATURES and name in ("pca", "fbpca"):
        return SketchPCA
    return (ORIGINALS.get(name) if compat else None) or ESTIMATORS[name]


def make_estimator(
    name: str,
    gen: Generator,
    components: int,
    features: int,
    rng: np.random.RandomState,
    compat: Optional[str] = None,
    **options: Any,
) -> Estimator:
    """An estimator ready for its first block. Raises UsageError for sizes or options that are not allowed."""
    return estimator_class(name, features, compat).for_generator(gen, components, features, rng, **options)
