"""What may differ from line to line of one fault: named masks over the values of its subject.

An entry names the masks of a field (`masks: {interface: [interface]}`), in any order; they are
applied in the order below, so that what is wide goes before what stands within it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

Masks = Mapping[str, tuple[str, ...]]
"""Names of masks, by field."""

# What kubernetes generates names of: no vowels, nothing that looks like another letter.
_RANDOM = "[bcdfghjklmnpqrstvwxz2456789]"

MASKS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    # Only the registry that ECR names by account and region: `docker.io/mine/multus-cni` is
    # somebody else's image, not a copy of EKS's.
    "registry": (
        re.compile(r"^\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?/"),
        "",
    ),
    # With its `@`: a bare `sha256:…` is all that tells one untagged image from another.
    "digest": (re.compile(r"@sha256:[0-9a-f]{64}$"), ""),
    # The whole of it, with its zone: a bare `12:30:01` may be an IPv6 group or a duration.
    "time": (
        re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"),
        "<time>",
    ),
    # All five groups: container ids and image digests are hexadecimal, too.
    "uuid": (
        re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"),
        "<uuid>",
    ),
    # Only what follows the role: two roles are two subjects, two sessions of one are not.
    "session": (re.compile(r"(:assumed-role/[\w+=,.@-]{1,64}/)[\w+=,.@-]{1,64}$"), r"\1<session>"),
    # Host interfaces as the VPC CNI names them: eleven digits of a hash. `eth0` and `ens5` are
    # places of a node and stay.
    "interface": (re.compile(r"\b(?:eni|vlan)[0-9a-f]{11}\b"), "<interface>"),
    # At least eight digits: `i-am` and `eni-pool` are words.
    "aws-id": (
        re.compile(r"\b(i|eni|subnet|sg|vpc|eipassoc|vol)-(?=[a-f]{0,16}\d)[0-9a-f]{8,17}\b"),
        r"\1-<id>",
    ),
    # Two generated parts, or one of five at the end of a DaemonSet's or a policy endpoint's name:
    # `web-canary` keeps its end, since no vowel is ever generated, and so does `db-0`.
    "pod-hash": (
        re.compile(rf"(?:-[a-f0-9]{{6,10}})?-{_RANDOM}{{5}}$"),
        "",
    ),
    # At least two colons and a digit or a second colon: `a:b` may be an image and its tag.
    "address": (
        re.compile(
            r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:]{2,39})"
            r"(?![\w.:])"
        ),
        "<address>",
    ),
    # Rights are given together: who may list may watch, who may create may patch.
    "reads": (re.compile(r"^(?:get|list|watch)$"), "read"),
    "writes": (re.compile(r"^(?:create|update|patch|delete|deletecollection)$"), "write"),
    # What may be patched may be updated: webhooks are asked about both alike.
    "changes": (re.compile(r"^(?:update|patch)$"), "change"),
    # A resource with the API group of the VPC CNI is the same as without: audit events of the CRD
    # name it whole, those of its objects do not. Other groups tell namesakes apart.
    "own-group": (re.compile(r"\.networking\.k8s\.aws$"), ""),
}


@lru_cache(maxsize=4096)
def masked(value: str, names: tuple[str, ...]) -> str:
    """Put what masks stand for in the place of what they cover."""
    for name, (pattern, instead) in MASKS.items():
        if name in names:
            value = pattern.sub(instead, value)
    return value
