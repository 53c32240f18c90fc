"""Telling people: what is said, how it gets there, and what tells the world that the watch itself is alive."""
