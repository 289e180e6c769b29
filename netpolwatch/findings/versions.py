"""Whether what runs is affected: the versions beside a fault, and what they mean in words."""

from collections.abc import Callable, Iterable, Sequence

from netpolwatch.catalogue.model import Versions
from netpolwatch.catalogue.running import Running, RunningVersions, derived
from netpolwatch.catalogue.version_numbers import Bound, parse_bounds, parse_version, within
from netpolwatch.findings.model import KeptEvidence, RunningVersion
from netpolwatch.ingest.timestamps import milliseconds

_MAX_NAMED = 3
_ALONE = 1

Know = Callable[[KeptEvidence], Running | None]


def known_to_batches(evidence: KeptEvidence) -> Running | None:
    """Tell what the batch of an event told of its versions."""
    return evidence.running


def known_to_run(running: RunningVersions, cluster: str | None, versions: Versions) -> Know:
    """Make what a whole run has learned answer for each event."""

    def know(evidence: KeptEvidence) -> Running | None:
        time = None if evidence.timestamp is None else milliseconds(evidence.timestamp)
        return running.at(cluster, evidence.node, versions.of, time) or evidence.running

    return know


def running_beside(
    versions: Versions, evidence: Sequence[KeptEvidence], know: Know = known_to_batches
) -> tuple[RunningVersion, ...]:
    """List the versions that ran where a fault was seen, in the order of the evidence.

    Where no event tells, it is the version that somebody has said (`Versions.vpc_cni`).
    """
    nodes: dict[tuple[str, str | None], dict[str, None]] = {}
    later: dict[tuple[str, str | None], bool] = {}
    for one in evidence:
        running = know(one)
        if running is not None:
            key = (running.version, running.via)
            nodes.setdefault(key, {}).update({one.node: None} if one.node else {})
            later[key] = later.get(key, True) and running.later
    if not nodes and (said := _said(versions)):
        nodes[said.version, said.via] = {}
    return tuple(
        RunningVersion(
            versions.of,
            version,
            tuple(names),
            via,
            is_affected(versions, version),
            later.get((version, via), False),
        )
        for (version, via), names in nodes.items()
    )


def is_affected(versions: Versions, version: str) -> bool | None:
    """Tell whether a version is known to have a fault; `None` where its number does not tell."""
    number = parse_version(version)
    return None if number is None else within(parse_bounds(versions.affected), number)


def version_note(versions: Versions, running: Sequence[RunningVersion]) -> str:
    """Say what the running versions mean, or which ones would be affected."""
    several = len(running) > _ALONE
    said = [_verdict(versions, one, several=several) for one in running] or [_condition(versions)]
    return "; ".join([*said, *([versions.note] if versions.note else [])])


def _said(versions: Versions) -> Running | None:
    if versions.vpc_cni is None:
        return None
    return derived(versions.of, {"vpc-cni": Running(versions.vpc_cni)})


def _fix(versions: Versions) -> str | None:
    fixed = parse_version(versions.fixed_in or "")
    if fixed is None:
        return None
    return f"{fixed} ({versions.carried_by})" if versions.carried_by else str(fixed)


def _verdict(versions: Versions, running: RunningVersion, *, several: bool) -> str:
    number = running.version.removeprefix("v")
    details = [f"of vpc-cni {running.via}"] if running.via else []
    if running.later:
        details.append("seen only later")
    if several and running.nodes:
        details.append(_named(running.nodes))
    what = f"{running.component} {number}" + (f" ({'; '.join(details)})" if details else "")
    fix = _fix(versions)
    if running.affected:
        return f"{what} is affected" + (f", fixed in {fix}" if fix else ", no fix is known")
    if running.affected is None:
        return f"{what} runs; {_condition(versions)}"
    return f"{what} is not known to be affected"


def _condition(versions: Versions) -> str:
    bounds = parse_bounds(versions.affected)
    fix = _fix(versions)
    below = len(bounds) == _ALONE and bounds[0].operator == "<"
    if below and fix and parse_version(versions.fixed_in or "") == bounds[0].version:
        return f"{versions.of} affected if older than {fix}"
    condition = " and ".join(map(_bound, bounds))
    return f"{versions.of} affected if {condition}" + (f", fixed in {fix}" if fix else "")


def _bound(bound: Bound) -> str:
    number = str(bound.version)
    words = {
        "<": f"older than {number}",
        "<=": f"not newer than {number}",
        "=": f"it is {number}",
        ">=": f"not older than {number}",
        ">": f"newer than {number}",
    }
    return words[bound.operator]


def _named(nodes: Iterable[str]) -> str:
    names = tuple(nodes)
    rest = len(names) - _MAX_NAMED
    return "on " + ", ".join(names[:_MAX_NAMED]) + (f" and {rest} more" if rest > 0 else "")
