"""From a file to networks that run, and back."""

from __future__ import annotations

from typing import Any, Optional

from nvlabs.errors import about_file
from nvlabs.reading.records import FileRecords
from nvlabs.reading.unpickle import read_records
from nvlabs.running.network import Networks, make_networks
from nvlabs.writing import container


def load(path: Any, threads: Optional[int] = None, layout: Optional[str] = None) -> Networks:
    """Reads a network file, official (.pkl) or neutral (.npz), and returns its networks (G, D, Gs).

    Args:
        path: the file.
        threads: of TensorFlow; None for all cores. A process has one pool of them, as large as the first
            network that starts in it asks for (config.proto of TensorFlow: intra_op_parallelism_threads).
        layout: 'NHWC' or 'NCHW' inside the graphs; None for what the device needs.

    Raises:
        NetworkFileError: the file is refused; the message says what it is and what to do.
    """
    with about_file(path):
        return make_networks(read_records(path), threads, layout)


def save(nets: Any, path: Any) -> Any:
    """Writes networks in the official container, with their variables' current values, and returns `path`.

    Args:
        nets: (G, D, Gs) as from `load`; a single generator is saved as (None, None, Gs).
    """
    if hasattr(nets, "record"):
        records = FileRecords(None, None, nets.record())
    else:
        G, D, Gs = nets
        records = FileRecords(
            None if G is None else G.record(), None if D is None else D.record(), Gs.record()
        )
    container.save(records, path)
    return path
