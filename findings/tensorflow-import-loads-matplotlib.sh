#!/usr/bin/env bash
# TensorFlow 2.21 with Keras 3.15: what else does `import tensorflow` import, where tf.keras is said to be loaded lazily?
# Expected: NumPy and what TensorFlow itself needs; Keras when tf.keras is first used. Seen: all of Keras, at the end of
# tensorflow/__init__.py, and by way of it scikit-learn, SciPy's statistics and matplotlib.pyplot where they are installed:
# more than a third of the time of the import (1.1 of 2.6 s on one core; the share is printed).
# TF_USE_LEGACY_KERAS=1 spares that, but loads tf_keras in its place where that is installed, as tensorflow-hub has it.
# What we do about it: `without_keras` in nvlabs/running/first_start.py; tf.keras loads Keras when it is asked for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check tensorflow-cpu==2.21.0 keras==3.15.1 numpy==2.4.6 scikit-learn==1.9.1 matplotlib==3.11.2
cat >"$folder/try.py" <<'PY'
import sys
import time

began = time.process_time()
if len(sys.argv) > 1:
    sys.modules["keras"] = None  # TensorFlow takes an ImportError for an answer
import tensorflow

spent = time.process_time() - began
print(sorted({"keras", "sklearn", "matplotlib.pyplot"} & {name for name in sys.modules if sys.modules[name]}), round(spent, 2))
PY
run() { TF_CPP_MIN_LOG_LEVEL=3 "$folder/env/bin/python" "$folder/try.py" "$@" 2>/dev/null; }
run >/dev/null # fills the caches of files and byte code
with=$(run)
without=$(run without)
printf 'import tensorflow: %s s\nwithout Keras: %s s\n' "$with" "$without"
[ "${with%]*}" = "['keras', 'matplotlib.pyplot', 'sklearn'" ] && [ "${without%]*}" = "[" ]
awk -v with="${with##*] }" -v without="${without##*] }" 'BEGIN { exit !(without < 0.75 * with) }'
