"""What a model looked at: maps over the face, and how much of a map lies on which region of it."""
