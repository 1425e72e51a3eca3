"""What `python -m nvlabs script.py` puts around a script, and around the modules in the script's folder: the
TensorFlow 1 face of TensorFlow 2, and names of 2019 that NumPy, Pillow and SciPy have given up since.

None of it reaches other code: the libraries in the same process see what is installed.
"""
