"""What is wrong with a catalogue: caught by who never reads YAML, so it imports nothing."""


class CatalogueError(ValueError):
    """An entry file is not as the schema asks; the message has file, key and reason."""
