"""Decomposition: find the directions that matter.

    Sample → Space → Estimator → Basis → (Regression →) Components

run.py         decompose()             rows.py        which latents are row i; what of them is decomposed
settings.py    what was asked          scheme.py, compat.py   in which order, and how sigma is measured
base.py        the estimator contract  table.py       the one table of estimators, one file each
fit.py         the streaming loop      checkpoint.py  what makes it resumable
auto.py        as many rows as needed  precision.py   how well a sample knows them; known.py: in words
regression.py  back to latents         components.py  the result and its file
load.py        any file of components  foreign.py     what others keep
"""

from __future__ import annotations

from ganspace_tf.decomposition.components import Components
from ganspace_tf.decomposition.foreign import fitted
from ganspace_tf.decomposition.load import load_components
from ganspace_tf.decomposition.run import decompose
from ganspace_tf.decomposition.table import ESTIMATORS

__all__ = ["ESTIMATORS", "Components", "decompose", "fitted", "load_components"]
