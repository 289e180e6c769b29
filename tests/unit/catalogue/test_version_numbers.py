"""Versions as EKS writes them, and bounds on them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.version_numbers import Version, parse_bounds, parse_version, within

numbers = st.integers(0, 99)
versions = st.builds(Version, numbers, numbers, numbers, st.none() | numbers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v1.19.3-eksbuild.1", Version(1, 19, 3, 1)),
        ("1.2.0", Version(1, 2, 0)),
        ("v4.1.4-eksbuild.2_thick", Version(4, 1, 4, 2)),
        ("v1.2", None),
        ("v1.4.2-rc1", None),
        ("v1.2.3-patched", None),
        ("latest", None),
        ("", None),
        ("v" + "9" * 100 + ".1.1", None),
    ],
)
def test_a_version_is_read_whole_or_not_at_all(text: str, expected: Version | None) -> None:
    assert parse_version(text) == expected


@pytest.mark.parametrize(
    ("bounds", "version", "expected"),
    [
        ("< v1.2.0", "v1.1.6-eksbuild.2", True),
        ("< v1.2.0", "v1.2.0-eksbuild.1", False),
        (">= v1.3.0 <= v1.3.4", "v1.3.4-eksbuild.9", True),
        (">= v1.3.0 <= v1.3.4", "v1.3.5", False),
        (">= v1.3.0, < v1.3.5", "v1.2.7", False),
        ("> v1.3.0", "v1.3.0", False),
        ("v1.19.3-eksbuild.1", "v1.19.3-eksbuild.1", True),
        ("v1.19.3-eksbuild.1", "v1.19.3-eksbuild.2", False),
        ("v1.19.3-eksbuild.1", "v1.19.3", None),
        ("v1.19.3-eksbuild.1", "v1.19.4", False),
        ("< v1.19.3-eksbuild.2", "v1.19.3-eksbuild.1", True),
    ],
)
def test_a_range_holds_a_version_or_does_not_tell(
    bounds: str, version: str, expected: bool | None
) -> None:
    number = parse_version(version)
    assert number is not None
    assert within(parse_bounds(bounds), number) is expected


@pytest.mark.parametrize("text", ["", "older than v1.2.0", "< v1.2", "< v1.2.0 or so", "<< v1.2.0"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="version"):
        parse_bounds(text)


@given(versions)
def test_a_version_is_read_as_it_is_written(version: Version) -> None:
    assert parse_version(str(version)) == version


@given(versions, versions)
def test_older_and_not_older_exclude_each_other(one: Version, other: Version) -> None:
    older = within(parse_bounds(f"< v{other}"), one)
    newer = within(parse_bounds(f">= v{other}"), one)
    assert (older is None) == (newer is None)
    assert older is None or older != newer
