"""Networks of the PyTorch editions (StyleGAN2-ADA-PyTorch, StyleGAN3): persistent objects to records."""
