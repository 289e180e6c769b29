"""The batch loop: events of a stream become flows, sightings and counts."""
