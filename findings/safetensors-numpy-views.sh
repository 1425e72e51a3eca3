#!/usr/bin/env bash
# safetensors.numpy.save_file with arrays that are views: transposed kernels, every second row.
# Expected: the numbers of the array, or an error as from safetensors.torch. Seen, safetensors 0.8.0, NumPy 2.2.6: as many
# numbers as the array has, from its first one on as they lie in memory, in the array's shape, without a word:
#   np.arange(6).reshape(2, 3).T   0 3 / 1 4 / 2 5  comes back as  0 1 / 2 3 / 4 5
#   np.arange(12)[::2]             0 2 4 6 8 10     comes back as  0 1 2 3 4 5
# safetensors.torch refuses tensors that are not contiguous. So kernels turned from TensorFlow's order (kh, kw, in, out)
# to PyTorch's by `transpose(3, 2, 0, 1)` are lost unless np.ascontiguousarray comes between; shapes and types are right.
# What we do about it: ganspace_tf writes no such files; a file of latents or weights that somebody made this way cannot
# be told from a right one but by its pictures.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check safetensors==0.8.0 numpy==2.2.6
cd "$folder"
venv/bin/python - <<'PY'
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

kernel = np.arange(2 * 2 * 3 * 4, dtype=np.float32).reshape(2, 2, 3, 4)
arrays = {
    "turned": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "every second": np.arange(12, dtype=np.float32)[::2],
    "kernel": kernel.transpose(3, 2, 0, 1),
    "kernel, copied": np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)),
}
save_file(arrays, "x.safetensors")
seen = {}
for name, back in load_file("x.safetensors").items():
    given = arrays[name]
    seen[name] = bool(np.array_equal(back, given))
    memory = (given if given.base is None else given.base).ravel()[: given.size].reshape(given.shape)
    print("%s %s: the same numbers: %s; as they lie in memory: %s" % (
        name, given.shape, seen[name], np.array_equal(back, memory)))
wanted = {"turned": False, "every second": False, "kernel": False, "kernel, copied": True}
sys.exit(0 if seen == wanted else "safetensors.numpy does otherwise now")
PY
