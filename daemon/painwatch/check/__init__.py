"""`painwatch check`: everything that would keep a configuration from working, found before it runs."""
