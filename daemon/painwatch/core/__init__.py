"""Types, wire format, clock and errors. Imports nothing of ours and touches no device, file or socket."""
