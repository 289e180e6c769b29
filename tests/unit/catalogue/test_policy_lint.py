"""What a policy's own body shows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.policy_lint import lint
from tests.unit.catalogue.auditing import audited

ABOUT = {"resource": "networkpolicies", "namespace": "shop", "name": "web",
         "apiGroup": "networking.k8s.io"}  # fmt: skip
DNS = {"ports": [{"protocol": "UDP", "port": 53}]}
DB = {"to": [{"podSelector": {"matchLabels": {"app": "db"}}}]}


def _block(cidr: str) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr}}


def _egress(*rules: object, types: list[str] | None = None) -> dict[str, Any]:
    return {"podSelector": {}, "policyTypes": types or ["Egress"], "egress": list(rules)}


def _names(spec: object) -> list[str]:
    body = {"kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec}
    found = lint(audited("create", ABOUT, requestObject=body))
    assert found is not None
    return [problem.name for problem in found.problems]


@pytest.mark.parametrize(
    ("ports", "named"),
    [
        ([{"port": "https"}], True),
        ([{"port": "https"}, {"port": "metrics", "protocol": "TCP"}], True),
        ([{"port": "https"}, {"port": 443}], False),
        ([{"port": 443}], False),
        ([{"protocol": "TCP"}], False),
        ([], False),
        (None, False),
    ],
)
def test_named_ports_alone_drop_a_block(ports: object, named: bool) -> None:
    names = _names(_egress(DNS, {"to": [_block("10.0.0.0/16")], "ports": ports}))
    assert ("named-port-with-ip-block" in names) == named


def test_named_ports_of_pods_and_of_ingress_are_honoured() -> None:
    ports = [{"port": "https"}]
    spec = _egress(DNS, DB | {"ports": ports}, types=["Ingress", "Egress"])
    assert _names(spec | {"ingress": [{"from": [_block("10.0.0.0/16")], "ports": ports}]}) == []


@pytest.mark.parametrize(
    ("cidr", "odd"),
    [
        ("10.0.1.7/16", True),
        ("10.0.0.0/16", False),
        ("10.0.1.7/32", False),
        ("2001:db8::7/64", True),
        ("2001:DB8::/64", False),
        ("2001:db8:0:0::/64", False),
        ("10.0.1/16", False),
        ("", False),
        ("x" * 10_000, False),
    ],
)
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_host_bits_are_odd_in_either_direction(cidr: str, odd: bool, direction: str) -> None:
    peers = {"from" if direction == "ingress" else "to": [_block(cidr)]}
    spec = {"policyTypes": ["Ingress", "Egress"], direction: [peers]}
    assert ("host-bits-in-cidr" in _names(spec)) == odd


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        (_egress(), []),
        (_egress(DNS), []),
        (_egress(DB), ["no-dns-rule"]),
        (_egress(DB, DNS), []),
        (_egress({}), []),
        (_egress({"to": [{"namespaceSelector": {}}]}), []),
        (_egress({"to": [_block("0.0.0.0/0")]}), []),
        (_egress({"ports": [{"port": 443}]}), ["no-dns-rule"]),
        (_egress({"ports": [{"port": 53}]}), ["dns-without-udp"]),
        (_egress({"ports": [{"port": 1, "endPort": 65535, "protocol": "UDP"}]}), []),
        (_egress({"ports": [{"port": "dns", "protocol": "UDP"}]}), []),
        (_egress({"ports": [{"port": "statsd", "protocol": "UDP"}]}), ["no-dns-rule"]),
        (_egress({"ports": [{"protocol": "UDP"}]}), []),
        (_egress(DB, types=["Ingress"]), []),
        ({"podSelector": {}, "egress": [DB]}, ["no-dns-rule"]),
    ],
)
def test_egress_without_dns_is_told(spec: object, found: list[str]) -> None:
    assert _names(spec) == found


@pytest.mark.parametrize(
    ("cidrs", "mixed"),
    [(["10.0.0.0/8", "::/0"], True), (["10.0.0.0/8", "0.0.0.0/0"], False), (["::/0"], False)],
)
def test_blocks_of_both_families_are_told(cidrs: list[str], mixed: bool) -> None:
    spec = {"policyTypes": ["Ingress"], "ingress": [{"from": [_block(cidr) for cidr in cidrs]}]}
    assert ("mixed-families" in _names(spec)) == mixed


def test_the_words_say_where_it_is() -> None:
    # given
    rule = {"to": [_block("10.0.1.7/16")], "ports": [{"port": "https"}]}
    body = {"kind": "NetworkPolicy", "spec": _egress(DNS, rule)}
    # when
    found = lint(audited("patch", ABOUT, responseObject=body))
    # then
    assert found is not None
    assert (found.namespace, found.policy) == ("shop", "web")
    assert found.words == (
        "egress to 10.0.1.7/16 has only named ports (https); "
        "10.0.1.7/16 has host bits set: 10.0.0.0/16 is meant"
    )


@pytest.mark.parametrize(
    "text",
    [
        audited("delete", ABOUT, requestObject={"kind": "NetworkPolicy", "spec": _egress(DB)}),
        audited("patch", ABOUT, requestObject={"kind": "NetworkPolicy", "spec": _egress(DB)}),
        audited("create", ABOUT, requestObject={"kind": "Status"}),
        audited("create", ABOUT | {"apiGroup": "crd.projectcalico.org"}, requestObject={}),
        audited("create", ABOUT, requestObject={"kind": "NetworkPolicy", "spec": {"egress": 7}}),
        "networkpolicies",
    ],
)
def test_what_is_no_policys_write_is_not_linted(text: str) -> None:
    assert lint(text) is None


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(
        st.sampled_from(["egress", "to", "ports", "port", "ipBlock", "cidr", "policyTypes"]),
        inner, max_size=4,
    )),
)  # fmt: skip


@given(spec=json_values)
def test_any_body_is_linted_or_left(spec: object) -> None:
    lint(audited("create", ABOUT, requestObject={"kind": "NetworkPolicy", "spec": spec}))
