import pytest

from netpolwatch.verdicts.address_kind import AddressKind, address_in_name, kind_of


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("224.0.0.1", AddressKind.MULTICAST),
        ("239.255.255.250", AddressKind.MULTICAST),
        ("ff02::16", AddressKind.MULTICAST),
        ("255.255.255.255", AddressKind.BROADCAST),
        ("10.0.0.255", AddressKind.ORDINARY),
        ("169.254.7.7", AddressKind.HOST_LOCAL),
        ("fe80::1", AddressKind.LINK_LOCAL),
        ("169.254.169.254", AddressKind.ORDINARY),
        ("169.254.170.23", AddressKind.ORDINARY),
        ("fd00:ec2::254", AddressKind.ORDINARY),
        ("0.0.0.0", AddressKind.UNSPECIFIED),  # noqa: S104  # nobody listens
        ("::", AddressKind.UNSPECIFIED),
        ("10.0.0.0", AddressKind.ORDINARY),
        (None, AddressKind.REDACTED),
    ],
)
def test_the_kind_of_an_address(address: str | None, kind: AddressKind) -> None:
    assert kind_of(address) is kind


@pytest.mark.parametrize(
    ("node", "address"),
    [
        ("ip-10-0-1-9.ec2.internal", "10.0.1.9"),
        ("ip-10-0-1-9.eu-west-1.compute.internal", "10.0.1.9"),
        ("ip-10-0-1-9", "10.0.1.9"),
        ("ip-10-0-1-9-a.ec2.internal", None),
        ("ip-10-0-1.ec2.internal", None),
        ("i-0a1b2c3d4e5f60718", None),
        ("fargate-ip-10-0-1-9.ec2.internal", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_read_only_from_a_name_that_encodes_it(
    node: str | None, address: str | None
) -> None:
    assert address_in_name(node) == address
