"""Pictures with labels: rendered animals, and folders of real ones."""
