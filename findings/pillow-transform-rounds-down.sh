#!/usr/bin/env bash
# A ramp of grey moved by 0.37 of a pixel with Image.transform and BILINEAR, as the published alignment of FFHQ samples
# its photos. Expected: rounding, so that bytes are right on average. Seen, in Pillow 9.5.0 and 13.0.0:
#   bytes        -0.37 levels on average: the bilinear transform drops the fraction (resize rounds)
#   float32      0
# so a photo, whose fractions are of all sizes, becomes half a level darker with every such step.
# What we do about it: ganspace_tf/photos/align/resample.py samples in float32 and rounds once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
seen() { # seen PYTHON VERSION: mean error in levels of bytes, of float32
    "$1" -m venv "$folder/$2"
    "$folder/$2/bin/pip" install -q --disable-pip-version-check "Pillow==$2" numpy
    "$folder/$2/bin/python" - <<'PY'
import numpy as np
from PIL import Image

levels = np.arange(256, dtype=np.float32)[None].repeat(16, axis=0)
errors = []
for kind in (np.uint8, np.float32):
    image = Image.fromarray(levels.astype(kind))
    moved = image.transform((256, 16), Image.AFFINE, (1, 0, 0.37, 0, 1, 0), Image.BILINEAR)
    errors.append(float((np.asarray(moved, np.float32) - levels - np.float32(0.37))[4:12, 4:-4].mean()))
print("%.2f %.2f" % tuple(errors))
PY
}
old=$(seen "${PYTHON37:-python3.7}" 9.5.0)
new=$(seen "${PYTHON311:-python3.11}" 13.0.0)
echo "Pillow 9.5.0: $old levels; Pillow 13.0.0: $new levels (bytes, float32)"
[ "${old% *}" = -0.37 ] && [ "${new% *}" = -0.37 ] && [ "${old#* }" = "${new#* }" ]
