#!/usr/bin/env bash
# TensorFlow 2.21 on a CPU: how precise is float32 tf.nn.conv2d with a constant kernel of 3 x 3 x 512 -> 64 channels, beside the
# same sums as one tf.matmul?
# Expected: alike, as with TensorFlow 1.15.5 and with TF_ENABLE_ONEDNN_OPTS=0 (3.2e-7 to 3.6e-7 both, relative, in the mean square).
# Seen: oneDNN's convolution has 3 to 4 times the error of its matrix product, whatever it may use (ONEDNN_MAX_CPU_ISA):
#   with AVX-512 1.07e-6 and 3.6e-7; AVX2 1.21e-6 and 3.0e-7; SSE41 1.24e-6 and 3.0e-7
# (where the kernel is fed, AVX2 takes another way and has 2.2e-7). Both say float32; so two stacks, or one processor with and
# without oneDNN, differ in every layer of a network by more than the order of a sum would tell.
# What we do about it: layers of many channels are made of matrix products (nvlabs/networks/ops/winograd.py), whose error there is
# 4.9e-7 on both stacks; tests compare with float64, not with the operation.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/try.py" <<'PY'
import numpy as np
import tensorflow.compat.v1 as tf

random = np.random.RandomState(0)
x = random.standard_normal((1, 16, 16, 512)).astype(np.float32)
w = random.standard_normal((3, 3, 512, 64)).astype(np.float32)
patches = np.concatenate([x[:, i : i + 14, j : j + 14] for i in range(3) for j in range(3)], axis=3).reshape(196, -1)
exact = patches.astype(np.float64) @ w.astype(np.float64).reshape(-1, 64)
with tf.Graph().as_default():
    image, rows = (tf.placeholder(tf.float32, one.shape) for one in (x, patches))
    kernel = tf.constant(w)
    made = tf.nn.conv2d(image, kernel, [1, 1, 1, 1], "VALID"), tf.matmul(rows, tf.reshape(kernel, [-1, 64]))
    found = tf.Session().run(made, {image: x, rows: patches})
errors = [np.sqrt(((one.reshape(exact.shape) - exact) ** 2).mean() / (exact**2).mean()) for one in found]
print("convolution %.2e, matrix product %.2e: %.1f times" % (*errors, errors[0] / errors[1]))
PY
install() { # install NAME INTERPRETER REQUIREMENT...
    "$2" -m venv "$folder/$1"
    "$folder/$1/bin/pip" install -q --disable-pip-version-check "${@:3}"
}
install newer "${PYTHON311:-python3.11}" tensorflow-cpu==2.21.0 numpy==2.4.6
install older "${PYTHON37:-python3.7}" tensorflow==1.15.5 protobuf==3.20.3 numpy==1.18.5
check() { # check LABEL ENVIRONMENT FROM TO [NAME=VALUE]: the ratio has to lie in between
    local said
    said=$(env TF_CPP_MIN_LOG_LEVEL=3 "${@:5}" "$folder/$2/bin/python" -W ignore "$folder/try.py" 2>/dev/null)
    echo "$1: $said"
    awk -v ratio="$(sed 's/.*: \(.*\) times/\1/' <<<"$said")" -v from="$3" -v to="$4" 'BEGIN { exit !(ratio >= from && ratio <= to) }'
}
check "2.21" newer 2.5 6
check "2.21, AVX2" newer 2.5 6 ONEDNN_MAX_CPU_ISA=AVX2
check "2.21, SSE41" newer 2.5 6 ONEDNN_MAX_CPU_ISA=SSE41
check "2.21 without oneDNN" newer 0.8 1.3 TF_ENABLE_ONEDNN_OPTS=0
check "1.15.5" older 0.8 1.3
