#!/usr/bin/env bash
# The components of scikit-learn's TruncatedSVD and their explained variances.
# Expected: falling, as PCA's and IncrementalPCA's are, so that the first k components explain most. Seen,
# scikit-learn 1.6.1, rows with a mean of 20 along one axis: singular values fall (446, 68, 45, 11), variances do not
# (0.89, 9.24, 4.03, 0.22): the first component points to the mean. It does not centre rows, orders by the sum of squares
# about 0 and states variances about the mean. W of a StyleGAN and activations have means that large.
# What we do about it: ganspace_tf's PCA centres its rows, and a basis that is `ordered` is sorted by the spread that was
# measured along each direction (ganspace_tf/decomposition/base.py), whoever found it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check scikit-learn==1.6.1 numpy==2.2.6 scipy==1.15.3
"$folder/venv/bin/python" - <<'PY'
import sys

import numpy as np
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD

rows = np.random.RandomState(0).randn(500, 6) * [1, 3, 2, 0.5, 0.1, 0.2] + [20, 0, 0, 0, 0, 0]
fitted = [TruncatedSVD(4, algorithm="arpack").fit(rows), PCA(4).fit(rows), IncrementalPCA(4).fit(rows)]
falling = {}
for one in fitted:
    name = type(one).__name__
    falling[name] = bool((np.diff(one.explained_variance_) < 0).all())
    print(name, np.round(one.singular_values_, 1), np.round(one.explained_variance_, 2))
svd = fitted[0]
share = abs(svd.components_[0] @ rows.mean(axis=0)) / np.linalg.norm(rows.mean(axis=0))
print("the first component's cosine with the mean: %.4f" % share)
right = falling == {"TruncatedSVD": False, "PCA": True, "IncrementalPCA": True} and share > 0.999
right = right and bool((np.diff(svd.singular_values_) < 0).all())
sys.exit(0 if right else "TruncatedSVD orders otherwise now")
PY
