"""The module `pretrained_networks` of the StyleGAN2 repository: networks by their published names,
addresses or paths.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, Iterator, Optional, Tuple

from nvlabs.dnnlib_compat import tflib, util
from nvlabs.dnnlib_compat.network import Network
from nvlabs.reading.records import FileRecords
from nvlabs.reading.unpickle import read_records

Networks = Tuple[Optional[Network], Optional[Network], Optional[Network]]  # G and D may be absent

BASE = "https://nvlabs-fi-cdn.nvidia.com/stylegan2/networks/"
CACHE = ".stylegan2-cache"  # in the current folder


def _names() -> Iterator[str]:
    for data, configs in (
        ("ffhq", "abcdef"),
        ("car", "abcdef"),
        ("cat", "af"),
        ("church", "af"),
        ("horse", "af"),
    ):
        for config in configs:
            yield "stylegan2-%s-config-%s.pkl" % (data, config)
    for data in ("car", "ffhq"):
        for G in ("orig", "resnet", "skip"):
            for D in ("orig", "resnet", "skip"):
                yield "table2/stylegan2-%s-config-e-G%s-D%s.pkl" % (data, G, D)


gdrive_urls: Dict[str, str] = {"gdrive:networks/" + name: BASE + name for name in _names()}


def get_path_or_url(path_or_gdrive_path: str) -> str:
    """The address of a published name; anything else as it is."""
    return gdrive_urls.get(path_or_gdrive_path, path_or_gdrive_path)


def load_networks(path_or_gdrive_path: str) -> Networks:
    """(G, D, Gs) of a published name, an address or a path, read as data: nothing in the file is run.

    Addresses are kept in `.stylegan2-cache` in the current folder. Raises nvlabs.NetworkFileError for a
    file that is refused, OSError for one that does not arrive.
    """
    return _load(get_path_or_url(path_or_gdrive_path))


@lru_cache(maxsize=None)
def _load(place: str) -> Networks:
    """Once a process: a second request gets the same objects, as scripts expect."""
    records = read_records(local_path(place))  # first: a file that is refused leaves no session behind
    tflib.init_tf()
    return networks_of(records)


def local_path(place: str) -> str:
    """Where the file of an address or a path is; an address is fetched into `.stylegan2-cache` first."""
    if not util.is_url(place):
        return place
    return str(util.open_url(place, cache_dir=CACHE, return_filename=True))


def networks_of(records: FileRecords) -> Networks:
    """The networks of a file that was read."""
    G, D, Gs = (None if r is None else Network.from_record(r) for r in (records.G, records.D, records.Gs))
    return G, D, Gs
