"""Measurements: what directions do to a generator's pictures, as numbers that can speak against a claim.

meter.py      a generator seen through a scorer       statistics.py  the scorer of last resort
baselines.py  random directions and rotations         effects.py     change per sigma, leakage
explained.py  share of factor variance, spectra       search.py      the best single edit
separation.py what the first directions hold          frequency.py   how fine a change is
truncation.py quality, diversity and edits by psi     transfer.py    the same edit elsewhere
layers.py     early and late layers                   claims.py      a statement, its bound, intervals
hessian.py    what changes pictures most              hues.py        hues as points on the colour circle
reweighting.py  latents as if a factor varied less
channels.py   single style channels for a factor
sweep.py      an edit from end to end, with intervals
handles.py    which edits deserve a name            tour.py        what the demo shows and measures
page.py       tables and pictures as one HTML file  charts.py      bars, columns, rows of frames
tour_page.py  a tour as a page

Pure functions of arrays, a `Generator` and a scorer (any callable, see docs/world.md). Changes of factors are
in factor sigmas: standard deviations of the factor over the network's own pictures.
"""

from __future__ import annotations
