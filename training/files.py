"""Files that training writes besides checkpoints: sheets, JSON, the manifest. This needs no PyTorch."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from PIL import Image

from ganspace_tf.demo import networks

LICENCE = "CC0-1.0"  # of the networks
DOCS = Path(networks.DATA).parents[2] / "docs" / "images"


def write_atomically(path, write):
    """Call write(temporary path), then rename it to path."""
    beside = path.with_name(path.name + ".part")
    write(beside)
    os.replace(beside, path)


def write_json(path, content):
    write_atomically(Path(path), lambda part: part.write_text(json.dumps(content, indent=1) + "\n"))


def save_sheet(path, pictures, columns=8):
    """Write pictures (N, H, W, 3) uint8 as a PNG grid."""
    n, height, width, _ = pictures.shape
    rows = -(-n // columns)
    sheet = np.zeros((rows * columns, height, width, 3), dtype=np.uint8)
    sheet[:n] = pictures
    sheet = sheet.reshape(rows, columns, height, width, 3).transpose(0, 2, 1, 3, 4)
    image = Image.fromarray(sheet.reshape(rows * height, columns * width, 3))
    write_atomically(Path(path), lambda part: image.save(part, format="PNG"))


def rounded(value):
    """Numbers to five digits, anywhere in a nest of dicts and lists: more is noise of the sample."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float("%.5g" % value) if isinstance(value, float) else value


def add_to_manifest(name, facts):
    """Give a network its row in the manifest, or a new one."""
    path = Path(networks.DATA) / "manifest.json"
    known = networks.manifest() if path.exists() else {}
    known[name] = facts
    write_json(path, known)
