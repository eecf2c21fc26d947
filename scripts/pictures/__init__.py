"""What scripts/screenshots is made of: a stage, a queue on it, terminals, and what paints them."""
