"""What a file is by its first bytes, so that a refusal can say more than 'not a pickle'."""

from __future__ import annotations

import re
from typing import Optional

from nvlabs.errors import DamagedFile, NetworkFileError, UnsupportedNetwork

HEAD_BYTES = 512
ZIP = b"PK\x03\x04"
AGAIN = "; download the .pkl itself again"
PACKED = "unpack it and give the .pkl inside"

MAGICS = (
    (b"\x1f\x8b", "gzip-compressed: " + PACKED),
    (b"\xfd7zXZ\x00", "xz-compressed: " + PACKED),
    (b"BZh", "bzip2-compressed: " + PACKED),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed: " + PACKED),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: " + PACKED),
    (b"Rar!", "a RAR archive: " + PACKED),
    (b"PK\x05\x06", "an empty zip archive, not a network file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras weights, say), not an official StyleGAN .pkl"),
    (b"\x93NUMPY", "a single NumPy array, not a network file"),
    (b"\x89PNG", "a PNG picture, not a network file"),
    (b"\xff\xd8\xff", "a JPEG picture, not a network file"),
    (b"%PDF", "a PDF document, not a network file"),
)
# A pickle of protocol 0 or 1 has no header; these instructions can begin one.
OLD_PICKLE_STARTS = b"(]}lcidNIJKMLFGSTUVX)BC."


def refusal(head: bytes, size: int) -> Optional[NetworkFileError]:
    """The refusal for a file that begins with `head`, or None if it may be a pickle.

    Zip files are not judged here: they may be the neutral form (see nvlabs.reading.neutral).
    """
    if size == 0:
        return DamagedFile("empty: the download or copy did not finish")
    for magic, what in MAGICS:
        if head.startswith(magic):
            return DamagedFile(what)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"version https://git-lfs"):
        return DamagedFile(
            "a git-LFS pointer, not the file it stands for: run 'git lfs pull', or download the file"
        )
    if re.match(rb"<(!doctype|html|head|body|\?xml|!--)", text):
        return DamagedFile("a web page saved as a network (a download quota or login page?)" + AGAIN)
    if text.startswith((b'{"', b"{'", b"[{")) or re.match(rb'\{\s*"', text):
        return DamagedFile("JSON text, not a network file" + AGAIN)
    if head[8:10] == b'{"':
        return UnsupportedNetwork(
            "a safetensors file; this reads official StyleGAN, StyleGAN2 and StyleGAN2-ADA .pkl files and "
            "neutral .npz"
        )
    if head[:1] == b"\x80":
        if size < 4:
            return DamagedFile("only %d bytes long: the download or copy did not finish" % size)
        return None
    if head[:1] not in [OLD_PICKLE_STARTS[i : i + 1] for i in range(len(OLD_PICKLE_STARTS))]:
        return DamagedFile("not a pickle and not a neutral .npz: it begins with %r" % head[:12])
    return None
