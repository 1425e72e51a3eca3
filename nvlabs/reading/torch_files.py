"""Checkpoints of PyTorch (`.pt`, `.pth`, `.bin`), read without PyTorch and without running anything of the
file.
"""

from __future__ import annotations

import os
import stat
from typing import Any, Optional, Union

from nvlabs.errors import DamagedFile, about_file
from nvlabs.reading.budget import Budget
from nvlabs.reading.torch_containers import LegacyContainer, ZipContainer
from nvlabs.reading.torch_tensors import ArrayReader
from nvlabs.reading.zips import MAGIC


def read_torch(path: Union[str, "os.PathLike[str]"], budget: Optional[Budget] = None) -> Any:
    """What torch.save wrote: dictionaries, lists and plain values as they are, every tensor a NumPy array.

    Arrays are C-contiguous copies in native byte order, of the tensor's type (bfloat16 becomes float32,
    complex numbers are not known). Reads both containers: zip (PyTorch 1.6 and newer) and the row of
    pickles before it. A tensor that was saved with its negative flag has the sign that it had in memory.
    budget: what reading may allocate; by default what the size of the file allows. Raises NetworkFileError
    for a file that cannot be read, is damaged, or asks for anything but tensors and plain values.
    """
    with about_file(path):
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                raise DamagedFile("is not an ordinary file; a PyTorch checkpoint is needed")
            with open(path, "rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                head = stream.read(len(MAGIC))
                stream.seek(0)
                budget = budget or Budget.of(size)
                container = (ZipContainer if head == MAGIC else LegacyContainer)(stream, size, budget)
                return ArrayReader(container.read, container.order, budget).plain(container.value)
        except (OSError, ValueError) as error:  # ValueError: a path with a null character
            raise DamagedFile("cannot be read: %s" % (getattr(error, "strerror", None) or error)) from None
        except MemoryError:
            raise DamagedFile("does not fit into the memory of this machine") from None
