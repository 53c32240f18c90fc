"""Models, their training and runtimes, and the virtual cage. Never imports painwatch."""
