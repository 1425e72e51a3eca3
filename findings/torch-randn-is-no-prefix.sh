#!/usr/bin/env bash
# torch.randn on a CPU, one seed, other counts.
# Expected: fewer numbers are the beginning of more, as with NumPy. Seen, torch 2.13.0, beside the first 64:
#   8 or 15 numbers: none is the same          16, 32: all are
#   17 numbers: the first is, 16 are not       24: 8 are, 16 are not       40: 24 are, 16 are not
# Below 16 each number is drawn by itself; from 16 on, blocks of 16 are made of 16 uniform numbers, and where the
# count is no multiple of 16 the last 16 are drawn once more, over what was there. Latents of 512 numbers do not meet
# it; a tail of a noise map, a class vector or a latent of 100 or 140 numbers does, and `randn(n, 140)` is not rows
# of one stream of 140: only the end of the whole array is redrawn.
# What we do about it: ganspace_tf's stream "torch" follows the rule by count, with goldens on both sides of 16.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check torch==2.13.0 numpy==2.2.6
"$folder/venv/bin/python" - <<'PY'
import sys

import torch


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


many, seen = drawn(64), {}
for count in (8, 15, 16, 17, 24, 32, 40):
    same = many[:count] == drawn(count)
    seen[count] = int(same.sum())
    print("%d: %d as in 64, then %d others" % (count, seen[count], int((~same).sum())))
rows, more = drawn(3, 140), drawn(4, 140)
seen["rows"] = int((rows != more[:3]).sum())
print("3 rows of 140 beside the first 3 of 4: %d numbers differ" % seen["rows"])
wanted = {8: 0, 15: 0, 16: 16, 17: 1, 24: 8, 32: 32, 40: 24, "rows": 16}
sys.exit(0 if seen == wanted else "torch.randn counts otherwise now")
PY
