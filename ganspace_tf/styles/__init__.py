"""The S space of StyleGAN2: single style channels (Wu, Lischinski, Shechtman 2021, StyleSpace).

A style is what a layer's affine map makes of its w; S are those of all layers in one row, ToRGB included, as
`Generator.style_layers` counts them. The network gives them as its endpoint "s", and takes them there.

edits.py      S(layer, channel) = +2: one channel moved by so many of its sigmas
channels.py   mean and sigma of every channel
space.py      a generator seen from its styles: what else is done in w, done in S
"""

from __future__ import annotations
