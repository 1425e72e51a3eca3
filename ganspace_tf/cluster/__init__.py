"""The same work in blocks on Dask workers. Knows blocks, functions and networks; knows no methods.

    with Cluster("local:2") as cluster:
        for item, result in cluster.in_order(make, gen, request, items, called): …

address.py   what --cluster may say         connect.py   from that to a client of Dask, workers of its own too
pool.py      Cluster: blocks out, results in, in order, a bounded number at a time
worker.py    what runs on a worker          facts.py     versions and processors that have to agree
preload.py   for workers of this machine's own
aligned.py   arrays as they came over the wire, made like those of this process

The result of an item depends on the item alone and results come in the order of the items. So whoever adds
them up gets the same bits with any number of workers, whichever is done first, and if some are killed.
"""

from __future__ import annotations

from ganspace_tf.cluster.address import Address, parse_address
from ganspace_tf.cluster.pool import Cluster, smaller

__all__ = ["Address", "Cluster", "parse_address", "smaller"]
