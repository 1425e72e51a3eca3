"""What this machine's processor can do, and what the linear algebra of this process makes of it.

processor.py   cores and their instructions    products.py   GFLOP/s of matrix products, one process a kernel
pools.py       thread pools of BLAS, found without a deadlock; products on one core
blas.py        the kernel in use: whether it is a fallback, what that costs, and what mends it
"""
