"""Cameras to one point in time, points to one minute. Pure: event time only, no clock, file or environment."""
