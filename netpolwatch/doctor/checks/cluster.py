"""The control plane: what it is, and what it logs."""

from collections.abc import Sequence

from netpolwatch.catalogue.model import Command, Entry
from netpolwatch.doctor.blinded import blinded_by_log_type, in_words
from netpolwatch.doctor.check import Answer, Check, Status, passed
from netpolwatch.doctor.commands import aws, switch_log_types_on
from netpolwatch.doctor.facts import Cluster, Setup, known

OLDEST_KUBERNETES = (1, 25)
_NEEDED = ("audit", "scheduler")
"""The types that our entries read; the others help a person."""


class ClusterSupported(Check):
    """Network policies need Kubernetes 1.25; the controller comes with the platform version."""

    id = "cluster-supported"
    title = "The cluster's version has network policies"
    why = "The network policy controller runs in the control plane, from Kubernetes 1.25."
    decided_by = "eks:DescribeCluster (version, platformVersion)"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the Kubernetes version."""
        cluster = known(setup.cluster)
        running = f"Kubernetes {cluster.version}, platform version {cluster.platform_version}"
        if _minor(cluster) < OLDEST_KUBERNETES:
            upgrade = aws(
                setup, "eks", "update-cluster-version", "--name", setup.name,
                "--kubernetes-version", "1.25",
            )  # fmt: skip
            fix = Command("Upgrade, one minor version at a time.", upgrade)
            return Answer("fail", f"{running}: too old for network policies", (fix,))
        return passed(running)


class ControlPlaneLogs(Check):
    """Which log types are on, and what the missing ones hide."""

    id = "control-plane-logs"
    title = "The audit and scheduler logs are on"
    why = "Names of pods, policies and who changed what come from the audit log."
    decided_by = "eks:DescribeCluster (logging), and the sources of every known issue"

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    def examine(self, setup: Setup) -> Answer:
        """Decide by the types that are on."""
        on = known(setup.cluster).log_types
        missing = [kind for kind in _NEEDED if kind not in on]
        if not missing:
            return passed(f"on: {', '.join(sorted(on))}")
        hidden = "; ".join(
            f"without {kind}: {in_words(blinded_by_log_type(self._entries, kind))}"
            for kind in missing
        )
        status: Status = "fail" if "audit" in missing else "warn"
        return Answer(
            status, f"off: {', '.join(missing)}. Not seen {hidden}",
            (switch_log_types_on(setup, on | set(missing)),),
        )  # fmt: skip


def _minor(cluster: Cluster) -> tuple[int, ...]:
    parts = cluster.version.split(".")[:2]
    return tuple(int(part) for part in parts) if all(map(str.isdecimal, parts)) else ()
