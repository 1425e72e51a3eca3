#!/usr/bin/env bash
# SciPy 1.17.1 and 1.7.3 (OpenBLAS 0.3.30 and 0.3.17): do eigenvalues of a matrix depend on what was computed before?
# Expected: no.
# Seen: with OpenBLAS's kernel for processors without AVX (OPENBLAS_CORETYPE=Prescott, which it falls back to by itself on such ones and
# in emulators), linalg.eigvalsh of a float32 matrix 3 x 3 with ordinary numbers fails in 8 of 2,000 tries when linalg.eigh of some
# float64 matrix 12 x 12 was called before: LinAlgError("Internal Error.") in 1.17.1, NaN in 1.7.3. The same float32 matrices alone: none
# of 2,000. As float64: none. With the kernel for AVX2 (Haswell): none. numpy.linalg.eigvalsh, which calls another routine: none. Once
# it has failed it fails for every float32 matrix of the process, until another float64 call.
# What we do about it: eigenvalues are taken of float64 matrices alone (ganspace_tf/decomposition/precision.py); .ci/run runs the
# numerical tests under a second kernel, which is what found this.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/try.py" <<'PY'
import sys

import numpy as np
from scipy import linalg

dtype, before = sys.argv[1], sys.argv[2] == "after-float64"
random, bad = np.random.RandomState(0), 0
for _ in range(2000):
    x = random.standard_normal((12, 40))
    if before:
        linalg.eigh(x @ x.T, subset_by_index=(0, 11))
    y = random.standard_normal((3, 9)).astype(dtype)
    try:
        bad += not np.isfinite(linalg.eigvalsh(y @ y.T)).all()
    except linalg.LinAlgError:
        bad += 1
print("%d of 2000" % bad)
PY
install() { # install NAME INTERPRETER REQUIREMENT...
    "$2" -m venv "$folder/$1"
    "$folder/$1/bin/pip" install -q --disable-pip-version-check "${@:3}"
}
install newer "${PYTHON311:-python3.11}" numpy==2.4.6 scipy==1.17.1
install older "${PYTHON37:-python3.7}" numpy==1.18.5 scipy==1.7.3
check() { # check STACK KERNEL TYPE WHEN AWK-CONDITION
    local said
    said=$(OPENBLAS_CORETYPE=$2 OPENBLAS_NUM_THREADS=1 "$folder/$1/bin/python" "$folder/try.py" "$3" "$4")
    echo "$1, $2, $3 $4: $said fail"
    awk -v bad="${said%% *}" "BEGIN { exit !(bad $5) }"
}
for stack in newer older; do
    check "$stack" Prescott float32 after-float64 "> 0"
    check "$stack" Prescott float32 alone "== 0"
    check "$stack" Prescott float64 after-float64 "== 0"
    check "$stack" Haswell float32 after-float64 "== 0"
done
