"""Keys of hosts, and sockets that let in nobody without one (CurveZMQ)."""
