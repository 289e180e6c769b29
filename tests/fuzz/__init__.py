"""Fuzzing: a target is one small file in `targets` with `def check(data: bytes) -> None`.

`make fuzz` runs the targets guided by coverage; `make test` runs them over the seeds and a short,
deterministic series of mutations. A target fails by any exception that its subject does not
document, and by any broken promise.
"""
