"""How unlike its training faces a face is: a distance in the network's own features, part of the compiled model."""
