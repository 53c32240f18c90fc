"""Frames out of cameras and recordings: sources, the shared frame ring, and the process that joins them."""
