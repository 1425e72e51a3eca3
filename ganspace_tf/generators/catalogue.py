"""Published networks, one row of facts each. Adding a network is adding a row; nothing else changes.

The rows state what the publishers' repositories state. No publisher gives a checksum for its networks. A
name here is short for a file that the user has or fetches; nothing is downloaded by looking one up.
"""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from dataclasses import dataclass
from typing import Iterator, List, Optional, Tuple

from ganspace_tf.cache import cache_folder
from ganspace_tf.demo import networks
from ganspace_tf.errors import FileError, UnknownName

NVIDIA = "NVIDIA Source Code License (non-commercial)"
CC_BY_NC = "CC BY-NC 4.0 (non-commercial), NVIDIA"
UNSTATED = "no licence stated where it was published"
_CAR = "the picture is rows 64 … 447 of 512"
_DRIVE = "https://drive.google.com/uc?id="
_SG2 = "https://nvlabs-fi-cdn.nvidia.com/stylegan2/networks/"
_ADA_PYTORCH = "https://nvlabs-fi-cdn.nvidia.com/stylegan2-ada-pytorch/pretrained/"
_NGC = "https://api.ngc.nvidia.com/v2/models/nvidia/research/{}/versions/1/files/"
_ADA = "https://nvlabs-fi-cdn.nvidia.com/stylegan2-ada/pretrained/"


@dataclass(frozen=True)
class Entry:
    """A published network.

    name: what to ask for; family: "stylegan", "stylegan2", "stylegan2-ada", "stylegan3", "biggan-deep"
    resolution: side of the image in pixels; None where it is not known
    filename: file (or folder) that it is kept as in the models folder
    url: where `ganspace fetch` gets it; None if it comes with this project or has to be made by hand
    licence, note: for people; sha256, size: of the file, in bytes, where somebody states them
    shipped: the network comes with this project (`demo.networks` keeps and checks it)
    other_names: names that the official scripts use for it
    """

    name: str
    family: str
    resolution: Optional[int]
    filename: str
    url: Optional[str]
    licence: str
    note: str = ""
    sha256: Optional[str] = None
    shipped: bool = False
    other_names: Tuple[str, ...] = ()
    size: Optional[int] = None

    @property
    def cache_prefix(self) -> str:
        """What the official scripts begin the name of their downloaded copy with: the URL's MD5 in hex."""
        return hashlib.md5((self.url or "").encode("utf8")).hexdigest()


def _stylegan() -> Iterator[Entry]:
    files = (
        ("ffhq", 1024, "ffhq-1024x1024", "1MEGjdvVpUsu1jB4zrXZN7Y4kBBOzizDQ", ""),
        ("celebahq", 1024, "celebahq-1024x1024", "1MGqJl28pN4t7SAtSrPdSRJSQJqahkzUf", ""),
        ("bedrooms", 256, "bedrooms-256x256", "1MOSKeGF0FJcivpBI7s63V9YHloUTORiF", ""),
        ("cars", 512, "cars-512x384", "1MJ6iCfNtMIRicihwRorsM3b7mmtmK9c3", _CAR),
        ("cats", 256, "cats-256x256", "1MQywl0FNt6lHu8E_EUqnRbviagS7fbiJ", ""),
    )
    for subject, side, file, drive, note in files:
        filename = "karras2019stylegan-{}.pkl".format(file)
        name = "stylegan-{}-{}".format(subject, side)
        yield Entry(name, "stylegan", side, filename, _DRIVE + drive, CC_BY_NC, note)
    wikiart = _DRIVE + "1cJQtMeTy_QldOP7n64F8stCDXY6Esup9"
    yield Entry("stylegan-wikiart-512", "stylegan", 512, "stylegan-wikiart-512.pkl", wikiart, UNSTATED)


def _stylegan2() -> Iterator[Entry]:
    subjects = (
        ("ffhq", 1024, "abcdef"),
        ("car", 512, "abcdef"),
        ("cat", 256, "af"),
        ("church", 256, "af"),
        ("horse", 256, "af"),
    )
    for subject, side, configs in subjects:
        for config in configs:
            yield _stylegan2_file("stylegan2-{}-config-{}".format(subject, config), side)
    for subject, side in (("car", 512), ("ffhq", 1024)):
        for g in ("orig", "resnet", "skip"):
            for d in ("orig", "resnet", "skip"):
                yield _stylegan2_file("stylegan2-{}-config-e-G{}-D{}".format(subject, g, d), side, "table2/")
    replication: Tuple[Tuple[str, Optional[int], str], ...] = (
        ("ukiyoe-256-slim-diffAug-002789", 256, "1_QysUKfed1-_x9e5off2WWJKp1yUcidu"),
        ("beetles", None, "1BOluDQSMzKLgJ3tipAD3tfq5p6AEv_-C"),
    )
    for name, size, drive in replication:
        key = ("gdrive:networks/{}.pkl".format(name),)
        yield Entry(name, "stylegan2", size, name + ".pkl", _DRIVE + drive, UNSTATED, other_names=key)


def _stylegan2_file(name: str, side: int, folder: str = "") -> Entry:
    file = folder + name + ".pkl"
    note = _CAR if "-car-" in name else ""
    key = ("gdrive:networks/" + file,)
    return Entry(name, "stylegan2", side, name + ".pkl", _SG2 + file, NVIDIA, note, other_names=key)


def _stylegan2_ada() -> Iterator[Entry]:
    transfer = "transfer-learning-source-nets/"
    files = (
        ("ffhq", 1024, "", "trained with the original StyleGAN2"),
        ("metfaces", 1024, "", ""),
        ("brecahad", 512, "", ""),
        ("afhqcat", 512, "", ""),
        ("afhqdog", 512, "", ""),
        ("afhqwild", 512, "", ""),
        ("cifar10", 32, "", "10 classes"),
        ("ffhq-res256-mirror-paper256-noaug", 256, transfer, ""),
        ("ffhq-res512-mirror-stylegan2-noaug", 512, transfer, ""),
        ("ffhq-res1024-mirror-stylegan2-noaug", 1024, transfer, ""),
        ("celebahq-res256-mirror-paper256-kimg100000-ada-target0.5", 256, transfer, ""),
        ("lsundog-res256-paper256-kimg100000-noaug", 256, transfer, ""),
    )
    for subject, side, folder, note in files:
        name, url = "stylegan2-ada-" + subject, _ADA + folder + subject + ".pkl"
        yield Entry(name, "stylegan2-ada", side, name + ".pkl", url, NVIDIA, note)


def _ada_pytorch() -> Iterator[Entry]:
    """StyleGAN2-ADA-PyTorch: other files than those of the TensorFlow edition, under the same names."""
    sizes = {"ffhq": 1024, "metfaces": 1024, "cifar10": 32}
    published = ("ffhq", "metfaces", "afhqcat", "afhqdog", "afhqwild", "brecahad", "cifar10")
    files = [(subject, "", sizes.get(subject, 512)) for subject in published]
    for subject in (
        "ffhq-res256-mirror-paper256-noaug",
        "ffhq-res512-mirror-stylegan2-noaug",
        "ffhq-res1024-mirror-stylegan2-noaug",
        "celebahq-res256-mirror-paper256-kimg100000-ada-target0.5",
        "lsundog-res256-paper256-kimg100000-noaug",
    ):
        files.append((subject, "transfer-learning-source-nets/", int(subject.split("-res")[1].split("-")[0])))
    for subject, folder, side in files:
        name, url = "stylegan2-ada-pytorch-" + subject, _ADA_PYTORCH + folder + subject + ".pkl"
        note = "10 classes" if subject == "cifar10" else ""
        yield Entry(name, "stylegan2-ada", side, name + ".pkl", url, NVIDIA, note)


def _stylegan3() -> Iterator[Entry]:
    """StyleGAN3, and the StyleGAN2 networks that its code was published with."""
    subjects: Tuple[str, ...] = ("ffhq-1024x1024", "ffhqu-1024x1024", "ffhqu-256x256", "metfaces-1024x1024")
    subjects += ("metfacesu-1024x1024", "afhqv2-512x512")
    rows = [("stylegan3-" + config, subject) for config in "tr" for subject in subjects]
    rows += [("stylegan2", subject) for subject in (*subjects, "ffhq-512x512", "ffhq-256x256")]
    rows += [("stylegan2", "afhq{}-512x512".format(animal)) for animal in ("cat", "dog", "wild")]
    rows += [("stylegan2", "brecahad-512x512"), ("stylegan2", "cifar10-32x32")]
    rows += [("stylegan2", "celebahq-256x256"), ("stylegan2", "lsundog-256x256")]
    for kind, subject in rows:
        file = "{}-{}.pkl".format(kind, subject)
        folder, family = ("stylegan2", "stylegan2-ada") if kind == "stylegan2" else ("stylegan3", "stylegan3")
        name = file[:-4].replace("stylegan2-", "stylegan2-pytorch-")
        url = _NGC.format(folder) + file
        note = "10 classes" if subject.startswith("cifar10") else ""
        yield Entry(name, family, int(subject.split("x")[-1]), name + ".pkl", url, NVIDIA, note)


def _biggan() -> Iterator[Entry]:
    for side in (128, 256, 512):
        name = "biggan-deep-{}".format(side)
        page = "https://tfhub.dev/deepmind/{}/1".format(name)
        note = "the folder of the unpacked TF1-Hub module ({}), or of Hugging Face's two files".format(page)
        yield Entry(name, "biggan-deep", side, name, None, "Apache-2.0, DeepMind", note)


def _demo() -> Iterator[Entry]:
    """The networks that come with this project, as its manifest lists them."""
    try:
        shipped = networks.manifest()
    except FileError:  # `demo.networks.network_path` says so to whoever asks for one
        return
    for name, facts in shipped.items():
        where = "comes with this project; world: {}".format(facts["world"])
        known = facts["family"], facts["resolution"], facts["file"], None, facts["licence"], where
        yield Entry(networks.PREFIX + name, *known, sha256=facts["sha256"], shipped=True)


def _table() -> "OrderedDict[str, Entry]":
    makers = (_demo, _stylegan, _stylegan2, _stylegan2_ada, _ada_pytorch, _stylegan3, _biggan)
    rows = [row for make in makers for row in make()]
    return OrderedDict((row.name, row) for row in rows)


CATALOGUE = _table()


def find(name: str) -> Optional[Entry]:
    """The row of a name, or of a name that the official scripts use; None if there is none."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    return next((row for row in CATALOGUE.values() if name in row.other_names), None)


def entry(name: str) -> Entry:
    """The row of a name. Raises UnknownName with the nearest names."""
    row = find(name)
    if row is None:
        raise UnknownName.among("network", name, CATALOGUE)
    return row


def models_folder() -> str:
    """Where fetched networks are kept and looked for: `GANSPACE_MODELS`, or `models` in the cache folder."""
    return os.environ.get("GANSPACE_MODELS") or str(cache_folder() / "models")


def local_copy(row: Entry) -> Optional[str]:
    """Where this machine has the network already: shipped, in the models folder, or kept by the official
    scripts."""
    if row.shipped:
        return networks.network_path(row.name)
    kept = os.path.join(models_folder(), row.filename)
    if os.path.exists(kept):
        return kept
    for folder in searched_folders():
        names = sorted(os.listdir(folder)) if row.url and os.path.isdir(folder) else []
        for name in names:
            if name.startswith(row.cache_prefix + "_") and not name.endswith(".sha256"):
                return os.path.join(folder, name)
    return None


def searched_folders() -> List[str]:
    """Where a file may stand for a name: the models folder, and the folders in which NVIDIA's scripts keep
    what they downloaded (StyleGAN2-ADA's, StyleGAN2's, StyleGAN's)."""
    ada = os.environ.get("DNNLIB_CACHE_DIR") or os.path.join(os.path.expanduser("~"), ".cache", "dnnlib")
    return [models_folder(), os.path.join(ada, "downloads"), ".stylegan2-cache", "cache"]
