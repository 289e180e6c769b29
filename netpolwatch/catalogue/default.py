"""The catalogue that a run uses when none is given."""

from functools import cache
from importlib import import_module

from netpolwatch.catalogue.model import Entry


@cache
def default_entries() -> tuple[Entry, ...]:
    """Give the compiled entries of a bundle, or a checkout's entry files.

    A bundle has neither YAML nor pydantic; a checkout has no compiled module that could be stale.
    """
    try:
        compiled = import_module("netpolwatch.catalogue.compiled")
    except ModuleNotFoundError:
        from netpolwatch.catalogue.loader import load  # noqa: PLC0415  # absent from a bundle

        return load()
    entries: tuple[Entry, ...] = compiled.ENTRIES
    return entries
