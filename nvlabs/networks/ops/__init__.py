"""Graph building blocks: tensors in, tensors out; no variables of their own, no session."""
