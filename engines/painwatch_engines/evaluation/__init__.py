"""Figures of trained models on animals they never saw."""
