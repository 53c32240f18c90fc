"""Databases that results go to: what is written there, and the thread that carries it."""
