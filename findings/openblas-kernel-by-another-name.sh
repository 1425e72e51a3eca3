#!/usr/bin/env bash
# On x86-64 with AVX2: OPENBLAS_CORETYPE=Prescott, and the kernel that OpenBLAS then says it runs; the same for Zen, Barcelona, Excavator.
# Expected: the one that was asked for, as with NumPy 1.18 to 1.21, whose OpenBLAS has a kernel for each name. Seen with NumPy
# 2.2.6, whose wheels hold fewer kernels: all four names are taken without a word and answered by another name:
#   Prescott -> Katmai, Barcelona -> Nehalem, Excavator -> Sandybridge, Zen -> Haswell; NumPy 1.21.6: each as asked
# So one setting runs other kernels, and gives other last digits, with another wheel on the same processor; and who compares
# what is asked for with what is said (threadpoolctl's `architecture`) finds them different where they are the same.
# What we do about it: kernels are compared by the instructions they use (LEVELS in ganspace_tf/machine/blas.py), never
# with the name that was asked for; `doctor` shows what is said; .ci/run prints it beside the second kernel.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
said() { # said INTERPRETER NUMPY THREADPOOLCTL: what OpenBLAS says for each name
    "$1" -m venv "$folder/$2"
    "$folder/$2/bin/pip" install -q --disable-pip-version-check "numpy==$2" "threadpoolctl==$3"
    for kernel in Prescott Barcelona Excavator Zen; do
        OPENBLAS_CORETYPE=$kernel "$folder/$2/bin/python" - <<'PY'
import os

import numpy
from threadpoolctl import threadpool_info

print(os.environ["OPENBLAS_CORETYPE"], *(one["architecture"] for one in threadpool_info() if one["user_api"] == "blas"))
PY
    done
}
newer=$(said "${PYTHON311:-python3.11}" 2.2.6 3.6.0)
older=$(said "${PYTHON37:-python3.7}" 1.21.6 3.1.0)
printf 'NumPy 2.2.6:\n%s\nNumPy 1.21.6:\n%s\n' "$newer" "$older"
[ "$newer" = "$(printf 'Prescott Katmai\nBarcelona Nehalem\nExcavator Sandybridge\nZen Haswell')" ]
[ "$older" = "$(printf 'Prescott Prescott\nBarcelona Barcelona\nExcavator Excavator\nZen Zen')" ]
