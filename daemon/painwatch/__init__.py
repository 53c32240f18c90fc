"""The live system: cameras to a pain probability on a page."""
