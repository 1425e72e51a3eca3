"""MP4 films through ffmpeg, which comes with the package `imageio-ffmpeg` (the extra `video`)."""

from __future__ import annotations

import os
import subprocess
import tempfile

import numpy as np

from ganspace_tf.errors import FileError


def ffmpeg_program() -> str:
    """Path of the ffmpeg program. Raises FileError with what to install where there is none."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        raise FileError(
            "a film as .mp4 needs ffmpeg: pip install imageio-ffmpeg (the extra `video`); .gif needs nothing"
        ) from None


def encode_mp4(frames: np.ndarray, fps: float, quality: int = 17) -> bytes:
    """Frames (S, H, W, 3) uint8 as an MP4 file: H.264 of constant rate factor `quality` (0-51, smaller is
    better).

    Odd widths and heights get a white row or column, since the 4:2:0 pixels that players expect come in
    pairs. The bytes depend on the frames and the ffmpeg version alone. Raises FileError.
    """
    program = ffmpeg_program()
    _, H, W, _ = frames.shape
    frames = np.pad(frames, ((0, 0), (0, H % 2), (0, W % 2), (0, 0)), "constant", constant_values=255)
    size = "{}x{}".format(frames.shape[2], frames.shape[1])
    command = [program, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size]
    command += ["-r", str(fps), "-i", "-", "-an", "-c:v", "libx264", "-preset", "slow", "-crf", str(quality)]
    command += ["-pix_fmt", "yuv420p", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
    with tempfile.TemporaryDirectory() as folder:  # MP4 cannot be written to a pipe: its index comes last
        made = os.path.join(folder, "film.mp4")
        done = subprocess.run(command + [made], input=frames.tobytes(), stderr=subprocess.PIPE)
        if done.returncode or not os.path.exists(made):
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["unknown reason"]
            raise FileError("ffmpeg could not make the film: {}".format(lines[-1]))
        with open(made, "rb") as file:
            return file.read()
