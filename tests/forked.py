"""Small networks of the non-square forks, made from those of tests/tiny.py: another constant, other
noise maps, other names, the arguments of the fork."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np

from nvlabs.reading.records import FileRecords
from tests import tiny

FORKS = ("min_h", "init_res", "unstated")


def forked_records(fork: str, start, doublings=2, kind="stylegan2-skip", seed=0, **kwargs) -> FileRecords:
    """Gs alone, from start (h, w), doubled `doublings` times.

    fork: "min_h" states min_h, min_w and res_log2 and names blocks by their sizes; "init_res" states that and
    names them as if square; "unstated" is the latter without the argument.
    """
    height, width = start
    record = tiny.tiny_records(kind, seed, resolution=4 << doublings, **kwargs).Gs
    changes = {}
    if fork == "min_h":
        changes = {"min_h": height, "min_w": width, "res_log2": doublings, "resolution": height << doublings}
    elif fork == "init_res":
        changes = {"init_res": [height, width], "impl": "ref", "verbose": False}
    parts = OrderedDict(
        (key, replace(part, static_kwargs={**part.static_kwargs, **changes}))
        for key, part in record.components.items()
    )
    random, variables = np.random.RandomState(seed), OrderedDict()
    for name, value in parts["synthesis"].variables.items():
        if value.ndim == 4 and value.shape[:2] == (1, 1) and name.startswith("noise"):
            scale = value.shape[2] // 4
            value = random.standard_normal((1, 1, height * scale, width * scale)).astype(np.float32)
        if name.endswith("/Const/const"):
            value = random.standard_normal((1, value.shape[1], height, width)).astype(np.float32)
        block, slash, rest = name.partition("/")
        if fork == "min_h" and slash and not block.startswith("ToRGB"):
            scale = int(block.split("x")[0]) // 4
            name = "%dx%d/%s" % (height * scale, width * scale, rest)
        variables[name] = value
    parts["synthesis"] = replace(parts["synthesis"], variables=variables)
    whole = replace(record, static_kwargs={**record.static_kwargs, **changes}, components=parts)
    return FileRecords(None, None, whole)
