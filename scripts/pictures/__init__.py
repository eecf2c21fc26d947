"""The parts of scripts/screenshots: a stage, a queue on it, terminals and painters."""
