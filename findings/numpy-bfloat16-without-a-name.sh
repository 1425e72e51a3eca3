#!/usr/bin/env bash
# Latents in bfloat16 and float8, as JAX and TensorFlow hold them (ml_dtypes), saved with numpy.savez and loaded again in the
# same process. Expected: the same types, or a refusal to save. Nothing is said when they are saved, and with NumPy 1.21.6
# and ml_dtypes 0.2.0 as with NumPy 2.4.6 and ml_dtypes 0.6.0
#   bfloat16        comes back as '|V2', bytes without a meaning: astype(float32) fails, and view(float16) makes 1.875 of
#                   1.0 without a word
#   float8_e4m3fn   comes back as '|V1', like every other kind of one byte
#   float8_e5m2     is written as '<f1', which NumPy itself then cannot load
# What we do about it: nvlabs/reading/npy.py refuses such arrays in a line that names bfloat16 and says how to save them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
seen() { # seen PYTHON NUMPY ML_DTYPES: what is loaded of each kind, what astype does, what float16 makes of 1.0
    "$1" -m venv "$folder/$2"
    "$folder/$2/bin/pip" install -q --disable-pip-version-check "numpy==$2" "ml_dtypes==$3" 2>/dev/null
    "$folder/$2/bin/python" - <<'PY'
import io

import ml_dtypes
import numpy as np


def loaded(kind):
    stream = io.BytesIO()
    np.savez(stream, w=np.ones(3, kind))
    stream.seek(0)
    try:
        return np.load(stream)["w"]
    except ValueError:
        return None


wide = loaded(ml_dtypes.bfloat16)
try:
    wide.astype(np.float32)
    converted = "works"
except (TypeError, ValueError):
    converted = "fails"
told = [wide.dtype.str, "astype " + converted, "%.3f" % wide.view(np.float16)[0]]
for kind in (ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2):
    found = loaded(kind)
    told.append("not loaded" if found is None else found.dtype.str)
print(", ".join(told))
PY
}
old=$(seen "${PYTHON37:-python3.7}" 1.21.6 0.2.0)
new=$(seen "${PYTHON311:-python3.11}" 2.4.6 0.6.0)
echo "bfloat16, converted, 1.0 as float16, two kinds of float8. NumPy 1.21.6: $old. NumPy 2.4.6: $new"
[ "$old" = "$new" ] && [ "$new" = "|V2, astype fails, 1.875, |V1, not loaded" ]
