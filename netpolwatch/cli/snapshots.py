"""The option `--snapshot`: a listing of a cluster's objects."""

from pathlib import Path
from typing import Annotated

import typer

from netpolwatch.cli.inputs import InputError
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.snapshot import SnapshotError
from netpolwatch.kubernetes.snapshot_yaml import read_snapshot

SnapshotFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="kubectl get pods,svc,ns,nodes,netpol -A -o yaml|json"),
]


def knowledge_of(snapshot: Path | None) -> Knowledge:
    """Begin with what a snapshot shows; raises `InputError`."""
    known = Knowledge()
    if snapshot is None:
        return known
    try:
        known.learn(read_snapshot(snapshot.read_bytes()).facts)
    except SnapshotError as error:
        raise InputError(f"{snapshot}: {error}") from None
    except OSError as error:
        raise InputError(f"{snapshot}: {error.strerror or error}") from None
    return known
