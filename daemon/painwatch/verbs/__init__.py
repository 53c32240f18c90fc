"""The verbs of the research half, a file for each group. What a verb needs is imported inside it."""
