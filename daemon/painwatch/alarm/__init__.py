"""Rules held against what is seen, in event time: from minutes, readings and requests to alarms. Pure."""
