#!/usr/bin/env bash
# A fused optimiser of PyTorch on a CPU, a weight with the channels last in memory, and a gradient of the same shape
# whose memory is in the usual order (as it is read from a file, averaged between machines, or made by hand; what
# `backward` itself leaves in .grad has the order of the weight).
# Expected: the step of the optimiser that is not fused. Seen, torch 2.13.0, Adam, AdamW, Adagrad and SGD alike:
#   no error, no warning; each number of the gradient is taken for another number of the weight: with a rate of 0.1
#   the first step of Adam puts weights 0.2 apart, as far as a step reaches. In the same order both ways: 1e-8.
# The kernels walk through the memory of weight, gradient and moments side by side and do not look at strides.
# What we do about it: our trainer copies each gradient into memory in the order of its weight before a step.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check torch==2.13.0 numpy==2.2.6
"$folder/venv/bin/python" - <<'PY'
import sys

import torch

torch.manual_seed(0)
weights, slopes = torch.randn(8, 4, 3, 3), torch.randn(8, 4, 3, 3)
orders = {"usual": torch.contiguous_format, "channels last": torch.channels_last}


def stepped(optimiser, fused, weight_order, slope_order):
    weight = torch.nn.Parameter(weights.clone(memory_format=orders[weight_order]))
    weight.grad = slopes.clone(memory_format=orders[slope_order])
    getattr(torch.optim, optimiser)([weight], lr=0.1, fused=fused).step()
    return weight.detach()


right = True
for optimiser in ("Adam", "AdamW", "Adagrad", "SGD"):
    plain = stepped(optimiser, False, "channels last", "usual")
    same, other = (
        float((stepped(optimiser, True, "channels last", order) - plain).abs().max())
        for order in ("channels last", "usual")
    )
    print("%s: fused beside plain, same order %.0e, other order %.2f" % (optimiser, same, other))
    right = right and same < 1e-6 and other > 0.1
sys.exit(0 if right else "a fused optimiser behaves otherwise now")
PY
