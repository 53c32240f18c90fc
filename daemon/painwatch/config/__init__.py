"""What a person may set, and the loader that says file:line:column when it cannot be used."""
