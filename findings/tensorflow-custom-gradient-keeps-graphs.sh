#!/usr/bin/env bash
# TensorFlow 2.21 (and 1.15.5), tf.custom_gradient in a graph: is the graph freed when nobody has it any more; may the function use
# the value of a resource that is no tf.Variable?
# Expected: yes and yes, as for graphs without. Seen: no and no.
#   Every call registers a gradient function under a new name, for the whole process and for good. It holds the function and with it
#   the tensors that it closes over, so each graph that ever had one stays: ten built and dropped, ten alive; none without.
#   All VarHandleOps behind the result are looked up among the variables; one of tf.raw_ops ends in
#   ValueError: Unsuccessful at finding variable plain.
# What we do about it: nvlabs/networks/ops/gradients.py registers one function, once, which finds what to do in the graph.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/try.py" <<'PY'
import gc
import weakref

import tensorflow.compat.v1 as tf


def alive(custom):
    seen = []
    for _ in range(10):
        graph = tf.Graph()
        with graph.as_default():
            scale = tf.constant(3.0)

            def triple(x, scale=scale):
                return x * scale, lambda dy: dy * scale

            x = tf.constant(2.0)
            tf.gradients(tf.custom_gradient(triple)(x) if custom else triple(x)[0], x)
        seen.append(weakref.ref(graph))
        del graph, scale, triple, x
    gc.collect()
    return sum(one() is not None for one in seen)


def resource():
    with tf.Graph().as_default():
        handle = tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[], shared_name="plain", name="plain")
        value = tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32)
        value.set_shape([])
        try:
            tf.custom_gradient(lambda x: (x * value, lambda dy: dy))(tf.constant(2.0))
        except ValueError as error:
            return error
    return "taken"


print("alive: {} with, {} without; a resource: {}".format(alive(True), alive(False), resource()))
PY
seen() { # seen INTERPRETER REQUIREMENT...
    local environment=$folder/$2
    "$1" -m venv "$environment"
    "$environment/bin/pip" install -q --disable-pip-version-check "${@:2}"
    TF_CPP_MIN_LOG_LEVEL=3 "$environment/bin/python" -W ignore "$folder/try.py" 2>/dev/null
}
newer=$(seen "${PYTHON311:-python3.11}" tensorflow-cpu==2.21.0)
older=$(seen "${PYTHON37:-python3.7}" tensorflow==1.15.5 protobuf==3.20.3 numpy==1.18.5)
printf 'TensorFlow 2.21: %s\nTensorFlow 1.15.5: %s\n' "$newer" "$older"
expected="alive: 10 with, 0 without; a resource: Unsuccessful at finding variable plain."
[ "$newer" = "$expected" ] && [ "$older" = "$expected" ]
