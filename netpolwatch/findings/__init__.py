"""Sightings become findings: identity, grouping and life cycle, as pure functions of time."""
