#!/usr/bin/env bash
# TensorFlow 2.21 and 1.15.5: how often is the body of a function prepared that a session calls (PartitionedCall)?
# Expected: once a session. The function stands in the graph's library under one name, and what is asked of a run, and fed to it, changes
# nothing inside of it.
# Seen: once for every call of it in every new set of fetched and fed tensors: a session keeps what it has prepared under such a set, and
# the functions with it. A graph that calls one function of 300 nodes ten times, with four numbers, each time another set is fetched
# (median of eight; two cores of an AMD EPYC, beside other work):
#   2.21    53 ms the first time, 0.5 ms when the set comes again; with 3 nodes instead of 300 7.9 ms the first time
#   1.15.5  50 ms, 0.6 ms; 4.0 ms
# so that a program which asks the same network for many different layers waits for preparation, not for numbers.
# What we do about it: ganspace_tf/render/past.py makes frames from kept cut to kept cut, so that a pair of cuts is one set for all
# frames; tests/test_render_past.py counts what every run computes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/try.py" <<'PY'
import sys
import time

import tensorflow.compat.v1 as tf

STAGES, NODES = 10, int(sys.argv[1])
library = tf.GraphDef()
function = library.library.function.add()
function.signature.name = "stage"
function.signature.input_arg.add(name="x", type=tf.float32.as_datatype_enum)
function.signature.output_arg.add(name="y", type=tf.float32.as_datatype_enum)
before = "x"
for index in range(NODES):
    node = function.node_def.add(name="n%d" % index, op="Neg")
    node.input.append(before)
    node.attr["T"].type = tf.float32.as_datatype_enum
    before = "n%d:y:0" % index
function.ret["y"] = before

with tf.Graph().as_default():
    tf.import_graph_def(library, name="")
    options = tf.ConfigProto()
    options.graph_options.rewrite_options.disable_meta_optimizer = True
    x, stages = tf.placeholder(tf.float32, [4]), []
    y = x
    for _ in range(STAGES):
        y = tf.raw_ops.PartitionedCall(args=[y], Tout=[tf.float32], f="stage", config_proto=options.SerializeToString())[0]
        stages.append(y)
    session = tf.Session(config=options)

    def seconds(fetched):
        began = time.time()
        session.run(fetched, {x: [1.0, 2.0, 3.0, 4.0]})
        return time.time() - began

    first = [seconds([y] + stages[: k + 1]) for k in range(8)]
    again = [seconds([y] + stages[: k + 1]) for k in range(8)]
    print("%.1f ms the first time, %.1f ms the second" % (1e3 * sorted(first)[4], 1e3 * sorted(again)[4]))
PY
install() { # install NAME INTERPRETER REQUIREMENT...
    "$2" -m venv "$folder/$1"
    "$folder/$1/bin/pip" install -q --disable-pip-version-check "${@:3}"
}
install newer "${PYTHON311:-python3.11}" tensorflow-cpu==2.21.0 numpy==2.4.6
install older "${PYTHON37:-python3.7}" tensorflow==1.15.5 protobuf==3.20.3 numpy==1.18.5
for stack in newer older; do
    for nodes in 300 3; do
        said=$(env TF_CPP_MIN_LOG_LEVEL=3 "$folder/$stack/bin/python" -W ignore "$folder/try.py" $nodes 2>/dev/null)
        echo "$stack, $nodes nodes: $said"
        echo "$said" >>"$folder/$stack.txt"
    done
    # many nodes take many times what few take, and what the same set takes again
    awk '{ first[NR] = $1; again[NR] = $6 } END { exit !(first[1] > 3 * first[2] && first[1] > 10 * again[1]) }' "$folder/$stack.txt"
done
