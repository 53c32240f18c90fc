"""systemd's units for a configuration: as much of the host as each process needs, and no more. Pure."""
