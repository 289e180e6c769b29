"""How fast the engine is, against the standard library and other designs; see `make bench`."""
