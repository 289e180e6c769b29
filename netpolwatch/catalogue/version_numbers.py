"""Version numbers of EKS add-ons and their images: `v1.19.3-eksbuild.1`, and bounds on them."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

_VERSION = r"v?\d{1,5}\.\d{1,5}\.\d{1,5}(?:-eksbuild\.\d{1,5})?"
# A suffix that we do not know (`-rc1`, a fork's `-patched`) makes another version of it.
_FORM = re.compile(
    r"v?(?P<major>\d{1,5})\.(?P<minor>\d{1,5})\.(?P<patch>\d{1,5})"
    r"(?:-eksbuild\.(?P<build>\d{1,5}))?(?:_(?:thick|thin))?"
)
_BOUND = re.compile(rf"\s*(?P<operator>>=|<=|<|>|)\s*(?P<version>{_VERSION})\s*,?")

Operator = Literal["<", "<=", "=", ">=", ">"]
_OPERATORS: dict[str, Operator] = {"<": "<", "<=": "<=", "": "=", ">=": ">=", ">": ">"}


class Version(NamedTuple):
    """A version; `build` is EKS's own, `None` where it is not told."""

    major: int
    minor: int
    patch: int
    build: int | None = None

    @property
    def upstream(self) -> tuple[int, int, int]:
        """The version of the project's own tag, without EKS's build."""
        return self[:3]

    def __str__(self) -> str:
        """Write it without the leading v."""
        number = f"{self.major}.{self.minor}.{self.patch}"
        return number if self.build is None else f"{number}-eksbuild.{self.build}"


class Bound(NamedTuple):
    """One side of a range of versions, or one version alone."""

    operator: Operator
    version: Version

    def holds(self, version: Version) -> bool | None:
        """Tell whether a version is within; `None` where only the build would tell."""
        one, other = version.upstream, self.version.upstream
        if one != other:
            return {"<": one < other, ">": one > other}.get(self.operator[0], False)
        if self.version.build is not None:
            if version.build is None:
                return None
            return _ordered(version.build - self.version.build, self.operator)
        return _ordered(0, self.operator)


def parse_version(text: str) -> Version | None:
    """Read a version, whole; `None` for anything else."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    build = found["build"]
    return Version(
        int(found["major"]),
        int(found["minor"]),
        int(found["patch"]),
        None if build is None else int(build),
    )


def parse_bounds(text: str) -> tuple[Bound, ...]:
    """Read `< v1.2.0`, `>= v1.3.0 <= v1.3.4` or a version alone; raises `ValueError`."""
    bounds: list[Bound] = []
    at = 0
    while at < len(text):
        found = _BOUND.match(text, at)
        version = parse_version(found["version"]) if found else None
        if found is None or version is None:
            raise ValueError(f"not a range of versions such as `>= v1.3.0 < v1.3.5`: {text!r}")
        bounds.append(Bound(_OPERATORS[found["operator"]], version))
        at = found.end()
    if not bounds:
        raise ValueError("names no version")
    return tuple(bounds)


def within(bounds: Sequence[Bound], version: Version) -> bool | None:
    """Tell whether all bounds hold; `None` where that cannot be told."""
    held = [bound.holds(version) for bound in bounds]
    if False in held:
        return False
    return None if None in held else True


def _ordered(difference: int, operator: Operator) -> bool:
    if difference == 0:
        return "=" in operator
    return operator.startswith("<" if difference < 0 else ">")
