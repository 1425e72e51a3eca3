#!/usr/bin/env bash
# TensorFlow 2.21 and 1.15.5 on a CPU: does the second run of a graph use the memory of the first one again?
# Expected: yes, as on a GPU, where "BFC" keeps it: a graph that runs a thousand times needs the same sizes each time.
# Seen: on a CPU there is no allocator between TensorFlow and malloc, and glibc gives what is above 32 MiB back to the system at
# once. So the system clears every page anew in every run, here for four values of 40 MB, one core of an AMD EPYC:
#   2.21    40,964 pages a run, 148 ms; with TF_CPU_ALLOCATOR_USE_BFC=true 0, 39 ms
#   1.15.5  40,964 pages a run, 151 ms; likewise 0, 38 ms
# so three quarters of the time are no arithmetic. The variable has to be set before the process's first session, and TensorFlow
# then stops at 64 GB unless TF_CPU_BFC_MEM_LIMIT_IN_MB says more. Where 2.21 uses oneDNN, which it does by itself on processors
# with AVX-512, memory comes from an allocator that keeps it: 0 pages there.
# What we do about it: nvlabs/running/memory.py sets them where the user has not; tests/test_kept_memory.py counts pages.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/try.py" <<'PY'
import resource
import time

import tensorflow.compat.v1 as tf

with tf.Graph().as_default():
    x = tf.Variable(tf.ones([10, 1024, 1024]))
    one, two = x + 1.0, x + 2.0
    sums = tf.reduce_sum(one + two), tf.reduce_sum(one * two)
    session = tf.Session()
    session.run(x.initializer)
    for _ in range(5):
        session.run(sums)
    began, before = time.time(), resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        session.run(sums)
    took = (time.time() - began) / 10
    print("%d pages a run, %.0f ms" % ((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 10, 1e3 * took))
PY
install() { # install NAME INTERPRETER REQUIREMENT...
    "$2" -m venv "$folder/$1"
    "$folder/$1/bin/pip" install -q --disable-pip-version-check "${@:3}"
}
install newer "${PYTHON311:-python3.11}" tensorflow-cpu==2.21.0 numpy==2.4.6
install older "${PYTHON37:-python3.7}" tensorflow==1.15.5 protobuf==3.20.3 numpy==1.18.5
check() { # check LABEL ENVIRONMENT FROM TO [NAME=VALUE]: the pages of a run have to lie in between
    local said
    said=$(env TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0 "${@:5}" "$folder/$2/bin/python" -W ignore "$folder/try.py" 2>/dev/null)
    echo "$1: $said"
    awk -v pages="${said%% *}" -v from="$3" -v to="$4" 'BEGIN { exit !(pages >= from && pages <= to) }'
}
for stack in newer older; do
    check "$stack" "$stack" 10000 1000000
    check "$stack, kept" "$stack" 0 100 TF_CPU_ALLOCATOR_USE_BFC=true
done
check "newer, oneDNN" newer 0 100 TF_ENABLE_ONEDNN_OPTS=1
