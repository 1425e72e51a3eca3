"""MP4 films through ffmpeg: that of the package `imageio-ffmpeg` (the extra `video`), else the system's."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Tuple

import numpy as np

from ganspace_tf.errors import FileError

# From RGB to the matrix of BT.709 in limited range, unrounded in between. Then the same is said in the file:
# newer ffmpeg takes primaries and transfer from the frames (setparams), older ones from the options.
BT709 = (
    "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int+bicubic,"
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
)
TAGS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")


def even_size(height: int, width: int) -> Tuple[int, int]:
    """(height, width) of an MP4 film whose frames are so large: both even."""
    return height + height % 2, width + width % 2


def ffmpeg_program() -> str:
    """Path of the ffmpeg program. Raises FileError with what to install where there is none."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        of_system = shutil.which("ffmpeg")
    if of_system is None:
        raise FileError(
            "a film as .mp4 needs ffmpeg: pip install imageio-ffmpeg (the extra `video`); .gif needs nothing"
        )
    return of_system


def encode_mp4(frames: np.ndarray, fps: float, path: str, quality: int = 17) -> None:
    """Write frames (S, H, W, 3) uint8 into the file `path`, as MP4: H.264 of constant rate factor `quality`
    (0-51, smaller is better).

    Odd widths and heights get a white row or column (`even_size`), since the 4:2:0 pixels that players expect
    come in pairs. Colours are those of BT.709, which the file says, so that a player which reads the tags and
    one which assumes 709, as most do, show the same. The bytes depend on the frames and the ffmpeg version
    alone. Raises FileError.
    """
    program = ffmpeg_program()
    _, H, W, _ = frames.shape
    high, wide = even_size(H, W)
    frames = np.pad(frames, ((0, 0), (0, high - H), (0, wide - W), (0, 0)), "constant", constant_values=255)
    size = "{}x{}".format(frames.shape[2], frames.shape[1])
    command = [program, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size]
    command += ["-r", str(fps), "-i", "-", "-an", "-vf", BT709, *TAGS]
    command += ["-c:v", "libx264", "-preset", "slow", "-crf", str(quality)]
    command += ["-pix_fmt", "yuv420p", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
    command += ["-f", "mp4", path]  # a file, as the index of MP4 comes last: it cannot go through a pipe
    done = subprocess.run(command, input=frames.tobytes(), stderr=subprocess.PIPE)
    if done.returncode or not os.path.getsize(path):
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["unknown reason"]
        raise FileError("ffmpeg could not make the film: {}".format(lines[-1]))
