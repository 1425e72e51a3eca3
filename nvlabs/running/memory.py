"""Where TensorFlow takes the memory of its values from, on a CPU.

By itself it asks the system for every one and gives it back at once. The system clears fresh memory page by
page when it is first written to, which takes up to a fifth of the time of a picture: 64,000 pages for one of
StyleGAN2 at 256 px. With TensorFlow's own allocator, which it takes for this memory wherever there is a GPU,
values go where earlier ones were; a process then keeps the most that its graphs have needed at once. (With
oneDNN, which TensorFlow 2 takes on processors with AVX-512, it does that anyway: oneDNN's allocator.)
"""

from __future__ import annotations

import os

ALLOCATOR = "TF_CPU_ALLOCATOR_USE_BFC"
LIMIT = "TF_CPU_BFC_MEM_LIMIT_IN_MB"
NO_LIMIT = str(1 << 20)  # a terabyte; the allocator's own limit, 64 GB, is below what machines have


def keep_memory() -> None:
    """For the sessions of this process, from the first one on: an earlier one has settled it. What the user
    has set stays.
    """
    if ALLOCATOR not in os.environ:
        os.environ.setdefault(LIMIT, NO_LIMIT)
        os.environ[ALLOCATOR] = "true"
