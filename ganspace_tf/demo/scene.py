"""Draws beetles from a table of factors: vectorised NumPy, anti-aliased, the same bytes for the same table.

Every shape is a signed distance in pixels, and coverage is that distance clipped to one pixel, so one sample
per pixel gives smooth edges. The beetle is drawn in its own frame: u to its right, v towards its tail, one
unit the body length; it is symmetric, so legs and antennae are computed once, from |u|.
"""

from __future__ import annotations

import math

import numpy as np

from ganspace_tf.demo.worlds import FACTOR_NAMES, find_world
from ganspace_tf.errors import UsageError

BLOCK = 8  # pictures drawn at once: at 64 px the arrays of one block stay in the processor's cache
LIGHT_HEIGHT = math.radians(40.0)  # of the light above the ground
SHADOW_LENGTH = 0.11  # body lengths
AMBIENT = 0.50  # light that reaches every side
OUTLINE = 0.55  # brightness of a shell's outermost pixel

# Spots as (u relative to half the width, v, radius relative to the body length); mirrored at the seam.
SPOTS = ((0.46, -0.03, 0.072), (0.55, 0.17, 0.080), (0.36, 0.34, 0.066))
BANDS = (-0.02, 0.16, 0.33)  # v of the three cross bands
BAND_HALF_WIDTH = 0.042


def draw(factors: np.ndarray, world: str = "beetles", resolution: int = 64) -> np.ndarray:
    """Draw one picture per row of a factor table.

    factors: (N, F) as from `worlds.sample_factors`, columns in the order of `worlds.FACTOR_NAMES`, ranges
    and units as in `worlds.FACTORS` (values beyond a range are drawn as they are). Returns (N, resolution,
    resolution, 3) uint8, equal on every machine but for a rounding step of 1 here and there. Raises
    UnknownName for a world that does not exist and UsageError for a table of another width or a number that
    is not finite.
    """
    factors = np.asarray(factors, dtype=np.float32)
    if factors.ndim != 2 or factors.shape[1] != len(FACTOR_NAMES):
        raise UsageError("factors must have shape (N, %d), not %r" % (len(FACTOR_NAMES), factors.shape))
    if not np.isfinite(factors).all():
        raise UsageError(
            "factors must be finite; row %d is not" % np.argmin(np.isfinite(factors).all(axis=1))
        )
    if resolution < 8:
        raise UsageError("resolution must be 8 or more, not %r" % (resolution,))
    row = find_world(world)
    pictures = np.empty((len(factors), resolution, resolution, 3), dtype=np.uint8)
    for start in range(0, len(factors), BLOCK):
        block = factors[start : start + BLOCK]
        table = {name: block[:, k : k + 1] for k, name in enumerate(FACTOR_NAMES)}
        planes = _draw_block(table, row, resolution).reshape(len(block), 3, resolution, resolution)
        pictures[start : start + BLOCK] = planes.transpose(0, 2, 3, 1)
    return pictures


def averaged(pictures: np.ndarray, resolution: int) -> np.ndarray:
    """Pictures (N, H, H, 3) uint8 at a smaller resolution that divides H, each pixel the mean of a square.

    Legs and antennae stay visible where drawing at that size would lose them between the pixels. Raises
    UsageError for another resolution.
    """
    if resolution < 1 or pictures.shape[1] % resolution:
        raise UsageError("%d pixels cannot be averaged down to %r" % (pictures.shape[1], resolution))
    step = pictures.shape[1] // resolution
    blocks = pictures.reshape(len(pictures), resolution, step, resolution, step, 3)
    return (blocks.mean(axis=(2, 4), dtype=np.float32) + 0.5).astype(np.uint8)


def hsv_to_rgb(hue, saturation, value):
    """Colours (N, 1) each, hue in degrees, to RGB in [0, 1], (N, 3)."""
    sector = (np.array([5.0, 3.0, 1.0], dtype=np.float32) + hue / 60) % 6
    return value - value * saturation * np.clip(np.minimum(sector, 4 - sector), 0, 1)


def _draw_block(f, world, resolution):
    """Factors as (N, 1) columns to pixel values (N, 3, P) uint8, P = resolution squared."""
    u, v, scale = _body_frame(f, resolution)  # (N, P), (N, P), (N, 1) pixels per unit
    light = right, up, _ = _light_in_body_frame(f)
    half_width = f["aspect"] * (world.body_width / 2)
    shell = hsv_to_rgb(f["hue"] + world.hue_shift, f["saturation"], f["brightness"])
    limbs = np.broadcast_to(np.array(world.limb_colour, dtype=np.float32), shell.shape)

    ground = hsv_to_rgb(f["ground_hue"] + world.ground_shift, world.ground_saturation, f["ground_brightness"])
    shadow = _shadow(u + right * SHADOW_LENGTH, v - up * SHADOW_LENGTH, half_width)
    slope = 1 + 0.10 * (u * right - v * up) - 0.45 * shadow  # a little brighter towards the light
    picture = ground[:, :, None] * slope[:, None]

    mirrored = np.abs(u)
    _cover(picture, _limbs(mirrored, v, f, half_width, world) * scale, limbs)
    _head(picture, u, mirrored, v, f["head"], scale, limbs, light)
    collar = (shell * world.collar_shade)[:, :, None]
    collar_half = (half_width * world.collar_width, 0.155)
    _dome(picture, (u, v + 0.22), collar_half, scale, collar, light, f["gloss"] * 0.5)
    v_case = v - 0.13
    half_width = half_width * (1 - 0.35 * v_case * np.abs(v_case + 0.2))  # broad shoulders, narrower tail
    colour = _patterned(shell, mirrored, v, half_width, f, scale, world)
    _dome(picture, (u, v_case), (half_width, 0.37), scale, colour, light, f["gloss"])
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _body_frame(f, resolution):
    """Pixel centres in the beetle's frame, u, v (N, P) in body lengths, and pixels per body length (N, 1)."""
    axis = ((np.arange(resolution, dtype=np.float32) + 0.5) / resolution - 0.5).astype(np.float32)
    x = np.tile(axis, resolution)[None] - f["x"]
    y = np.repeat(axis, resolution)[None] - f["y"]
    heading = np.radians(f["angle"])
    cos, sin = np.cos(heading) / f["size"], np.sin(heading) / f["size"]
    return x * cos + y * sin, y * cos - x * sin, f["size"] * np.float32(resolution)


def _light_in_body_frame(f):
    """Direction to the light as (right, towards the head, height), (N, 1) each but the last."""
    turn = np.radians(f["light"] - f["angle"])
    flat = math.cos(LIGHT_HEIGHT)
    return np.sin(turn) * flat, np.cos(turn) * flat, math.sin(LIGHT_HEIGHT)


def _shadow(u, v, half_width):
    """Soft shadow of the body on the ground, (N, P) in [0, 1]."""
    reach = (u / (half_width * 1.12)) ** 2 + (v / 0.54) ** 2
    return np.clip(1.5 - 1.3 * reach, 0, 1)


def _segment(u, v, start, end, radius):
    """Distance to a line from start to end, (N, P), in units of radius, squared."""
    (u0, v0), (u1, v1) = start, end
    du, dv = u1 - u0, v1 - v0
    pu, pv = u - u0, v - v0
    squared = du * du + dv * dv + np.float32(1e-9)  # a leg may have no length
    along = np.clip(pu * (du / squared) + pv * (dv / squared), 0, 1)
    pu -= along * du
    pv -= along * dv
    pu *= pu
    pv *= pv
    pu += pv
    pu *= np.float32(1 / radius**2)
    return pu


def _limbs(u, v, f, half_width, world):
    """Signed distance to the six legs and two antennae, (N, P), in body lengths; u is mirrored."""
    reach = f["legs"] * world.leg_length
    length = f["antennae"] * world.antenna_length
    tip = f["head"]
    lines = []
    # (v of the hip, hip's share of the half width, forward swing of knee and foot as shares of the reach)
    for hip_v, hip_u, knee, foot in (
        (-0.20, 0.60, -0.75, -1.15),
        (0.02, 0.85, -0.15, 0.25),
        (0.22, 0.75, 0.45, 1.35),
    ):
        hip = (half_width * hip_u, hip_v)
        middle = (half_width + reach * 0.50, hip_v + reach * knee)
        lines.append(_segment(u, v, hip, middle, 0.026))
        lines.append(_segment(u, v, middle, (half_width + reach, hip_v + reach * foot), 0.019))
    root = (tip * 0.45, -0.36 - tip * 0.75)
    elbow = (root[0] + length * 0.50, root[1] - length * 0.45)
    end = (elbow[0] + length * 0.42, elbow[1] - length * 0.10)
    lines.append(_segment(u, v, root, elbow, 0.017))
    lines.append(_segment(u, v, elbow, end, 0.021))
    nearest = lines[0]
    for line in lines[1:]:
        np.minimum(nearest, line, out=nearest)
    return (np.sqrt(nearest) - 1) * np.float32(0.021)


def _cover(picture, distance, colour):
    """Paint colour (N, 3) where the signed distance (N, P), in pixels, is negative."""
    cover = np.clip(0.5 - distance, 0, 1)[:, None]
    picture += cover * (colour[:, :, None] - picture)


def _head(picture, u, mirrored, v, radius, scale, colour, light):
    """The head with its two eyes."""
    v = v + 0.36
    _dome(picture, (u, v), (radius * 1.15, radius), scale, colour[:, :, None], light, 0.25)
    eye_u, eye_v = mirrored - radius * 0.74, v + radius * 0.52
    away = np.sqrt(eye_u * eye_u + eye_v * eye_v)
    _cover(picture, (away - radius * 0.46) * scale, np.ones_like(colour))
    eye_v = eye_v + radius * 0.10
    away = np.sqrt(eye_u * eye_u + eye_v * eye_v)
    _cover(picture, (away - radius * 0.22) * scale, np.zeros_like(colour))


def _dome(picture, at, half, scale, colour, light, gloss):
    """Paint a shaded ellipsoid: at = (u, v) from its centre (N, P), half = its half axes, colour (N, 3, 1 or
    P).
    """
    p, q = at[0] / half[0], at[1] / half[1]
    squared = p * p + q * q
    gradient = np.sqrt((p / half[0]) ** 2 + (q / half[1]) ** 2) + np.float32(1e-6)
    distance = 0.5 * (squared - 1) / gradient * scale  # first order, exact at the rim
    height = np.sqrt(np.maximum(1 - squared, 0))
    right, up, above = light
    towards = np.maximum(p * right - q * up + height * above, 0)
    shade = AMBIENT + (1.25 - AMBIENT) * towards
    shade *= OUTLINE + (1 - OUTLINE) * np.clip(-distance / 1.6, 0, 1)
    glint = towards * towards
    for _ in range(3):
        glint = glint * glint  # the 16th power
    lit = colour * shade[:, None] + (0.75 * gloss * glint)[:, None]
    cover = np.clip(0.5 - distance, 0, 1)[:, None]
    picture += cover * (lit - picture)


def _patterned(shell, u, v, half_width, f, scale, world):
    """Colour of the wing cases, (N, 3, P): shell, bands or spots, and the dark seam; u is mirrored."""
    bow = v - 0.25 * u * u  # bands follow the curve of the shell
    band = np.abs(bow - BANDS[0])
    for middle in BANDS[1:]:
        band = np.minimum(band, np.abs(bow - middle))
    marks = f["stripes"] * np.clip(0.5 - (band - BAND_HALF_WIDTH) * scale, 0, 1)
    across = u / half_width
    away = [
        (((across - share) * half_width) ** 2 + (v - middle) ** 2) * np.float32(1 / radius**2)
        for share, middle, radius in SPOTS
    ]
    spot = np.minimum(np.minimum(away[0], away[1]), away[2])
    marks += f["spots"] * np.clip(0.5 - (np.sqrt(spot) - 1) * 0.072 * scale, 0, 1)
    seam = np.clip(0.5 - (u - 0.009) * scale, 0, 1) * 0.65
    pattern = np.array(world.pattern_colour, dtype=np.float32)[None, :, None]
    colour = shell[:, :, None] + marks[:, None] * (pattern - shell[:, :, None])
    return colour * (1 - seam)[:, None]
