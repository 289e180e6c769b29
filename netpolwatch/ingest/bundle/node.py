"""Which node a bundle comes from."""

import re

from netpolwatch.ingest.bundle.members import Member

_NODE_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_UNAME = re.compile(rf"Linux (?P<node>{_NODE_NAME}) \d")
_HOSTNAME = re.compile(rf"(?P<node>{_NODE_NAME})\s*")
_INSTANCE = re.compile(r"(?P<node>i-[0-9a-f]{8,17})\s*")
_FACTS = (("uname.txt", _UNAME), ("hostname.txt", _HOSTNAME), ("instance-id.txt", _INSTANCE))
"""What tells a node, the best first: kubelet registers a node by the name that `uname` prints."""

_DIAGNOSTIC = re.compile(rf"(?P<node>{_NODE_NAME})-logs\.(?:tar\.gz|tgz|tar|zip)")
_COLLECTOR = re.compile(r"eks_(?P<node>i-[0-9a-f]{8,17})_")
_MAX_ROOTS = 10_000


class NodeNames:
    """The names of a bundle's nodes: most have one, a folder of bundles has several.

    `name` is the bundle's own: `eks_i-0abc…_2026-01-10_1000-UTC_0.7.8.tar.gz` of the log collector
    or `<node>-logs.tar.gz` of the node monitoring agent.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[str, tuple[int, str]] = {}

    def learn(self, member: Member, start: bytes) -> None:
        """Take a name from a member that tells it."""
        text = start.decode("utf-8", "replace")
        for rank, (name, pattern) in enumerate(_FACTS):
            found = pattern.match(text) if member.path.endswith(name) else None
            if found and len(self._known) < _MAX_ROOTS:
                known = self._known.get(member.root, (len(_FACTS), ""))
                self._known[member.root] = min(known, (rank, found["node"]))

    def node_of(self, root: str) -> str | None:
        """Name the node of the files under a root; `None` where nothing tells."""
        parts = root.split("/") if root else []
        for depth in range(len(parts), -1, -1):
            known = self._known.get("/".join(parts[:depth]))
            if known is not None:
                return known[1]
        for part in (*reversed(parts), self._name):
            found = _DIAGNOSTIC.fullmatch(part) or _COLLECTOR.match(part)
            if found:
                return found["node"]
        return None
