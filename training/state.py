"""A run on disk: settings, checkpoint, log, sample sheets. Everything is written beside and renamed, so a
kill loses minutes.

<folder>/settings.json     what the run is
<folder>/checkpoint.pt     networks, moving average, optimisers, random state, counts
<folder>/log.jsonl         one line every so many images: losses, statistics, seconds
<folder>/samples/          the same 64 latents through the averaged generator, every 10,000 images
"""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

import numpy as np
import torch
from PIL import Image


def write_atomically(path, write):
    """Call write(temporary path), then rename it to path."""
    beside = path.with_name(path.name + ".part")
    write(beside)
    os.replace(beside, path)


def write_json(path, content):
    write_atomically(Path(path), lambda part: part.write_text(json.dumps(content, indent=1) + "\n"))


def append_log(folder, entry):
    with open(Path(folder) / "log.jsonl", "a") as log:
        log.write(json.dumps(entry) + "\n")


def save_checkpoint(folder, content):
    write_atomically(Path(folder) / "checkpoint.pt", lambda part: torch.save(content, part))


def load_checkpoint(folder):
    """The newest checkpoint of a run; plain tensors and numbers only, nothing in it is executed."""
    return torch.load(Path(folder) / "checkpoint.pt", map_location="cpu", weights_only=True)


def to_uint8(images):
    """(N, 3, H, W) in [-1, 1] to (N, H, W, 3) uint8, rounded as the official networks are."""
    scaled = (images * 127.5 + 128).clamp(0, 255).to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().numpy()


def save_sheet(path, pictures, columns=8):
    """Write pictures (N, H, W, 3) uint8 as a PNG grid."""
    n, height, width, _ = pictures.shape
    rows = -(-n // columns)
    sheet = np.zeros((rows * columns, height, width, 3), dtype=np.uint8)
    sheet[:n] = pictures
    sheet = sheet.reshape(rows, columns, height, width, 3).transpose(0, 2, 1, 3, 4)
    image = Image.fromarray(sheet.reshape(rows * height, columns * width, 3))
    write_atomically(Path(path), lambda part: image.save(part, format="PNG"))


def hardware():
    """The processor in words, for the record of what a network cost."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [
            line.split(":")[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        name = models[0] if models else name
    return "%s, %d thread(s), torch %s" % (name, torch.get_num_threads(), torch.__version__)
