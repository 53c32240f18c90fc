"""How fast painwatch is, beside what a user would write otherwise: `make bench`, `python -m benchmarks.sustained`."""
