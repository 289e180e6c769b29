"""Policies by what they select, so that a pod meets only those that may select it."""

from collections.abc import Iterable, Mapping, Sequence

from netpolwatch.kubernetes.policy.spec import NetworkPolicy


class PolicyIndex:
    """Policies of a namespace, in their order."""

    __slots__ = ("_by_label", "_others", "_policies")

    def __init__(self, policies: Iterable[NetworkPolicy]) -> None:
        self._policies = tuple(policies)
        self._by_label: dict[tuple[str, str], list[int]] = {}
        self._others: list[int] = []
        for at, policy in enumerate(self._policies):
            # One of its labels is enough: a pod without that one is not selected.
            pair = next(iter(policy.pod_selector.match_labels.items()), None)
            own = self._others if pair is None else self._by_label.setdefault(pair, [])
            own.append(at)

    def may_select(self, labels: Mapping[str, str] | None) -> Sequence[NetworkPolicy]:
        """Give the policies that may select a pod; all of them where its labels are not known."""
        if labels is None:
            return self._policies
        found = list(self._others)
        for pair in labels.items():
            found += self._by_label.get(pair, ())
        return [self._policies[at] for at in sorted(found)]
