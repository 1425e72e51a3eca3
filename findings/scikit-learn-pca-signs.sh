#!/usr/bin/env bash
# The same rows, the same PCA(n_components=6, random_state=0) of scikit-learn, one minor release apart.
# Expected: the same directions; a direction kept under "+2 sigma" means the same after an upgrade. Seen:
#   1.4.2    the largest coefficient of each of the six components is  - + - + + -
#   1.5.2                                                              + + + + + +
# All solvers (full, randomized, arpack) changed together. IncrementalPCA gives + + + + + + in both, so that in 1.4
# two classes of one release disagreed about one and the same direction.
# What we do about it: our own estimators fix the sign by themselves, on every stack; edits carry the digest of
# the basis that they were found in, and `ganspace compare` turns the second basis to the first before it judges.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
signs() { # signs VERSION: the sign of each component's largest number, for three solvers and for IncrementalPCA
    "${PYTHON311:-python3.11}" -m venv "$folder/$1"
    "$folder/$1/bin/pip" install -q --disable-pip-version-check "scikit-learn==$1" numpy==1.26.4 scipy==1.13.1
    "$folder/$1/bin/python" - <<'PY'
import numpy as np
from sklearn.decomposition import PCA, IncrementalPCA

rows = np.random.RandomState(0).standard_normal((500, 12)) * np.linspace(3, 1, 12)
fits = [PCA(6, svd_solver=solver, random_state=0) for solver in ("full", "randomized", "arpack")]
for fit in fits + [IncrementalPCA(6, batch_size=100)]:
    print("".join("+" if row[abs(row).argmax()] > 0 else "-" for row in fit.fit(rows).components_), end=" ")
PY
}
old=$(signs 1.4.2) new=$(signs 1.5.2)
printf '1.4.2: %s\n1.5.2: %s\n' "$old" "$new"
[ "$old" = "-+-++- -+-++- -+-++- ++++++ " ] || { echo "1.4.2 gives other signs"; exit 1; }
[ "$new" = "++++++ ++++++ ++++++ ++++++ " ] || { echo "1.5.2 gives other signs"; exit 1; }
