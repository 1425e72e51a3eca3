"""Names of the community's checkpoints (rosinality, lernapparat) and what official networks call them."""
