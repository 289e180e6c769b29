"""Masks join what one fault writes differently, and keep apart what is not the same."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.loader import load
from netpolwatch.catalogue.masks import MASKS, masked
from netpolwatch.catalogue.model import Entry
from netpolwatch.findings.observation import Place, observe
from tests.unit.findings.making import sighting

ENTRIES: dict[str, Entry] = {entry.id: entry for entry in load()}
ECR = "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/multus-cni:v4.1.4-eksbuild.2_thick"
DIGEST = "@sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("mask", "one", "other"),
    [
        ("registry", ECR, ECR.replace("us-west-2", "eu-central-1").replace("6024", "9009")),
        ("registry", ECR, ECR.replace(".com/", ".com.cn/")),
        ("digest", ECR, ECR + DIGEST),
        ("time", "at 2026-06-09T12:00:00.000Z", "at 2026-06-09 12:00:01+0200"),
        (
            "uuid",
            "pod 1b0c8b8e-7e69-4d3f-9d4f-51d3a6d1f111",
            "pod 5d6f7b18-4f3b-4e0e-8a49-0d1b9a5e7c01",
        ),
        (
            "session",
            "arn:aws:sts::111122223333:assumed-role/Admin/alice",
            "arn:aws:sts::111122223333:assumed-role/Admin/i-0abc",
        ),
        ("interface", "eni9ea69618bf0", "vlan41c07be2d95"),
        ("aws-id", "eni-0c70f6a13ec2ad0d1", "eni-0a70f6a13ec2ad0d2"),
        ("pod-hash", "web-6d4cf56db6-abcde".replace("abcde", "x7k2p"), "web-5c9d8b7f64-2vq8x"),
        ("pod-hash", "aws-node-7x9kq", "aws-node-np4cq"),
        ("address", "dial 10.0.1.44", "dial 2600:1f14:aaa:bb00::5"),
        ("own-group", "policyendpoints.networking.k8s.aws", "policyendpoints"),
    ],
)
def test_what_differs_from_line_to_line_is_masked(mask: str, one: str, other: str) -> None:
    assert one != other
    assert masked(one, (mask,)) == masked(other, (mask,))


@pytest.mark.parametrize(
    ("mask", "value"),
    [
        ("registry", "docker.io/mine/multus-cni:v4.1.4"),
        ("registry", "registry.example.com/602401143452.dkr.ecr.us-west-2.amazonaws.com/x"),
        ("digest", "sha256:" + "0" * 64),
        ("time", "took 12:30:01"),
        ("uuid", "containerd://" + "0a" * 32),
        ("session", "arn:aws:sts::111122223333:assumed-role/Admin"),
        ("interface", "eth0"),
        ("interface", "eni-0c70f6a13ec2ad0d1"),
        ("aws-id", "eni-deadbeef"),
        ("aws-id", "i-am-a-node"),
        ("pod-hash", "web-canary"),
        ("pod-hash", "db-0"),
        ("pod-hash", "coredns"),
        ("address", "multus-cni:v4.1.4"),
        ("address", "12:30"),
        ("address", "v1.19.3.1-build"),
        ("own-group", "policyendpoints.networking.example.com"),
    ],
)
def test_what_tells_subjects_apart_is_left_alone(mask: str, value: str) -> None:
    assert masked(value, (mask,)) == value


@given(st.text(max_size=300))
def test_masks_can_be_applied_twice(value: str) -> None:
    names = tuple(MASKS)
    once = masked(value, names)
    # A generated part may stand before another one: they go one by one, so only its end is judged.
    assert masked(once, names[:-3] + names[-2:]) == once


def subjects(issue: str, *fields: Mapping[str, str]) -> list[object]:
    """Give the subjects of an issue's sightings."""
    seen = [sighting(issue=issue, fields=dict(one)) for one in fields]
    place = Place("retail-prod", "group", "stream")
    return [one.subject for one in observe(seen, ENTRIES, place)]


def test_an_image_is_one_finding_wherever_it_was_pulled_from() -> None:
    images = [ECR, ECR.replace("us-west-2", "eu-central-1"), ECR + DIGEST]
    assert subjects("multus-cve-image", *({"image": image} for image in images)) == [
        {"image": "eks/multus-cni:v4.1.4-eksbuild.2_thick"},
    ]


def test_a_missing_crd_is_one_finding_by_its_deletion_and_by_what_follows() -> None:
    names = ["policyendpoints.networking.k8s.aws", "policyendpoints"]
    assert subjects("policyendpoints-crd-missing", *({"crd": name} for name in names)) == [
        {"crd": "policyendpoints"},
    ]


def test_two_interfaces_of_a_node_are_one_finding() -> None:
    fields = [{"interface": "eni9ea69618bf0"}, {"interface": "eni41c07be2d95"}, {"hash": "0a"}]
    assert len(subjects("npa-link-not-found", *fields)) == 1


def test_every_entry_masks_only_what_it_groups_by() -> None:
    for entry in ENTRIES.values():
        assert set(entry.masks) <= set(entry.group_by)
        assert set(MASKS) >= {name for names in entry.masks.values() for name in names}
