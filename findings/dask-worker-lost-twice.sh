#!/usr/bin/env bash
# distributed 2026.8.0 and 2022.2.0: a LocalCluster of one worker, which a nanny starts anew when it dies. The worker is killed, is
# back after five seconds, and is killed once more 14 s after the first time. Is it back again?
# Expected: yes; both deaths are the same to the nanny, which logs "Restarting worker" for each.
# Seen: no, never. 15 s after a worker was lost (distributed.deploy.lost-worker-timeout) the cluster looks whether one of its name is
# there; if it is just being started, the second time, its nanny is closed for good. A cluster of one has no worker from then on,
# and whoever waits for it waits without an end. Killed after 10 s instead, it is back. The same happens to a worker that Dask itself
# ends for its memory, over and over, on a machine that is slow or busy.
# What we do about it: `local:N` waits for its nannies (ganspace_tf/cluster/connect.py, tests/test_cluster_faults.py); for clusters of
# others docs/cluster.md says it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/try.py" <<'PY'
import logging
import os
import signal
import sys
import time

import distributed


def back(client, cluster, other, seconds):
    """The worker's process, once there is one that is not `other`; None where none comes."""
    end = time.time() + seconds
    while time.time() < end:
        pids = [nanny.pid for nanny in cluster.workers.values()]
        if pids and pids[0] not in (None, other) and client.nthreads():
            time.sleep(1)  # the scheduler may still list the one before
            if client.nthreads():
                return pids[0]
        time.sleep(0.1)
    return None


if __name__ == "__main__":
    again = float(sys.argv[1])
    options = {"n_workers": 1, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    options["preload"] = ["slow.py"]  # a worker that takes its time, as those that load TensorFlow do
    with distributed.LocalCluster(silence_logs=logging.CRITICAL, **options) as cluster, distributed.Client(cluster) as client:
        first = back(client, cluster, None, 60)
        began = time.time()
        os.kill(first, signal.SIGKILL)
        second = back(client, cluster, first, 60)
        took = time.time() - began
        time.sleep(began + again - time.time())
        os.kill(second, signal.SIGKILL)
        third = back(client, cluster, second, 45)
        text = "killed, back after %.1f s, killed again %.0f s after the first time: %s"
        print(text % (took, again, "back" if third else "not back within 45 s"), flush=True)
PY
echo "import time; time.sleep(2)" >"$folder/slow.py"
install() { # install NAME INTERPRETER REQUIREMENT...
    "$2" -m venv "$folder/$1"
    "$folder/$1/bin/pip" install -q --disable-pip-version-check "${@:3}" 2>/dev/null
}
install newer "${PYTHON311:-python3.11}" distributed==2026.8.0 dask==2026.8.0
install older "${PYTHON37:-python3.7}" distributed==2022.2.0 dask==2022.2.0 click==8.0.4
for stack in newer older; do
    for again in 10 14; do
        said=$(cd "$folder" && timeout 150 "$folder/$stack/bin/python" -W ignore "$folder/try.py" "$again" 2>/dev/null | tail -n 1)
        echo "$stack: $said"
        case $again in
        10) [[ $said == *": back" ]] ;;
        *) [[ $said == *": not back"* ]] ;;
        esac
    done
done
