"""Whole files that tools write: recognised by their content, read as a stream of records."""
