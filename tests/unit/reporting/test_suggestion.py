"""A suggestion as YAML: whatever names a cluster holds, it says what it is and nothing else."""

import json

import msgspec
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.evaluate import Connection
from netpolwatch.kubernetes.policy.labels import Selector
from netpolwatch.kubernetes.policy.spec import NetworkPolicy, decode_network_policy
from netpolwatch.kubernetes.policy.suggest import Suggestion, Wanted, suggest
from netpolwatch.reporting.suggestion import suggestion_yaml
from netpolwatch.verdicts.attribution.advice import Advice

_HOSTILE = st.sampled_from([
    "a\n- b: c", "x: y", "# no", "\x1b[31m", "---", "null", "yes", "1e3", "2026-01-01", "&a", "*a",
    "!!python/object:os.system", "\u2028kind: Secret", "\x85a", "'", '"', "{}", "[red]", "\u202e",
])  # fmt: skip
_TEXTS = st.text(min_size=1, max_size=40) | _HOSTILE
_LABELS = st.dictionaries(_TEXTS, _TEXTS, min_size=1, max_size=4)


@given(_LABELS, _LABELS, _TEXTS, _TEXTS, _TEXTS)
def test_a_name_breaks_out_of_neither_scalar_nor_comment(
    client: dict[str, str], server: dict[str, str], namespace: str, name: str, note: str
) -> None:
    # given
    ends = [End("pod", "10.0.0.1", namespace, labels, {}) for labels in (client, server)]
    isolating = NetworkPolicy(namespace, name, Selector(), ("ingress",))
    connection = Connection(ends[0], ends[1], "TCP", 80)
    found = suggest(Wanted(connection, "ingress", name, note), [isolating], [name])
    assert isinstance(found, Suggestion)
    # when
    text = suggestion_yaml(Advice(found, (f"A suggestion to review: {note}", name)))
    # then
    lines = text.splitlines()
    assert all(line.isprintable() for line in lines)
    assert [line[:2] for line in lines[:2]] == ["# ", "# "]
    assert lines[2] == "apiVersion: networking.k8s.io/v1"
    read = decode_network_policy(json.dumps(yaml.safe_load(text)).encode())
    assert msgspec.to_builtins(read) == msgspec.to_builtins(found.policy)


def test_a_long_note_is_cut() -> None:
    peer = End("external", "192.0.2.7")
    server = End("pod", "10.0.0.1", "shop", {"app": "web"}, {})
    isolating = NetworkPolicy("shop", "deny", Selector(), ("ingress",))
    wanted = Wanted(Connection(peer, server, "TCP", 80), "ingress", "192.0.2.7", "web")
    found = suggest(wanted, [isolating])
    assert isinstance(found, Suggestion)
    first = suggestion_yaml(Advice(found, ("x" * 10_000,))).splitlines()[0]
    assert len(first) < 500
