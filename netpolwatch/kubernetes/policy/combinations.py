"""How many combinations of port and protocol policies ask for, as the agent merges them by peer."""

from collections.abc import Iterable
from typing import Final

from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.matching import peer_covers
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy, Rule

MAX_COMBINATIONS: Final = 24
"""That the agent keeps for one peer (its `utils.go`, from v1.0.5); it leaves the others out."""

Combination = tuple[str, int | str | None, int | None]
"""A protocol, a port or its name, and a range's last port."""

_ANY: Final[Combination] = ("ANY", None, None)
"""What a rule without ports takes up: one place, as any other."""


def asked_by(rule: Rule) -> set[Combination]:
    """Give the combinations of one rule; a range is one."""
    asked: set[Combination] = {
        (port.protocol or "TCP", port.port, port.end_port) for port in rule.ports
    }
    return asked or {_ANY}


def asked_for(end: End, policies: Iterable[NetworkPolicy], direction: Direction) -> int:
    """Count for one end: over all rules of policies of one pod whose peers cover it."""
    found: set[Combination] = set()
    for policy in policies:
        for rule in policy.rules(direction):
            covers = (peer_covers(peer, policy.namespace, end) for peer in rule.peers)
            if not rule.peers or True in covers:
                found |= asked_by(rule)
    return len(found)
