#!/usr/bin/env bash
# TF_ENABLE_ONEDNN_OPTS=0, which TensorFlow's own message offers against "slightly different numerical results due to
# floating-point round-off errors", and one NCHW convolution on a CPU.
# Expected: the same numbers up to rounding. Seen with tensorflow-cpu 2.21.0:
#   default                    sums to 4.0
#   TF_ENABLE_ONEDNN_OPTS=0    UnimplementedError: ... currently only supports the NHWC tensor format on the CPU
# The switch is not about rounding alone: NCHW convolutions on a CPU exist in oneDNN only. A network that a script
# builds in NCHW runs on one machine, and not on another with that variable.
# What we do about it: graphs are NHWC on a CPU always (nvlabs/running/session.py); the tests of NCHW ask TensorFlow first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check tensorflow-cpu==2.21.0 numpy==2.4.6
seen() { # seen VALUE: what one convolution gives with TF_ENABLE_ONEDNN_OPTS=VALUE
    TF_ENABLE_ONEDNN_OPTS=$1 TF_CPP_MIN_LOG_LEVEL=3 "$folder/env/bin/python" - 2>/dev/null <<'PY'
import numpy as np
import tensorflow as tf

x, kernel = np.ones((1, 1, 2, 2), np.float32), np.ones((1, 1, 1, 1), np.float32)
try:
    print(float(tf.reduce_sum(tf.nn.conv2d(x, kernel, 1, "VALID", data_format="NCHW"))))
except tf.errors.OpError as error:
    print(type(error).__name__, "NHWC" in str(error))
PY
}
with=$(seen 1) without=$(seen 0)
printf 'oneDNN on: %s; off: %s\n' "$with" "$without"
[ "$with" = 4.0 ] && [ "$without" = "UnimplementedError True" ]
