"""The networks, how they are exported, and how their files are kept small."""
