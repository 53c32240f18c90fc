"""Rules run over history: reading it, and what a person is shown of the result."""
