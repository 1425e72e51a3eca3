#!/usr/bin/env bash
# TensorFlow 2.21 and 1.15.5: what does it take to make a constant of a graph out of an array of truth values?
# Expected: the time of a copy, as for whole numbers; a truth value is the smallest of all, and the node holds one byte for each.
# Seen: bytes are copied for some kinds of numbers; of the others a Python list is made, and each is put into the message by itself.
# A hundred thousand numbers, one core of an AMD EPYC (Zen 1), ms of processor time; bytes a number in the node:
#              int32      float32    uint8      bool       uint16     complex64   float16
#   2.21.0     1.9, 4     1.1, 4     0.5, 1     69, 1      76, 1      205, 8      0.8, 2
#   1.15.5     1.9, 4     1.3, 4     0.8, 1     81, 1      69, 1      97, 8       71, 1.5
# so that a mask of a million pixels takes 0.7 s while the graph is built, and the same mask as int32 some 3 % of that.
# What we do about it: nvlabs/networks/ops/winograd.py says with a number that lies beyond all others which pixels are outside, and has
# no mask; graphs of a 256 px network are built in 1.8 s where they took 2.1 s with eleven masks.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/try.py" <<'PY'
import sys
import time

import numpy as np
import tensorflow.compat.v1 as tf

COUNT = 100_000
numbers = np.random.RandomState(0).randint(0, 2, COUNT)


def seconds(kind):
    array, taken = numbers.astype(kind), []
    for _ in range(5):
        began = time.process_time()
        made = tf.constant(array)
        taken.append(time.process_time() - began)
    size = made.op.node_def.attr["value"].tensor.ByteSize() / COUNT
    print("%-9s %6.1f ms, %.1f bytes a number" % (kind, 1e3 * min(taken), size))
    return min(taken)


with tf.Graph().as_default():
    took = {kind: seconds(kind) for kind in ("int32", "float32", "uint8", "bool", "uint16", "complex64", "float16")}
slow = {kind for kind in took if took[kind] > 10 * took["int32"]}
wanted = {"bool", "uint16", "complex64"} | ({"float16"} if sys.argv[1] == "older" else set())
if slow != wanted:
    sys.exit("another behaviour: slow are %s" % sorted(slow))
PY
install() { # install NAME INTERPRETER REQUIREMENT...
    "$2" -m venv "$folder/$1"
    "$folder/$1/bin/pip" install -q --disable-pip-version-check "${@:3}"
}
install newer "${PYTHON311:-python3.11}" tensorflow-cpu==2.21.0 numpy==2.4.6
install older "${PYTHON37:-python3.7}" tensorflow==1.15.5 protobuf==3.20.3 numpy==1.18.5
for which in newer older; do
    echo "== $which"
    TF_CPP_MIN_LOG_LEVEL=3 "$folder/$which/bin/python" -W ignore "$folder/try.py" "$which"
done
