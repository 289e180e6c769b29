"""The agent's other lines, in the words of every era."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.verdicts.window.facts import (
    AgentStart,
    CleanupCycle,
    CleanupPeriod,
    ConntrackDelete,
    EnforcingMode,
    Fact,
    MapFailure,
    ProbesAttached,
    ProbesKept,
    fact_of,
)
from tests.corpus import lines

KEY = "192.0.2.20 Source port - 41000 Dest IP - 198.51.100.7 Dest port - 443 Protocol - 6"
WHOLE = f"Conntrack Key : Source IP - {KEY}"
KEY6 = "fd00::2a Source port - 41000 Dest IP - fd00::7 Dest port - 443 Protocol - 17"
DELETED = ConntrackDelete(KEY)
POD = "shop/web-x7k2p"


def _json(said: str) -> str:
    return f'{{"level":"info","ts":"2026-02-01T10:00:00.000Z","logger":"ebpf-client",{said}}}'


CASES: list[tuple[str, Fact | None]] = [
    (
        _json(f'"msg":"Conntrack cleanup Delete - {WHOLE} Owner IP - 192.0.2.20 Ifindex - 12"'),
        DELETED,
    ),
    (_json(f'"msg":"Conntrack cleanup Delete - {WHOLE} Owner IP - 192.0.2.20"'), DELETED),
    (_json(f'"msg": "Conntrack cleanup","Delete - ":"{WHOLE} Owner IP - 192.0.2.20"'), DELETED),
    (_json(f'"msg":"Conntrack cleanup","Entry - ":"Expired/Delete {WHOLE}"'), DELETED),
    (f"Conntrack cleanup Delete - {WHOLE} Owner IP - 192.0.2.20", DELETED),
    (f"10:00:00.000  Conntrack cleanup Delete - {WHOLE} Owner IP - 192.0.2.20", DELETED),
    (
        _json(
            '"msg":"Conntrack cleanup","Delete - ":{"Source_ip":335675584,"Source_port":41000,'
            '"Dest_ip":124007366,"Dest_port":443,"Protocol":6,"Owner_ip":335675584}'
        ),
        DELETED,
    ),
    (
        _json(
            '"msg":"Conntrack cleanup","Delete - ":{"Source_ip":[253,0,0,0,0,0,0,0,0,0,0,0,0,0,0,'
            '42],"Source_port":41000,"Dest_ip":[253,0,0,0,0,0,0,0,0,0,0,0,0,0,0,7],"Dest_port":443,'
            '"Protocol":17}'
        ),
        ConntrackDelete(KEY6),
    ),
    (_json('"msg":"Conntrack cleanup","Delete - ":{"Source_ip":-1}'), None),
    (_json('"msg":"Conntrack cleanup","Delete - ":{"Source_ip":[300]}'), None),
    (_json(f'"msg":"Conntrack cleanup Skip (in use) - {WHOLE[16:]} Owner IP - 192.0.2.20"'), None),
    # What `aws-eks-na-cli` prints of the map: nothing was deleted.
    (f"{WHOLE} Owner IP - 192.0.2.20", None),
    (_json('"msg":"Check for any stale entries in the conntrack map"'), CleanupCycle()),
    (_json('"msg":"Done cleanup of conntrack map"'), CleanupCycle()),
    (_json('"msg":"hydrated local conntrack cache"'), None),
    (_json('"msg":"ConntrackTTL","cleanupPeriod":300'), CleanupPeriod(300)),
    (_json('"msg":"ConntrackTTL cleanupPeriod 21600"'), CleanupPeriod(21_600)),
    (
        _json(
            '"msg":"AttacheBPFProbes for","pod":"web-x7k2p"," in namespace":"shop",'
            '" with hostVethName":"eni4fa50fa0ba4"'
        ),
        ProbesAttached(POD, "eni4fa50fa0ba4"),
    ),
    (
        _json(
            '"msg":"AttacheBPFProbes for pod web-x7k2p in namespace shop with hostVethName eni4fa'
            ' at interface 0"'
        ),
        ProbesAttached(POD, "eni4fa"),
    ),
    (
        _json(
            '"msg":"Successfully attached required eBPF probes for","pod:":"web-x7k2p",'
            '"in namespace":"shop"'
        ),
        ProbesAttached(POD),
    ),
    (
        _json(
            '"msg":"Successfully attached Ingress TC probe for pod: web-x7k2p in namespace shop"'
        ),
        ProbesAttached(POD),
    ),
    (
        _json(
            '"msg":"Pod already has Egress Probe attached - ","Name: ":"web-x7k2p",'
            '"Namespace: ":"shop"'
        ),
        ProbesKept(POD),
    ),
    (
        _json('"msg":"Pod already has Ingress Probe attached - Name: web-x7k2p, Namespace: shop"'),
        ProbesKept(POD),
    ),
    (_json('"msg":"Failed to Attach Ingress TC probe for pod: a in namespace b error: c"'), None),
    (
        _json('"msg":"Ingress Map update failed: unable to update map: invalid argument"'),
        MapFailure("invalid argument"),
    ),
    (
        _json(
            '"msg":"BPF map update failed","error: ":"unable to update map: argument list too long"'
        ),
        MapFailure("argument list too long"),
    ),
    (
        _json(
            '"msg":"unable to create/update map entry and ret -1 and err cannot allocate memory"'
        ),
        MapFailure("cannot allocate memory"),
    ),
    (
        "04:35:02.626  Ingress Pod State Map update failed: unable to update map: invalid argument",
        MapFailure("invalid argument"),
    ),
    (_json('"msg":"Map update(s) failed for, ","podIdentifier ":"web-shop"'), MapFailure(None)),
    (
        _json(
            '"msg":"Failed to update kernel map during bulk refresh for key x: invalid argument"'
        ),
        MapFailure(None),
    ),
    (
        _json('"msg":"unable to delete map entry and ret -1 and err no such file or directory"'),
        None,
    ),
    (_json('"msg":"Pod shares the eBPF firewall maps. No Map update required.."'), None),
    (_json('"msg":"Starting network policy agent with log level: info"'), AgentStart()),
    (_json('"logger":"setup","msg":"starting manager"'), AgentStart()),
    (_json('"msg":"Starting EventSource","controller":"policyendpoint"'), None),
    (
        _json('"msg":"Updating pod_state map to default_deny for ","podIdentifier: ":"web-shop"'),
        EnforcingMode(strict=True),
    ),
    (
        _json('"msg":"Updating pod_state map to default_allow for podIdentifier: web-shop"'),
        EnforcingMode(strict=False),
    ),
    (
        _json(
            '"msg":"Updating pod_state map to default allow/default deny for podIdentifier:'
            ' web-shop, state: 2"'
        ),
        EnforcingMode(strict=True),
    ),
    (
        _json(
            '"msg":"Updating pod_state map to default allow/default deny for podIdentifier:'
            ' web-shop for network policy state, value: 1"'
        ),
        EnforcingMode(strict=False),
    ),
    (
        # The cluster policies' state is to allow in strict mode, too.
        _json(
            '"msg":"Updating pod_state map to default allow for podIdentifier: web-shop, for'
            ' cluster network policy state, value: 1"'
        ),
        None,
    ),
    (
        _json('"msg":"Connected to ipamd at unix://x. NetworkPolicyMode: strict"'),
        EnforcingMode(strict=True),
    ),
    ("", None),
    ("I0601 08:59:21.123456      10 schedule_one.go:1055] ok", None),
    ('{"msg":', None),
]


@pytest.mark.parametrize(("text", "fact"), CASES)
def test_a_line_is_the_fact_that_it_tells(text: str, fact: Fact | None) -> None:
    assert fact_of(text) == fact


def test_a_fact_carries_its_time() -> None:
    found = fact_of(_json('"msg":"Done cleanup of conntrack map"'), 7)
    assert found == CleanupCycle(7)


def test_no_line_of_the_corpus_is_taken_for_another_fact() -> None:
    # The classes in which a fact may stand; nothing of other software is one.
    agents = {"conntrack_cleanup", "bpf_map_update_failed", "npa_info", "strict_mode"}
    found = {line.kind for line in lines() if fact_of(line.text) is not None}
    assert found <= agents
    assert {"conntrack_cleanup", "bpf_map_update_failed"} <= found


@given(
    start=st.sampled_from(
        ["Conntrack cleanup", "Updating pod_state map", "Pod already", "AttacheB"]
    ),
    text=st.text(max_size=300),
)
def test_arbitrary_lines_never_raise(start: str, text: str) -> None:
    fact_of(f'{{"msg":"{start}{text}"}}')
    fact_of(start + text)
