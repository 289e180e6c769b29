"""A remedy's commands, with the names that a finding knows filled in."""

import re
from collections.abc import Mapping

import msgspec

from netpolwatch.catalogue.model import Command
from netpolwatch.catalogue.sighting import FieldValue

# A word before a colon is the title of a column.
_PLACEHOLDER = re.compile(r"\b[A-Z][A-Z0-9_]{1,39}\b(?!:)")
# What Kubernetes and EKS allow as names, and addresses: nothing in them means anything to a shell.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9a-f:]{2,39}")


def filled(
    remedy: tuple[Command, ...], cluster: str | None, subject: Mapping[str, FieldValue]
) -> tuple[Command, ...]:
    """Fill a finding's cluster and subject into its commands: `NODE` becomes the field `node`.

    What was taken from a log is filled in only where it is a name and nothing else: a command is
    made to be pasted.
    """
    known = {"CLUSTER": cluster} | {name.upper(): value for name, value in subject.items()}
    names = {
        word: str(value)
        for word, value in known.items()
        if value is not None and _NAME.fullmatch(str(value)) and value != "other"
    }
    return tuple(_filled(command, names) for command in remedy)


def _filled(command: Command, names: Mapping[str, str]) -> Command:
    if command.run is None:
        return command
    run = _PLACEHOLDER.sub(lambda found: names.get(found[0], found[0]), command.run)
    return msgspec.structs.replace(command, run=run)
