"""Lengths of time as options of commands."""

import typer

from netpolwatch.ingest.durations import duration_ms


def length_of(text: str, option: str) -> int:
    """Read an option's length of time in ms; raises `typer.BadParameter`."""
    try:
        return duration_ms(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
