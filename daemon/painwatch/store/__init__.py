"""History in one SQLite file: one writer thread, readers with connections of their own."""
