"""What a ClusterRole must allow for network policies to work, and what one lacks.

One comparison for every place where a role is seen: a write in the audit log, a listing, a check of
the set-up. What is required is data (`rights/*.yaml`).
"""

from collections.abc import Iterable, Sequence

import msgspec

_EVERY = "*"


class RoleRule(msgspec.Struct, frozen=True):
    """A rule of a role, as the API `rbac.authorization.k8s.io/v1` has it."""

    groups: tuple[str, ...] | None = msgspec.field(default=None, name="apiGroups")
    resources: tuple[str, ...] | None = None
    verbs: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = msgspec.field(default=None, name="resourceNames")

    def allows(self, group: str, resource: str, verb: str) -> bool:
        """Whether it allows a verb on all objects of a resource."""
        return (
            not self.names
            and _holds(self.groups, group)
            and _covers(self.resources, resource)
            and _holds(self.verbs, verb)
        )


class Required(msgspec.Struct, frozen=True):
    """Verbs that are needed on a resource, in each of some API groups."""

    groups: tuple[str, ...]
    resource: str
    verbs: tuple[str, ...]

    def lacking(self, rules: Sequence[RoleRule]) -> tuple[str, ...]:
        """Return the verbs that rules do not allow."""
        return tuple(
            verb
            for verb in self.verbs
            if not all(
                any(rule.allows(group, self.resource, verb) for rule in rules)
                for group in self.groups
            )
        )


class Later(msgspec.Struct, frozen=True):
    """What versions of the VPC CNI need from one on."""

    since: str
    source: str
    rules: tuple[Required, ...]


class RequiredRights(msgspec.Struct, frozen=True):
    """What is required of the roles of these names."""

    names: tuple[str, ...]
    source: str
    rules: tuple[Required, ...]
    later: tuple[Later, ...] = ()


def missing_rights(required: RequiredRights, rules: Sequence[RoleRule]) -> str:
    """Return what a role lacks, in words; empty where it allows all.

    Rights of later versions are asked of a role that has some of them.
    """
    later = (each.rules for each in required.later if _has_some(each.rules, rules))
    needed = (*required.rules, *(rule for group in later for rule in group))
    return "; ".join(_words(each, rules) for each in needed if each.lacking(rules))


def _has_some(needed: Iterable[Required], rules: Sequence[RoleRule]) -> bool:
    plain = [rule for rule in rules if _EVERY not in (rule.resources or ())]
    return any(len(each.lacking(plain)) < len(each.verbs) for each in needed)


def _words(needed: Required, rules: Sequence[RoleRule]) -> str:
    return f"{needed.resource}: {', '.join(needed.lacking(rules))}"


def _covers(given: Sequence[str] | None, resource: str) -> bool:
    """Whether resources cover one; `*/status` covers that of all."""
    _, slash, subresource = resource.partition("/")
    return _holds(given, resource) or bool(slash and given and f"*/{subresource}" in given)


def _holds(given: Sequence[str] | None, wanted: str) -> bool:
    return given is not None and (wanted in given or _EVERY in given)
