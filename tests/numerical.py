"""Which tests run once more under a second kernel of the linear algebra: all but those of the files listed.

A number that follows from a sum of floats hangs on the order of the sum, and that on the processor. A new
file counts as numerical until somebody lists it.
"""

from __future__ import annotations

from pathlib import Path

# In these no sum of floats decides anything: texts, bytes, names, files and sockets.
WITHOUT_NUMBERS = (
    *(
        "biggan_classes",
        "biggan_files",
        "bounded_biggan",
        "bounded_networks",
        "bounded_reading",
        "boundaries",
    ),
    *(
        "catalogue",
        "cli",
        "cli_bounds",
        "cli_completion",
        "cli_demo",
        "cli_habits",
        "cli_metadata",
        "cli_quiet",
        "cli_terminal",
        "cluster_by_hand",
        "cluster_faults",
        "components_bounds",
        "containers",
        "dnnlib_scripts",
        "docs",
    ),
    *(
        "explorer_audit",
        "explorer_finding",
        "explorer_guard",
        "explorer_looks",
        "explorer_page",
        "explorer_protocol",
        "explorer_state",
        "explorer_troubles",
        "explorer_uploads",
        "explorer_wire",
    ),
    *("downloading", "downloading_guards", "downloading_unfinished", "fetch", "fields", "hostile_files"),
    *(
        "endpoints",
        "first_start",
        "inspection",
        "json_files",
        "kept_memory",
        "machine",
        "notebooks",
        "photo_reading",
        "plain_text",
        "png_chunks",
        "safetensors",
        "setup",
    ),
    *("scripts_whole", "species", "torchfiles", "torch_pickles_wrong", "training_ends", "training_settings"),
    *("unfinished_files", "unpickle", "wrong_networks"),
)


def is_numerical(path: object) -> bool:
    """Whether a file of tests makes numbers."""
    return Path(str(path)).stem[len("test_") :] not in WITHOUT_NUMBERS
