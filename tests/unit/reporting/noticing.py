"""One notice of each kind, as a deployment tells it."""

from netpolwatch.catalogue.default import default_entries
from netpolwatch.findings.model import Links
from netpolwatch.findings.notices import (
    BudgetNotice,
    DigestNotice,
    FindingNotice,
    GroupNotice,
    Notice,
    Row,
    TestNotice,
    row_of,
)
from netpolwatch.reporting.links import dashboard_link, logs_insights_link
from tests.unit.findings.making import CLUSTER, LOG_GROUP, LOG_STREAM, NOON, finding

NOTIFICATION = "9c1185a5c5e9fc54612808977ee8f548"
ISSUE = next(entry for entry in default_entries() if entry.id == "npa-link-not-found")
LINKS = Links(
    logs_insights=logs_insights_link("eu-central-1", LOG_GROUP, LOG_STREAM),
    dashboard=dashboard_link("eu-central-1", "netpolwatch"),
)
WHOLE = finding(remedy=ISSUE.remedy, links=LINKS)


def _row(node: int, **changes: object) -> Row:
    told = finding(id=f"{node:032x}", subject={"node": f"ip-10-0-2-{node}"}, **changes)
    return row_of(told)


def _end(ip: str, port: int, namespace: str, workload: str) -> dict[str, object]:
    return {
        "ip": ip, "port": port, "kind": "pod", "namespace": namespace, "name": f"{workload}-0",
        "workload": {"kind": "Deployment", "name": workload}, "confidence": "high",
        "evidence": "kubelet status patch 11:58:01Z",
    }  # fmt: skip


DENIED = finding(
    issue="denied-conversation", severity="medium", title="A conversation is denied",
    subject={
        "source": "10.0.1.44", "destination": "10.0.3.7", "port": 5432, "protocol": "TCP",
    },
    identities=(_end("10.0.1.44", 41022, "shop", "web"), _end("10.0.3.7", 5432, "data", "db")),
    policies=("data/db-in",),
    judged="violation (high confidence): no policy allows it. Nearest: data/db-in allows TCP 5432"
    " from pods app=cart of namespaces team=shop; the peer's pod is not app=cart",
)  # fmt: skip


def _denied(number: int) -> Row:
    subject = {
        "source": f"10.0.1.{number}", "destination": "10.0.3.7", "port": 5432, "protocol": "TCP",
    }  # fmt: skip
    told = finding(
        id=f"{number:032x}", issue="denied-conversation", severity="low", subject=subject,
        title="A conversation is denied", count=40 * number,
        policies=("data/db-in", "data/default-deny")[: number % 3],
    )  # fmt: skip
    return row_of(told)


NOTICES: dict[str, Notice] = {
    "finding": FindingNotice(reason="opened", finding=WHOLE),
    "risen": FindingNotice(
        reason="risen",
        finding=finding(
            remedy=ISSUE.remedy, links=LINKS, severity="critical",
            escalated="3 nodes within 30 min",
        ),
    ),
    "resolved": FindingNotice(
        reason="resolved",
        finding=finding(
            remedy=ISSUE.remedy, links=LINKS, status="resolved",
            resolved_at="2026-06-09T12:34:30.000Z",
        ),
    ),
    "denied": FindingNotice(reason="opened", finding=DENIED),
    "group": GroupNotice(
        cluster=CLUSTER, kind="issue", key=ISSUE.id, since=NOON, until=NOON + 600_000, more=3,
        rows=(_row(17), _row(18, severity="critical"), _row(19, status="resolved")),
    ),
    "digest": DigestNotice(
        cluster=CLUSTER, rows=(_denied(1), _denied(2), _denied(3)), more=0,
        since=NOON, until=NOON + 900_000,
        set_aside={"reply": 1204, "noise": 31},
        silences=("1f2e3d4c: npa-* in retail-prod, until 2026-06-09T14:00:00.000Z by me: upgrade",),
    ),
    "budget": BudgetNotice(suppressed=12, rows=(_row(20),), more=11, since=NOON),
    "test": TestNotice(text="is anybody there?", at=NOON),
}  # fmt: skip
"""By the name of its golden files."""
