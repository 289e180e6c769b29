"""The running version of the VPC CNI, where a person states it because no event does."""

from collections.abc import Sequence

import msgspec

from netpolwatch.catalogue.errors import CatalogueError
from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.version_numbers import parse_version


def running_on(entries: Sequence[Entry], vpc_cni: str | None) -> tuple[Entry, ...]:
    """Return entries that know the running VPC CNI; raises `CatalogueError` for no version."""
    if vpc_cni is None:
        return tuple(entries)
    if parse_version(vpc_cni) is None:
        raise CatalogueError(f"{vpc_cni!r} is no version of the VPC CNI such as v1.19.2-eksbuild.5")
    return tuple(
        msgspec.structs.replace(
            each, versions=msgspec.structs.replace(each.versions, vpc_cni=vpc_cni)
        )
        if each.versions
        else each
        for each in entries
    )
