"""Directions, bases and latents as other programs keep them, read as data.

    values.py       a file → its arrays and plain values (.npy, .npz, torch.save, safetensors, pickle)
    places.py       "FILE:ROWS" → the file and what is meant inside it
    shapes.py       an array → one direction, one with a row for every layer, or a basis of several
    found.py        what a file of directions turned out to hold, and what was assumed
    arrays.py factor.py encoder_pca.py saved_edit.py     one format each; table.py lists them

A new format of directions is a file and a row of `table.FORMATS`; a new container is a row of `values.KINDS`.
What becomes of them is for `decomposition`, `directions` and `photos` to say.
"""
