"""What shippers and tools put around a line: one module a wrapper, and what takes them off.

A wrapper is a pure function from a text, or from the fields of a JSON text, to what stood inside
it. `unwrap` takes wrappers off until none is left; `partials` joins what a runtime cut.
"""
