"""Graph builders: tensors in, tensors and named endpoints out. No session."""
