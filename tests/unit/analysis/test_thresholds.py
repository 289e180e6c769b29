"""How often a fault must be seen, by lines as they are logged; times in minutes."""

import json
from collections.abc import Sequence

import pytest

from netpolwatch import Analyzer
from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.observation import Place, observe
from netpolwatch.ingest.events import LogBatch, LogEvent
from tests.unit.analysis.logged import (
    AGENT,
    AUDIT,
    CNI,
    CONTROLLER,
    GROUP,
    IPAMD,
    NODE,
    NOON_MS,
    SDK,
    logged,
)
from tests.unit.catalogue.auditing import audited


def agent_says(message: str) -> str:
    """Write a line of the agent or its SDK."""
    return json.dumps({"level": "error", "ts": "2026-06-09T12:00:00.000Z", "msg": message})


def refused(user: str, verb: str) -> str:
    """Write the event of a refused request for policy endpoints."""
    about = {"resource": "policyendpoints", "apiGroup": "networking.k8s.aws", "namespace": "shop"}
    return audited(
        verb,
        about,
        user={"username": user},
        responseStatus={"code": 403, "message": "policyendpoints is forbidden"},
        annotations={"authorization.k8s.io/decision": "forbid"},
    )


LINK = agent_says("failed to find device by name eni9ea69618bf0: Link not found")
LOADER = agent_says("unable to create/update map entry and ret -1 and err invalid argument")
OF_POD = agent_says(
    "Map update(s) failed for podIdentifier web-6d4cf56db6-shop: unable to update map: x"
)
IPAM = 'time="2025-03-01T14:05:22Z" level=error msg="Timed out waiting for IPAM daemon to start"'


@pytest.mark.parametrize(
    ("stream", "line", "minutes", "severity"),
    [
        (SDK, LINK, [0, 1], "info"),
        (SDK, LINK, [0, 1, 9], "high"),
        (SDK, LINK, [0, 20, 40, 60], "info"),
        (SDK, LOADER, [0, 1, 2, 3], "info"),
        (SDK, LOADER, [0, 1, 2, 3, 4], "high"),
        (AGENT, OF_POD, [0], "info"),
        (AGENT, OF_POD, [0, 9], "high"),
        (IPAMD, IPAM, [0], "info"),
        (IPAMD, IPAM, [0, 14], "high"),
        (IPAMD, IPAM, [0, 17], "info"),
        (AUDIT, refused(CONTROLLER, "create"), [0], "critical"),
        (AUDIT, refused(CNI, "list"), [0], "info"),
        (AUDIT, refused(CNI, "list"), [0, 5], "high"),
    ],
)
def test_a_fault_counts_from_its_threshold_on(
    stream: str, line: str, minutes: list[int], severity: str
) -> None:
    # Given a line, logged at these minutes of an hour
    events = [
        LogEvent(line, f"{at:056d}", NOON_MS + minute * 60_000) for at, minute in enumerate(minutes)
    ]
    analyzer = Analyzer()
    book = FindingBook(analyzer.entries)
    # When the stream is analyzed
    batch = analyzer.analyze_events(LogBatch(GROUP, stream, events))
    place = Place("retail-prod", GROUP, stream)
    book.record(observe(batch.sightings, analyzer.entries, place))
    # Then its one finding is of this severity
    (found,) = book.findings()
    assert (found.severity, found.count) == (severity, len(minutes))


def crash_loops(pod: str, user: str) -> str:
    """Write the event in which a pod of the CNI is reported to crash again and again."""
    waiting = {"name": "aws-node", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    about = {
        "resource": "pods", "namespace": "kube-system", "name": f"aws-node-{pod}",
        "subresource": "status",
    }  # fmt: skip
    return audited(
        "patch",
        about,
        user={"username": user},
        responseStatus={"code": 200},
        requestObject={"status": {"containerStatuses": [waiting]}},
    )


@pytest.mark.parametrize(
    ("users", "severities"),
    [
        (["system:node:a", "system:node:b"], {"high"}),
        (["system:node:a", "system:node:b", "system:node:c"], {"critical"}),
        # A rollout gives a node's pod another name; and whoever is no kubelet is no node.
        (["system:node:a", "system:node:a", "system:node:a", "alice", "bob"], {"high"}),
    ],
)
def test_the_cni_that_crashes_on_many_nodes_is_critical(
    users: list[str], severities: set[str]
) -> None:
    # Given crash loops of as many pods, a minute apart
    events = [
        LogEvent(crash_loops(f"{at:05}", user), f"{at:056d}", NOON_MS + at * 60_000)
        for at, user in enumerate(users)
    ]
    analyzer = Analyzer()
    book = FindingBook(analyzer.entries)
    # When the audit log is analyzed
    batch = analyzer.analyze_events(LogBatch(GROUP, AUDIT, events))
    book.record(observe(batch.sightings, analyzer.entries, Place("retail-prod", GROUP, AUDIT)))
    # Then
    found = book.findings()
    assert len(found) == len(users)
    assert {each.severity for each in found} == severities


def test_leftovers_on_the_build_that_is_known_for_them_are_graver() -> None:
    # Given a node that runs the build, by the audit log, and its agent's words
    running = {"name": "aws-node", "image": "602401143452.dkr.ecr.us-east-1.amazonaws.com/"
               "amazon-k8s-cni:v1.19.3-eksbuild.1", "state": {"running": {}}}  # fmt: skip
    about = {"resource": "pods", "namespace": "kube-system", "name": "aws-node-7x9kq",
             "subresource": "status"}  # fmt: skip
    image = audited(
        "patch", about, user={"username": f"system:node:{NODE}"}, responseStatus={"code": 200},
        requestObject={"status": {"containerStatuses": [running]}},
    )  # fmt: skip
    left = agent_says("BPF programs and Maps delete failed for podIdentifier: web-6d4cf56db6-shop")
    analyzer = Analyzer()
    book = FindingBook(analyzer.entries)
    severities = []
    # When both streams are analyzed
    for stream, line in ((AUDIT, image), (AGENT, left), (AGENT, left), (AGENT, left)):
        batch = analyzer.analyze_events(LogBatch(GROUP, stream, [LogEvent(line, "0", NOON_MS)]))
        place = Place("retail-prod", GROUP, stream)
        book.record(observe(batch.sightings, analyzer.entries, place))
        severities += [found.severity for found in book.findings()]
    # Then
    assert severities == ["medium", "medium", "medium", "high"]
    (found,) = book.findings()
    assert found.escalated == "affected-build and delete-failed"


def severities(stream: str, lines: Sequence[tuple[float, str]], issue: str) -> list[str]:
    """Give the severities of an issue's findings."""
    return [each.severity for each in logged(stream, lines) if each.issue == issue]


def dropped(source: str, destination: str = "172.20.0.10", port: int = 53) -> str:
    """Write a drop of a pod whose state is missing, as CloudWatch gets it."""
    return (
        f"Node: {NODE};SIP: {source};SPORT: 43322;DIP: {destination};DPORT: {port};"
        "PROTOCOL: UDP;PolicyVerdict: DENY;Tier: ERROR"
    )


def not_found(name: str) -> str:
    """Write the line about an interface that is not there, by its name or the hash in it."""
    if name.startswith(("eni", "vlan")):
        return agent_says(f"failed to find device by name {name}: Link not found")
    searched = "Prefixes searched [eni vlan] hash"
    return agent_says(
        f"Not found any interface starting with prefixes and the hash. {searched} {name} error 2"
    )


@pytest.mark.parametrize(
    ("names", "severity"),
    [
        # Ten interfaces twice each, and twenty once each, two minutes apart.
        ([f"eni9ea69618b{number % 10:02x}" for number in range(20)], "info"),
        ([f"eni9ea69618b{number:02x}" for number in range(19)], "info"),
        ([f"eni9ea69618b{number:02x}" for number in range(20)], "high"),
        (["9ea69618bf0"] * 2, "info"),
        (["9ea69618bf0"] * 3, "high"),
    ],
)
def test_an_interface_counts_once_by_its_name_or_the_hash_in_it(
    names: list[str], severity: str
) -> None:
    lines = [(2 * at, not_found(name)) for at, name in enumerate(names)]
    assert [each.severity for each in logged(SDK, lines)] == [severity]


PODS = "aws-network-policy-agent-audit-5d6f7b18-4f3b-4e0e-8a49-0d1b9a5e7c01"
NODE_ADDRESS = "10.0.1.9"


@pytest.mark.parametrize(
    ("lines", "severity"),
    [
        ([(0, dropped("10.0.1.44")), (1, dropped("10.0.1.44", "10.0.2.5", 8080))], "info"),
        ([(0, dropped("10.0.1.44")), (1, dropped("10.0.1.45"))], "critical"),
        ([(0, dropped("10.0.1.44")), (30, dropped("10.0.1.45"))], "info"),
        ([(minute, dropped("10.0.1.44")) for minute in (0, 1, 4)], "critical"),
        # The kubelet asks each of the two.
        (
            [(0, dropped(NODE_ADDRESS, "10.0.1.44", 8080)),
             (1, dropped(NODE_ADDRESS, "10.0.1.45", 8080))],
            "critical",
        ),
        (
            [(0, dropped("10.0.1.44")), (1, dropped(NODE_ADDRESS, "10.0.1.44", 8080))],
            "info",
        ),
    ],
)  # fmt: skip
def test_a_node_cuts_pods_off_from_two_pods_or_three_drops_of_one(
    lines: list[tuple[float, str]], severity: str
) -> None:
    found = [each for each in logged(PODS, lines) if each.issue.startswith("npa-pod-state")]
    assert [each.severity for each in found] == [severity]


def test_the_direction_says_which_end_is_the_pod() -> None:
    # given one pod that two clients ask in its first seconds
    asked = "Flow Info: Src IP: {} Src Port: 43322 Dest IP: 10.0.1.44 Dest Port: 8080 Proto TCP "
    lines = [
        (minute, agent_says(asked.format(client) + "Verdict DENY Direction ingress, Tier ERROR"))
        for minute, client in enumerate(("10.0.2.5", "10.0.2.6"))
    ]
    # then it is one pod
    found = [each for each in logged(AGENT, lines) if each.issue.startswith("npa-pod-state")]
    assert [each.severity for each in found] == ["info"]


START = (
    '{"level":"info","ts":"2026-06-09T12:00:00.000Z","caller":"logger/logger.go:52",'
    '"msg":"Starting L-IPAMD v1.20.4  ..."}'
)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [([0], []), ([0, 1, 2, 3], []), ([0, 10, 20, 30, 40], ["high"]), ([0, 20, 40, 60, 80], [])],
)
def test_ipamd_that_starts_five_times_an_hour_keeps_restarting(
    minutes: list[int], expected: list[str]
) -> None:
    lines = [(minute, START) for minute in minutes]
    assert severities(IPAMD, lines, "ipamd-not-ready") == expected


def reported(restarts: int, last: str = "Error", state: str = "running") -> str:
    """Write a kubelet's report of the CNI's container, with how it ended before."""
    container = {
        "name": "aws-node", "restartCount": restarts, "state": {state: {"reason": last}},
        "lastState": {"terminated": {"reason": last}},
    }  # fmt: skip
    about = {"resource": "pods", "namespace": "kube-system", "name": "aws-node-7x9kq",
             "subresource": "status"}  # fmt: skip
    return audited(
        "patch", about, user={"username": "system:node:a"}, responseStatus={"code": 200},
        requestObject={"status": {"containerStatuses": [container]}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([(minute, reported(1)) for minute in range(5)], []),
        ([(0, reported(1)), (4, reported(2))], []),
        ([(0, reported(1)), (4, reported(2)), (8, reported(3))], ["high"]),
        ([(0, reported(1)), (20, reported(2)), (40, reported(3))], []),
        ([(at, reported(at, "OOMKilled")) for at in (1, 2, 3)], ["high"]),
        ([(at, reported(at, "Completed")) for at in (1, 2, 3)], ["high"]),
        # The same death thrice is one.
        ([(at, reported(1, state="terminated")) for at in (1, 2, 3)], ["info"]),
        ([(at, reported(at, state="terminated")) for at in (1, 2, 3)], ["high"]),
    ],
)
def test_the_cni_that_was_restarted_three_times_crashes(
    lines: list[tuple[float, str]], expected: list[str]
) -> None:
    assert severities(AUDIT, lines, "npa-crashloop") == expected


def unscheduled(pod: str, nodes: int = 3, short: int = 3) -> str:
    """Write the scheduler's verdict on a pod that wants a branch interface."""
    return (
        f'I0601 08:59:21.123456      10 schedule_one.go:1055] "Unable to schedule pod; no fit;'
        f' waiting" pod="shop/{pod}" err="0/{nodes} nodes are available: {short} Insufficient'
        f' vpc.amazonaws.com/pod-eni. preemption: 0/{nodes} nodes are available."'
    )


SCHEDULER = "kube-scheduler-0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([(0, unscheduled("web-0"))], "info"),
        ([(0, unscheduled("web-0")), (3, unscheduled("web-1")), (5, unscheduled("web-2"))], "info"),
        ([(0, unscheduled("web-0")), (6, unscheduled("web-0"))], "medium"),
        ([(minute, unscheduled("web-0")) for minute in (0, 5, 10, 16)], "high"),
        ([(minute, unscheduled("web-0", 5, 4)) for minute in (0, 5, 10, 16)], "medium"),
        ([(at, unscheduled(f"web-{at}")) for at in range(10)], "info"),
        ([(at, unscheduled(f"web-{at}")) for at in range(11)], "high"),
    ],
)
def test_pods_without_an_interface_are_graver_the_longer_and_the_more_they_are(
    lines: list[tuple[float, str]], expected: str
) -> None:
    assert severities(SCHEDULER, lines, "insufficient-pod-eni") == [expected]
