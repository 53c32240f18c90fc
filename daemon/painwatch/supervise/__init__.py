"""Keeping the processes alive: one supervisor starts them, restarts the dead ones and tells the hub."""
