"""The checks, in the order in which they are mended: what blinds everything stands first."""

from collections.abc import Sequence

from netpolwatch.catalogue.model import Entry
from netpolwatch.doctor.check import Check
from netpolwatch.doctor.checks.addon import (
    AddonHealthy,
    AddonInstalled,
    AddonUpToDate,
    AgentWithoutAdvisories,
)
from netpolwatch.doctor.checks.cluster import ClusterSupported, ControlPlaneLogs
from netpolwatch.doctor.checks.delivery import (
    DeliveryAllowed,
    EventsExpire,
    LogGroupUsable,
    SubscriptionFree,
    VerdictsArrive,
)
from netpolwatch.doctor.checks.deployment import DeploymentReaches
from netpolwatch.doctor.checks.nodes import (
    NodeLogsShipped,
    NodesHaveHeadroom,
    SubnetsHaveAddresses,
    UdevUntouched,
)
from netpolwatch.doctor.checks.settings import (
    DeliveryOn,
    NetworkPolicyOn,
    SettingsAgree,
    VerdictLogsOn,
    VerdictLogsStayOff,
)


def all_checks(entries: Sequence[Entry]) -> tuple[Check, ...]:
    """Return every check; `entries` say which issues a missing log hides."""
    return (
        ClusterSupported(),
        AddonInstalled(),
        NetworkPolicyOn(),
        VerdictLogsOn(),
        DeliveryOn(),
        DeliveryAllowed(),
        LogGroupUsable(),
        ControlPlaneLogs(entries),
        VerdictsArrive(),
        SubscriptionFree(),
        DeploymentReaches(),
        SettingsAgree(),
        VerdictLogsStayOff(),
        AgentWithoutAdvisories(),
        AddonHealthy(),
        AddonUpToDate(),
        NodeLogsShipped(entries),
        SubnetsHaveAddresses(),
        NodesHaveHeadroom(),
        EventsExpire(),
        UdevUntouched(),
    )
