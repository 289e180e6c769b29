"""The deployed functions: parse the event, call the engine, write the result."""
