"""An AWS on a laptop: the emulator, its patches, start and stop."""
