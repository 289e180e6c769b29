"""The option `--snapshot`: a listing of a cluster's objects."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from netpolwatch.cli.endings import InputError
from netpolwatch.ingest.bundle.forms import GZIP, START_BYTES, packed_form
from netpolwatch.ingest.inflate import InflateError, inflate
from netpolwatch.ingest.utf16 import whole_as_utf8
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.listing import LISTING
from netpolwatch.kubernetes.snapshot import MAX_SNAPSHOT_BYTES, SnapshotError
from netpolwatch.kubernetes.snapshot_yaml import read_snapshot

SnapshotFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="What the cluster holds, for names and policies older than the log: the output of"
        f" {LISTING}",
    ),
]


def knowledge_of(snapshot: Path | None) -> Knowledge:
    """Begin with what a snapshot shows; raises `InputError`."""
    known = Knowledge()
    if snapshot is not None:
        known.learn(facts_of(snapshot))
    return known


def facts_of(snapshot: Path) -> Sequence[AnyFact]:
    """Read what a snapshot shows; raises `InputError`."""
    try:
        return read_snapshot(whole_as_utf8(_unpacked(snapshot.read_bytes()))).facts
    except (SnapshotError, InflateError) as error:
        raise InputError(f"{snapshot}: {error}") from None
    except OSError as error:
        raise InputError(f"{snapshot}: {error.strerror or error}") from None


def _unpacked(content: bytes) -> bytes:
    if packed_form(content[:START_BYTES]) != GZIP:
        return content
    inflated = inflate(content, MAX_SNAPSHOT_BYTES)
    if inflated.cut:
        raise InflateError(f"it inflates beyond {MAX_SNAPSHOT_BYTES} bytes")
    return inflated.data
