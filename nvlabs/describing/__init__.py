"""Records to specifications: families, defaults, shapes, every variable named. No TensorFlow."""
