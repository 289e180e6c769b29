"""A suggestion as YAML: whatever names a cluster holds, it says what it is and nothing else."""

import json
import re

import msgspec
import pytest
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


@pytest.mark.parametrize("text", [
    "y", "N", "yes", "Off", "true", "null", "~", "1e3", "1.0e3", "0o17", "017", "0x1F", "1_000",
    "12:30:45", "2026-01-01", ".5", "-1", "+1", ".inf", "=", "<<", "10.0.0.1/32", "NaN",
])  # fmt: skip
def test_what_another_reader_takes_for_no_text_is_quoted(text: str) -> None:
    # given
    server = End("pod", "10.0.0.1", text, {"app": text, text: "x"}, {})
    isolating = NetworkPolicy(text, "deny", Selector(), ("ingress",))
    connection = Connection(End("pod", "10.0.0.2", text, {"v": text}, {}), server, "TCP", 80)
    found = suggest(Wanted(connection, "ingress", "client", "web"), [isolating])
    assert isinstance(found, Suggestion)
    # when
    written = suggestion_yaml(Advice(found, ("note",)))
    # then
    bare = re.compile(rf"(?<!\"){re.escape(text)}(?!\")")
    assert f'app: "{text}"' in written
    assert f'"{text}": x' in written
    assert f'namespace: "{text}"' in written
    assert f'v: "{text}"' in written
    assert len(text) < 3 or not bare.search(written.replace(f'"{text}"', ""))


def test_a_long_note_is_cut() -> None:
    peer = End("external", "192.0.2.7")
    server = End("pod", "10.0.0.1", "shop", {"app": "web"}, {})
    isolating = NetworkPolicy("shop", "deny", Selector(), ("ingress",))
    wanted = Wanted(Connection(peer, server, "TCP", 80), "ingress", "192.0.2.7", "web")
    found = suggest(wanted, [isolating])
    assert isinstance(found, Suggestion)
    first = suggestion_yaml(Advice(found, ("x" * 10_000,))).splitlines()[0]
    assert len(first) < 500
