"""`netpolwatch doctor`: is this cluster set up so that its verdicts can be seen."""

import sys
import time
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from netpolwatch.cli.compiled import known_entries
from netpolwatch.cli.endings import InputError
from netpolwatch.cli.output import print_lines
from netpolwatch.cli.running import DEFAULT_STACK, Profile, Region, Stack, place_of
from netpolwatch.doctor.diagnosis import diagnose
from netpolwatch.doctor.facts import Setup, Unread
from netpolwatch.reporting.diagnosis import diagnosis_document, diagnosis_lines

if TYPE_CHECKING:
    from netpolwatch.aws.place import Place

PROBLEMS = 1
ClusterName = Annotated[str, typer.Option("--cluster", help="The cluster's name in EKS.")]
OutputFormat = Annotated[
    str, typer.Option("--format", metavar="text|json", help="How it is printed.")
]


def doctor(
    cluster: ClusterName,
    output: OutputFormat = "text",
    region: Region = None,
    profile: Profile = None,
    stack: Stack = DEFAULT_STACK,
) -> int:
    """Check whether a cluster's verdicts can be seen, and print the commands that mend it.

    Only reads. Exit 0: nothing fails; 1: a check fails; 2: the cluster cannot be read at all.
    """
    if output not in {"text", "json"}:
        raise InputError(f"--format: {output!r} is neither text nor json")
    diagnosis = diagnose(setup_of(place_of(region, profile), cluster, stack), known_entries())
    if output == "json":
        document = diagnosis_document(diagnosis)
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document)) + b"\n")
        sys.stdout.flush()
    else:
        print_lines(diagnosis_lines(diagnosis))
    return PROBLEMS if diagnosis.counts["fail"] else 0


def setup_of(place: "Place", cluster: str, stack: str) -> Setup:
    """Read a set-up; raises `InputError` where EKS does not know the cluster."""
    from netpolwatch.aws.inspection import inspect_setup  # noqa: PLC0415  # only here boto3 is there

    facts = inspect_setup(place, cluster, stack=stack, now_ms=time.time_ns() // 1_000_000)
    if isinstance(facts.cluster, Unread) and not facts.cluster.refused:
        raise InputError(f"cluster {cluster} in {facts.region}: {facts.cluster.reason}")
    return facts
