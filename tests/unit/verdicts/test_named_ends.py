"""Which ends of a flow have a name, and which only look so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.verdicts.address_kind import AddressKind
from netpolwatch.verdicts.named_ends import NAMED_PORTS, NOBODY, destination_kind, named_ends


@pytest.mark.parametrize(
    ("address", "port", "kind"),
    [
        ("172.20.0.10", 53, "dns"),
        ("10.100.0.10", 53, "dns"),
        ("100.64.3.7", 53, "dns"),
        ("fd30:1c53:5f8a::a", 53, "dns"),
        (None, 53, "dns"),
        ("169.254.20.10", 53, "nodelocal-dns"),
        ("169.254.169.253", 53, "vpc-dns"),
        ("fd00:ec2::253", 53, "vpc-dns"),
        ("8.8.8.8", 53, "outside-dns"),
        ("2001:4860:4860::8888", 53, "outside-dns"),
        ("172.20.0.10", 5353, None),
        ("169.254.169.254", 80, "imds"),
        ("fd00:ec2::254", 80, "imds"),
        ("169.254.170.23", 80, "pod-identity"),
        ("fd00:ec2::23", 80, "pod-identity"),
        ("169.254.170.2", 80, None),
        ("169.254.169.254", 443, None),
        ("10.0.1.44", 80, None),
        (None, 80, None),
    ],
)
def test_a_destination_is_named_by_its_address_and_port(
    address: str | None, port: int, kind: str | None
) -> None:
    assert destination_kind(address, port) == kind


@pytest.mark.parametrize(
    ("source", "source_port", "destination_port", "named"),
    [
        (AddressKind.OWN_NODE, 43_322, 8080, "own-node"),
        (AddressKind.OWN_NODE, 10_250, 43_322, None),
        (AddressKind.OWN_NODE, 43_322, 50_051, "own-node"),
        (AddressKind.ORDINARY, 43_322, 8080, None),
    ],
)
def test_the_own_node_is_named_where_it_asks(
    source: AddressKind, source_port: int, destination_port: int, named: str | None
) -> None:
    assert named_ends(source, source_port, "10.0.1.44", destination_port).source == named


@given(
    address=st.one_of(st.none(), st.ip_addresses().map(str)),
    port=st.integers(0, 65_535).filter(lambda port: port not in NAMED_PORTS),
)
def test_no_other_port_has_a_name(address: str | None, port: int) -> None:
    assert named_ends(AddressKind.ORDINARY, 40_000, address, port) == NOBODY
