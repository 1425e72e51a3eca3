#!/usr/bin/env bash
# RGB frames piped into ffmpeg, encoded as H.264 with "-colorspace bt709 -color_primaries bt709 -color_trc bt709
# -color_range tv": the usual recipe for a file that says what its colours mean.
# Expected: the file says bt709 for matrix, primaries and transfer. Seen:
#   ffmpeg 4.2.2 (imageio-ffmpeg 0.5.1)   yuv420p(tv, bt709)                  all three
#   ffmpeg 9.0.2 (imageio-ffmpeg 0.8.1)   yuv420p(tv, bt709/unknown/unknown)  the matrix alone
# Newer ffmpeg takes primaries and transfer from the frames, and frames converted from RGB do not have them; the
# options are dropped without a word. With "setparams=..." as the last filter both versions say all three.
# What we do about it: ganspace_tf/render/video.py says it twice, by filter and by option; a test reads it back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
said() { # said PYTHON VERSION FILTER: what ffmpeg says of the colours of a file it made itself
    [ -d "$folder/$2" ] || { "$1" -m venv "$folder/$2" && "$folder/$2/bin/pip" install -q --disable-pip-version-check "imageio-ffmpeg==$2"; }
    "$folder/$2/bin/python" - "$folder/film.mp4" "$3" <<'PY'
import re
import subprocess
import sys

import imageio_ffmpeg

program, (path, chain) = imageio_ffmpeg.get_ffmpeg_exe(), sys.argv[1:]
words = "-y -loglevel error -f rawvideo -pix_fmt rgb24 -s 64x64 -r 10 -i - -vf {} -colorspace bt709 -color_primaries bt709"
words += " -color_trc bt709 -color_range tv -c:v libx264 -pix_fmt yuv420p"
subprocess.run([program] + words.format(chain).split() + [path], input=bytes(2 * 64 * 64 * 3), check=True)
shown = subprocess.run([program, "-i", path], stderr=subprocess.PIPE).stderr.decode()
print(re.search(r"yuv420p\((.*?)(, progressive)?\)", shown).group(1))
PY
}
scale=scale=out_color_matrix=bt709:out_range=tv
params=,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv
old37=${PYTHON37:-python3.7} new311=${PYTHON311:-python3.11}
old=$(said "$old37" 0.5.1 "$scale") new=$(said "$new311" 0.8.1 "$scale")
told=$(said "$old37" 0.5.1 "$scale$params") tnew=$(said "$new311" 0.8.1 "$scale$params")
printf 'options alone: 4.2.2 %s; 9.0.2 %s\nwith setparams: 4.2.2 %s; 9.0.2 %s\n' "$old" "$new" "$told" "$tnew"
[ "$old" = "tv, bt709" ] && [ "$new" = "tv, bt709/unknown/unknown" ] && [ "$told" = "tv, bt709" ] && [ "$tnew" = "tv, bt709" ]
