"""The live page, the API, health and metrics, and the same picture of the system in a terminal."""
