"""Training from scratch, reproducible from a seed."""
