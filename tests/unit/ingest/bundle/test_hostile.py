"""A bundle made to harm is refused or bounded, with a clear line; its honest log is read."""

import gzip
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netpolwatch.ingest.bundle.limits import BundleError, Limits
from netpolwatch.ingest.plain import texts_of
from samples import hostile_bundle as hostile
from samples.hostile_bundle import HOSTILE, LINE, LOG, REFUSED, tar_of, zip_of
from tests.unit.ingest.bundle.making import bundle_of, texts

DENY = LINE.decode().rstrip()


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_honest_log_of_a_hostile_bundle_is_read(make: Callable[[], bytes]) -> None:
    content = make()
    tracemalloc.start()
    try:
        bundle = bundle_of(content)
        assert any(DENY in texts_of(block.data) for block in bundle.blocks())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 * 1024 * 1024
    assert len(bundle.notes) < 10


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (
            hostile.traversal,
            "4 members left out: a name that points out of the bundle, first ../..",
        ),
        (hostile.links, "2 members left out: a link, first var_log/messages"),
        (hostile.links, "2 members left out: a device, first kernel/dmesg.current"),
        (hostile.many_members, "90,001 members left out: more members than are looked at"),
        (hostile.nested, "1 member left out: nested too deep, first inner.tar.gz/inner.tar.gz"),
        (
            hostile.bomb_in_tar,
            "1 member: inflates more than 250-fold, as a bomb does, first var_log",
        ),
        (hostile.bomb, "the bundle inflates more than 250-fold, as a bomb does"),
        (hostile.truncated, "the bundle breaks off within its compressed data"),
        (hostile.huge_header, "the bundle breaks off"),
    ],
)
def test_what_is_left_out_is_told(make: Callable[[], bytes], note: str) -> None:
    bundle = bundle_of(make())
    texts(bundle)
    assert any(told.startswith(note) for told in bundle.notes), bundle.notes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            REFUSED["wrapped"](),
            "holds nothing that can be read: 1 member left out: nested too deep",
        ),
        (
            REFUSED["encrypted-zip"](),
            "holds nothing that can be read: 1 member left out: encrypted",
        ),
        (b"\x1f\x8b\x08" + bytes(6) + b"\xff" * 200, "damaged compressed data"),
        (b"PK\x05\x06", "breaks off"),
        (tar_of(("networking/iptables.txt", b"")), "holds no logs that netpolwatch reads"),
        (zip_of(("picture.png", b"\x89PNG")), "holds no logs that netpolwatch reads"),
        (b"\xfd7zXZ\x00" + bytes(600), "compressed in a way that is not read"),
    ],
)
def test_a_bundle_of_which_nothing_can_be_read_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(BundleError, match=said):
        bundle_of(content)


def test_a_lying_size_is_not_believed() -> None:
    assert texts(bundle_of(hostile.lying_zip())).count(DENY) == 1001


def test_strange_names_are_read_and_kept_as_they_are() -> None:
    members = bundle_of(hostile.strange_names()).members
    assert [member.component for member in members] == ["network-policy-agent", *["host"] * 3]


def test_every_bound_can_be_set() -> None:
    content = gzip.compress(tar_of((LOG, LINE * 10_000), ("var_log/messages", b"x" * 2_000_000)))
    short = bundle_of(content, limits=Limits(member_bytes=1000, line_bytes=300))
    lines = texts(short)
    assert len("".join(lines)) <= 2000
    assert "2 members left out: the rest of a member that is too long" in short.notes[0]
    little = bundle_of(content, limits=Limits(total_bytes=6_000_000))
    assert texts(little)
    assert little.notes == ("the bundle inflates beyond 6,000,000 bytes",)
    few = bundle_of(
        tar_of(*((f"x/{n}.log", LINE) for n in range(50))), limits=Limits(members=9, counted=20)
    )
    assert few.notes[0] == "the bundle lists more than 20 members"
    assert len(few.members) == 9


def test_a_zip_too_big_to_hold_is_left() -> None:
    inner = zip_of((LOG, LINE))
    content = tar_of(("inner.zip", inner), (LOG, LINE))
    assert len(texts(bundle_of(content))) == 2
    assert len(texts(bundle_of(content, limits=Limits(spooled_bytes=50)))) == 1


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_never_raises_but_a_bundle_error(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(_WHOLE))
    place = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.integers(place, len(whole)))
    damaged = whole[:place] + data.draw(st.binary(max_size=20)) + whole[cut:]
    with suppress(BundleError):
        list(bundle_of(damaged).records())


_WHOLE = [
    tar_of((LOG, LINE), ("var_log/messages", b"x" * 2000)),
    gzip.compress(tar_of((LOG, LINE), ("inner.zip", zip_of((LOG, LINE))))),
    zip_of((LOG, LINE), ("inner.tar.gz", gzip.compress(tar_of((LOG, LINE))))),
]
