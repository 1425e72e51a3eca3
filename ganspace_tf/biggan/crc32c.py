"""CRC-32C (Castagnoli), the checksum of TensorFlow's checkpoint files, over many bytes at once in NumPy.

The CRC is linear over GF(2): the state after A followed by B is advance(state of A, len(B)) xor the state of
B, and zeros in front of a message leave the zero state alone. So a long message is cut into lanes of equal
length, all lanes are run side by side, and their states are merged in a tree.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import numpy as np

POLYNOMIAL = 0x82F63B78  # reflected
SHORT = 4096  # bytes; from here on lanes are faster
SHORTEST_LANE, LANES = 128, 8192  # bytes in a lane at least, lanes aimed at: keeps the arrays in the cache


@lru_cache(maxsize=None)
def word_table() -> np.ndarray:
    """(65536,) uint32: the state after two bytes of zeros, for every low half of a state."""
    return _shifted(np.arange(65536, dtype=np.uint32), 16)


@lru_cache(maxsize=None)
def byte_table() -> Tuple[int, ...]:
    """256 numbers: the state after one byte of zeros, for every lowest byte of a state."""
    return tuple(_shifted(np.arange(256, dtype=np.uint32), 8).tolist())


def _shifted(state: np.ndarray, bits: int) -> np.ndarray:
    for _ in range(bits):
        state = np.where(state & 1, (state >> 1) ^ np.uint32(POLYNOMIAL), state >> 1).astype(np.uint32)
    return state


def _apply(matrix: np.ndarray, states: np.ndarray) -> np.ndarray:
    """matrix: (32,) uint32, the image of every single bit; states: any shape, uint32."""
    out = np.zeros_like(states)
    for bit in range(32):
        out ^= matrix[bit] * ((states >> np.uint32(bit)) & np.uint32(1))
    return out


@lru_cache(maxsize=None)
def advance(log2_bytes: int) -> np.ndarray:
    """The matrix that carries a state over 2**log2_bytes bytes of zeros (log2_bytes at least 1)."""
    if log2_bytes == 1:
        bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
        return word_table()[bits & np.uint32(0xFFFF)] ^ (bits >> np.uint32(16))
    half = advance(log2_bytes - 1)
    return _apply(half, half)


def _lanes(n: int) -> Tuple[int, int]:
    """(lanes, log2 of the bytes in a lane) for n bytes."""
    log2_length = max(SHORTEST_LANE, n // LANES).bit_length() - 1
    return -(-n // (1 << log2_length)), log2_length


def crc32c(data: np.ndarray) -> int:
    """CRC-32C of a uint8 array."""
    if len(data) < SHORT:
        return _short(data.tobytes())
    lanes, log2_length = _lanes(len(data))
    message = np.zeros(lanes << log2_length, np.uint8)  # the zeros in front do not count
    first = len(message) - len(data)
    message[first:] = data
    message[first : first + 4] ^= 0xFF  # the same as starting from all ones
    words = np.ascontiguousarray(message.view("<u2").reshape(lanes, -1).T)
    table, state = word_table(), np.zeros(lanes, np.uint32)
    for column in words:
        state = table[(state & np.uint32(0xFFFF)) ^ column] ^ (state >> np.uint32(16))
    while len(state) > 1:
        if len(state) % 2:
            state = np.concatenate([np.zeros(1, np.uint32), state])
        state = _apply(advance(log2_length), state[0::2]) ^ state[1::2]
        log2_length += 1
    return int(state[0]) ^ 0xFFFFFFFF


def _short(data: bytes) -> int:
    """Byte by byte: sooner done for few of them, of which a file may have many."""
    table, state = byte_table(), 0xFFFFFFFF
    for byte in data:
        state = table[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    """The CRC as TensorFlow stores it: changed, so that data that hold checksums can be checked too."""
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
