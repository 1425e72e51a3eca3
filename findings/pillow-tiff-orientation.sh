#!/usr/bin/env bash
# A TIFF of 4 x 2 pixels, grey and not compressed, white at the top left, whose Orientation (6) says to turn it by 90 degrees:
# opened from its path and from memory, and given to ImageOps.exif_transpose, as alignments of photos do.
# Expected: 2 x 4 pixels, white at the top right, every time, as it is of a PNG with this tag. Seen:
#   Pillow 9.5.0   4 x 2, white at the bottom right, both times: loading a TIFF turns it already and leaves the tag, so
#                  that it is turned twice; its size changes between open and load
#   Pillow 13.0.0  from memory as expected; from its path 4 x 2, white at the top right, whose other pixels are those of no
#                  turned picture: open tells the turned size, and the mapped file is cut into rows of that width (so are other modes
#                  that are mapped; RGB and compressed files are not, and come out right)
# What we do about it: ganspace_tf/photos/reading.py reads the tag before Pillow does, hands it bytes in memory, and leaves a
# TIFF as it was loaded.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
seen() { # seen PYTHON VERSION: size and place of the white pixel from a path, from memory, of a PNG; the pixels from the path
    "$1" -m venv "$folder/$2"
    "$folder/$2/bin/pip" install -q --disable-pip-version-check "Pillow==$2"
    "$folder/$2/bin/python" - "$folder/$2" <<'PY'
import io
import sys

from PIL import Image, ImageOps

picture = Image.new("L", (4, 2))
picture.putdata([255, 1, 2, 3, 4, 5, 6, 7])
tag = Image.Exif()
tag[274] = 6
tiff, png = sys.argv[1] + "/a.tiff", sys.argv[1] + "/a.png"
picture.save(tiff, tiffinfo={274: 6})
picture.save(png, exif=tag.tobytes())
told = []
with open(tiff, "rb") as stream:
    sources = tiff, io.BytesIO(stream.read()), png
for source in sources:
    turned = ImageOps.exif_transpose(Image.open(source))
    pixels = list(turned.tobytes())
    white = pixels.index(255)
    told.append("%dx%d at %d,%d %s" % (*turned.size, white % turned.width, white // turned.width, pixels[:4]))
print("; ".join(told))
PY
}
old=$(seen "${PYTHON37:-python3.7}" 9.5.0)
new=$(seen "${PYTHON311:-python3.11}" 13.0.0)
right="2x4 at 1,0 [4, 255, 5, 1]"
echo "from a path; from memory; a PNG. Pillow 9.5.0: $old. Pillow 13.0.0: $new. Right: $right"
[ "$old" = "4x2 at 3,1 [7, 6, 5, 4]; 4x2 at 3,1 [7, 6, 5, 4]; $right" ] && [ "$new" = "4x2 at 3,0 [6, 4, 2, 255]; $right; $right" ]
