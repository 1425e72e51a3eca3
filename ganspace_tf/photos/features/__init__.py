"""What a network for photos sees in a picture, as a part of the loss of projections: from a user's file.

mobilenet.py   the file → layers, as arrays
graph.py       layers → operations of TensorFlow, added to the loss
"""
