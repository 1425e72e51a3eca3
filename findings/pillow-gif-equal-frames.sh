#!/usr/bin/env bash
# A GIF of ten equal frames, 50 ms each, written by Pillow.
# Expected: half a second, in whatever number of frames. Seen:
#   Pillow 9.5.0    1 frame of 50 ms: the film lasts a tenth of what was asked for
#   Pillow 13.0.0   1 frame of 500 ms
# In 9.5.0 equal frames in the middle of a film do keep their time; only a film that is still throughout loses it.
# What we do about it: ganspace_tf/render/gif.py joins equal frames itself and gives the sum of their times.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
seen() { # seen PYTHON VERSION: the times of the frames in the file, in ms
    "$1" -m venv "$folder/$2"
    "$folder/$2/bin/pip" install -q --disable-pip-version-check "Pillow==$2"
    "$folder/$2/bin/python" - "$folder/film.gif" <<'PY'
import sys
from PIL import Image

frames = [Image.new("RGB", (8, 8), (90, 90, 90)) for _ in range(10)]
frames[0].save(sys.argv[1], save_all=True, append_images=frames[1:], duration=50, loop=0)
with Image.open(sys.argv[1]) as film:
    times = []
    for index in range(getattr(film, "n_frames", 1)):
        film.seek(index)
        times.append(film.info["duration"])
print(*times)
PY
}
old=$(seen "${PYTHON37:-python3.7}" 9.5.0)
new=$(seen "${PYTHON311:-python3.11}" 13.0.0)
echo "Pillow 9.5.0: $old ms; Pillow 13.0.0: $new ms"
[ "$old" = 50 ] && [ "$new" = 500 ]
