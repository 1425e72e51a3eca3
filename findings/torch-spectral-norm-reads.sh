#!/usr/bin/env bash
# PyTorch's two spectral norms, in training mode, between steps.
# Expected: reading layer.weight changes nothing, and a network can be copied for a moving average at any time. Seen,
# torch 2.13.0:
#   torch.nn.utils.parametrizations.spectral_norm: every read of .weight is a power iteration. Two reads in a row differ,
#     and the stored vector has moved: a log of weight norms, an export or a count of parameters by their names changes
#     what training does next. In eval mode it rests.
#   torch.nn.utils.spectral_norm: reads are quiet, but after a forward pass with gradients copy.deepcopy raises
#     RuntimeError ("Only Tensors created explicitly by the user ...", its hint names weight_norm), also in eval mode
#     until a pass without gradients. Before the first pass it works.
# What we do about it: the trainer's own layers (training/biggan.py) move the vector in a forward pass in training alone;
# its moving average is copied before the first step and takes the vectors over.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check torch==2.13.0 numpy==2.2.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import copy
import sys

import torch
from torch.nn.utils import parametrizations, spectral_norm


def copies(layer):
    try:
        copy.deepcopy(layer)
    except RuntimeError as error:
        return "RuntimeError: %.70s ..." % error
    return "copied"


seen = {}
for name, norm in (("old", spectral_norm), ("new", parametrizations.spectral_norm)):
    torch.manual_seed(0)
    layer = norm(torch.nn.Linear(64, 64))
    reads = [layer.weight.detach().clone() for _ in range(2)]
    resting = copy.deepcopy(layer).eval()
    quiet = torch.equal(resting.weight, resting.weight)
    before = copies(layer)
    layer(torch.randn(2, 64))
    after = copies(layer)
    layer.eval()
    with torch.no_grad():
        layer(torch.randn(2, 64))
    seen[name] = torch.equal(*reads), quiet, before == "copied", after == "copied", copies(layer) == "copied"
    print("%s: two reads equal: %s; in eval mode: %s" % (name, seen[name][0], quiet))
    print("     copy before a pass: %s; after one: %s; after one without gradients: %s" % (before, after, copies(layer)))
wanted = {"old": (True, True, True, False, True), "new": (False, True, True, True, True)}
sys.exit(0 if seen == wanted else "spectral norms do otherwise now")
PY
