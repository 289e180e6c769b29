"""Which audit events are writes that were done, and what they say of the object."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.kubernetes.audit import body_after, read_write
from tests.unit.catalogue.auditing import ALICE, audited

POD = {"resource": "pods", "namespace": "shop", "name": "web-0"}


class Body(msgspec.Struct, frozen=True):
    kind: str = ""


def test_a_write_tells_who_wrote_what() -> None:
    write = read_write(audited("create", POD))
    assert write is not None
    assert (write.verb, write.user.username, write.reference.namespace) == ("create", ALICE, "shop")


@pytest.mark.parametrize(
    ("verb", "changes"),
    [
        ("get", {}),
        ("watch", {}),
        ("create", {"responseStatus": {"code": 403}}),
        ("create", {"responseStatus": None}),
        ("create", {"stage": "RequestReceived"}),
        ("create", {"requestURI": "/api/v1/namespaces/shop/pods?dryRun=All"}),
        ("patch", {"objectRef": POD | {"subresource": "status"}}),
        ("create", {"objectRef": None}),
        ("create", {"user": 7}),
    ],
)
def test_anything_else_is_no_write(verb: str, changes: dict[str, object]) -> None:
    assert read_write(audited(verb, POD, **changes)) is None


@pytest.mark.parametrize(
    ("verb", "bodies", "kind"),
    [
        ("create", {"requestObject": {"kind": "Sent"}}, "Sent"),
        ("create", {"requestObject": {"kind": "Sent"}, "responseObject": {"kind": "Kept"}}, "Kept"),
        ("patch", {"requestObject": {"kind": "Sent"}, "responseObject": {"kind": "Kept"}}, "Kept"),
        ("patch", {"requestObject": {"kind": "Sent"}}, None),
        ("update", {}, None),
        ("update", {"responseObject": None}, None),
        ("update", {"responseObject": [1]}, None),
        ("update", {"responseObject": {"kind": 7}}, None),
    ],
)
def test_the_object_after_a_write_is_the_whole_one(
    verb: str, bodies: dict[str, object], kind: str | None
) -> None:
    write = read_write(audited(verb, POD, **bodies))
    assert write is not None
    body = body_after(write, Body)
    assert (body.kind if body else None) == kind


@given(
    st.one_of(st.text(max_size=200), st.binary(max_size=50).map(lambda raw: raw.decode("latin")))
)
def test_no_text_is_too_odd(text: str) -> None:
    assert read_write(text) is None


@pytest.mark.parametrize("text", ["[" * 100_000, '{"verb":"create\ud800"}', " " * 1_048_577])
def test_a_hostile_text_is_no_write(text: str) -> None:
    assert read_write(text) is None
