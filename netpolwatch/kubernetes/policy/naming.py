"""Names for policies that nobody has written yet."""

import hashlib
import re
from collections.abc import Collection
from typing import Final

_MAX_PART: Final = 22
_DIGEST: Final = 6
_NOT_DNS: Final = re.compile(r"[^a-z0-9]+")


def policy_name(client: str, server: str, port: str, taken: Collection[str]) -> str:
    """Name a policy `allow-<client>-to-<server>-<port>`, as DNS-1123 asks; none that is `taken`."""
    name = f"allow-{_part(client)}-to-{_part(server)}-{_part(port)}"
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 2)))
    return next(each for each in names if each not in taken)


def _part(text: str) -> str:
    """Write a text in letters, digits and hyphens; what is cut off leaves a digest of the whole."""
    plain = _NOT_DNS.sub("-", text.lower()).strip("-") or "x"
    if len(plain) <= _MAX_PART:
        return plain
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
    return f"{plain[: _MAX_PART - _DIGEST - 1].rstrip('-')}-{digest}"
