"""The coefficients of the sine unit, and where they come from: they are derived, not read out of a device.

The unit computes, for a position x (17 bits) in one of 64 segments of the first quadrant, in integers

    sin = (C0 * 2^11 + C1 * x + C2 * squares(x)) * 2^-37,   cut off after 24 significant bits.

Derivation, for every segment (`candidates`):

1. C1 is the linear coefficient of the minimax quadratic of the sine there, in units of 2^-20, rounded.
2. C2 (units of 2^-22) is the quadratic coefficient of the best fit that has this C1, rounded, or a
   neighbour of it. C0 (units of 2^-26, even) is the best one for C1 and C2, or at most four units beside
   it.
3. The candidates are ranked by the largest error of the cut-off output over all 2^17 positions.
4. Where outputs of real GPUs have been published in full precision, candidates that give another last bit are
   struck out. TABLE holds the best-ranked of the rest.

What is left open is in UNSETTLED.
"""

from __future__ import annotations

from typing import List, NamedTuple

import numpy as np

SEGMENTS = 64
POSITION_BITS = 17
SCALE = 2.0**-37

_C0_UNIT, _C1_UNIT, _C2_UNIT = 2.0**-26, 2.0**-20, 2.0**-22
_KEEP_24 = np.int64(~0x1FFFFFFF)  # the bits of a float64 that a truncation to 24 significant bits keeps


#: (C0, C1, C2) of every segment.
# fmt: off
TABLE = (
    (0, 25737, -14), (1646926, 25730, -48), (3292872, 25706, -76), (4936828, 25668, -110),
    (6577812, 25613, -137), (8214836, 25544, -171), (9846906, 25459, -201), (11473052, 25358, -229),
    (13092282, 25243, -262), (14703632, 25112, -292), (16306120, 24966, -322), (17898788, 24805, -352),
    (19480670, 24629, -381), (21050826, 24438, -410), (22608290, 24233, -441), (24152140, 24013, -470),
    (25681450, 23778, -497), (27195286, 23529, -525), (28692734, 23266, -553), (30172904, 22989, -581),
    (31634900, 22698, -608), (33077832, 22394, -637), (34500844, 22076, -664), (35903084, 21744, -688),
    (37283680, 21400, -715), (38641832, 21042, -738), (39976700, 20672, -763), (41287492, 20290, -790),
    (42573406, 19895, -812), (43833682, 19489, -839), (45067552, 19070, -859), (46274276, 18640, -881),
    (47453132, 18199, -904), (48603396, 17747, -926), (49724388, 17284, -946), (50815422, 16811, -967),
    (51875848, 16328, -988), (52905038, 15834, -1004), (53902340, 15332, -1025), (54867186, 14820, -1043),
    (55798976, 14299, -1059), (56697166, 13769, -1074), (57561188, 13232, -1093), (58390546, 12686, -1107),
    (59184728, 12133, -1123), (59943264, 11572, -1136), (60665694, 11004, -1148), (61351576, 10430, -1162),
    (62000506, 9849, -1172), (62612084, 9263, -1185), (63185948, 8671, -1196), (63721758, 8073, -1203),
    (64219180, 7471, -1213), (64677922, 6864, -1220), (65097690, 6254, -1230), (65478264, 5639, -1236),
    (65819388, 5021, -1242), (66120864, 4400, -1247), (66382514, 3776, -1250), (66604168, 3151, -1257),
    (66785714, 2523, -1260), (66927034, 1893, -1260), (67028026, 1263, -1263), (67088650, 632, -1265),
)

#: Segments where step 3 alone decides, because no published output tells the candidates apart. Against the
#: coefficients that the envytools project read out of an early chip, 58 of the 64 rows are equal. Rows 32,
#: 37, 46, 62 and 63 differ in C0 by one step, which moves the sine by 6e-8 at half of the positions, and row
#: 59 moves it by up to 1.8e-7: a normal number by less than 1.2e-6 at its very largest.
UNSETTLED = (
    1, 8, 10, 11, 13, 15, 16, 17, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
    37, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 55, 56, 57, 58, 59, 60, 62, 63,
)
# fmt: on


class Candidate(NamedTuple):
    """error: the largest absolute error of the cut-off sine on the segment; then the three coefficients."""

    error: float
    c0: int
    c1: int
    c2: int


def truncated(values: np.ndarray) -> np.ndarray:
    """Float64 values cut off (not rounded) after 24 significant bits."""
    return (values.view(np.int64) & _KEEP_24).view(np.float64)


def position_squares() -> np.ndarray:
    """The unit's truncated square of every position x: about x^2 / 2^19, int64 (2^17,).

    Each set bit i of x adds x / 2^(18 - i), rounded down; the sum is halved and rounded down.
    """
    x = np.arange(1 << POSITION_BITS, dtype=np.int64)
    total = np.zeros_like(x)
    for bit in range(POSITION_BITS):
        total += ((x >> bit) & 1) * (x >> (18 - bit))
    return total >> 1


def candidates(segment: int) -> List[Candidate]:
    """The coefficient triples of steps 1 and 2 for a segment (0 to 63), best first."""
    x = np.arange(1 << POSITION_BITS)
    u = x * 2.0**-POSITION_BITS
    sine = np.sin(np.pi / 2 * (segment + u) / SEGMENTS)
    c1 = round(float(_minimax(u, sine, (0, 1, 2))[1] / _C1_UNIT))
    middle = round(float(_minimax(u, sine - c1 * _C1_UNIT * u, (0, 2))[1] / _C2_UNIT))
    squares = position_squares()
    found = []
    for c2 in (middle - 1, middle, middle + 1):
        curve = (c1 * x + c2 * squares) * SCALE
        rest = sine - curve
        c0_middle = 2 * round(float(rest.max() + rest.min()) / 2 / _C0_UNIT / 2)
        for c0 in range(max(0, c0_middle - 4), c0_middle + 6, 2):
            error = float(np.abs(truncated(curve + c0 * _C0_UNIT) - sine).max())
            found.append(Candidate(error, c0, c1, c2))
    return sorted(found)


def _minimax(u: np.ndarray, values: np.ndarray, powers: tuple) -> np.ndarray:
    """Coefficients of the given powers of u with the least largest error on the grid u (Remez exchange)."""
    terms = np.stack([u**p for p in powers])
    count = len(powers) + 1
    at = np.linspace(0, u.size - 1, count).astype(int)
    signs = (-1.0) ** np.arange(count)
    for _ in range(20):
        solved = np.linalg.solve(np.column_stack([terms[:, at].T, signs]), values[at])
        error = values - solved[:-1] @ terms
        edges = np.flatnonzero(np.diff(np.sign(error))) + 1  # one extreme in each run of one sign
        runs = np.split(np.arange(u.size), edges)
        extremes = np.array([run[np.argmax(np.abs(error[run]))] for run in runs])
        if len(extremes) != count or np.array_equal(extremes, at):
            break
        at = extremes
    return solved[:-1]
