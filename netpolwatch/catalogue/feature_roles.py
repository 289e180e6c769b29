"""The RBAC objects that network policies live by: who changed them, and what is missing now.

What they must allow is data: see `netpolwatch.kubernetes.rights`. Names: the EKS user guide's
troubleshooting page for network policies.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from netpolwatch.catalogue.required_rights import REQUIRED_RIGHTS
from netpolwatch.kubernetes.audit import Event, body_after, read_write
from netpolwatch.kubernetes.rights import RequiredRights, RoleRule, missing_rights

_AGENT_ROLE = "aws-node"
_CONTROLLER_ROLES = ("eks:network-policy-controller", "amazon-network-policy-controller-k8s")
_NAMES = (_AGENT_ROLE, *_CONTROLLER_ROLES)
_ACCOUNT = "ServiceAccount"
_AGENT = (_ACCOUNT, "kube-system", _AGENT_ROLE)
_AGENT_BY_OTHER_NAMES = {
    ("User", "system:serviceaccount:kube-system:aws-node"),
    ("Group", "system:serviceaccounts:kube-system"),
    ("Group", "system:serviceaccounts"),
}
_OWN_ENDINGS = (
    "",
    "-role",
    "-rolebinding",
    "-binding",
    "-manager-role",
    "-manager-rolebinding",
)
"""What a self-managed controller's own role and binding end with; others of its chart are no part
of its work (metrics, leader election, roles for people)."""

_WATCHED = {_AGENT_ROLE, *(f"{role}{end}" for role in _CONTROLLER_ROLES for end in _OWN_ENDINGS)}
_SERVICE_ITSELF = "eks:"
"""EKS writes its own objects at every update of an add-on."""


class _Role(msgspec.Struct, frozen=True):
    kind: str = ""
    rules: tuple[RoleRule, ...] | None = None
    aggregated: dict[str, msgspec.Raw] | None = msgspec.field(default=None, name="aggregationRule")


class _Subject(msgspec.Struct, frozen=True):
    kind: str = ""
    name: str = ""
    namespace: str = ""

    def is_of(self, role: str) -> bool:
        """Whether it is who works by a role: the agent, EKS's controller, or a self-managed one."""
        if role == _AGENT_ROLE:
            known = (self.kind, self.namespace, self.name) == _AGENT
            return known or (self.kind, self.name) in _AGENT_BY_OTHER_NAMES
        return self.name == role or (self.kind == _ACCOUNT and self.name.startswith(role))


class _Binding(msgspec.Struct, frozen=True):
    kind: str = ""
    subjects: tuple[_Subject, ...] | None = None


class RoleChange(NamedTuple):
    """A write of one of these objects.

    Attributes
    ----------
    missing
        What the feature needs and the object no longer gives, in words; empty where it gives all,
        `None` where the event does not tell.
    """

    user: str
    verb: str
    resource: str
    name: str
    missing: str | None

    @property
    def routine(self) -> bool:
        """Whether EKS itself wrote it."""
        return self.user.startswith(_SERVICE_ITSELF)

    @property
    def words(self) -> str:
        """The change in words."""
        change = f"{self.user}: {self.verb} {self.resource}/{self.name}"
        return f"{change}; missing: {self.missing}" if self.missing else change


@lru_cache(maxsize=1)
def find_role_change(text: str) -> RoleChange | None:
    """Read a change of the feature's roles or bindings from an audit event."""
    if not any(name in text for name in _NAMES):
        return None
    write = read_write(text)
    if write is None or write.reference.api_group != "rbac.authorization.k8s.io":
        return None
    name, resource = write.reference.name or "", write.reference.resource
    if name not in _WATCHED:
        return None
    if resource not in _MISSING_IN:
        return None
    missing = "all of it" if write.verb == "delete" else _MISSING_IN[resource](write, name)
    return RoleChange(write.user.username, write.verb, resource, name, missing)


def required_of(name: str) -> RequiredRights | None:
    """Return what is required of a ClusterRole; `None` of one that the feature does not live by."""
    if name not in _WATCHED:
        return None
    return next(each for each in REQUIRED_RIGHTS if name.startswith(each.names))


def _missing_in_role(write: Event, name: str) -> str | None:
    role = body_after(write, _Role)
    if role is None or role.kind != "ClusterRole" or role.aggregated is not None:
        return None
    required = required_of(name)
    return None if required is None else missing_rights(required, role.rules or ())


def _missing_in_binding(write: Event, name: str) -> str | None:
    binding = body_after(write, _Binding)
    if binding is None or binding.kind != "ClusterRoleBinding":
        return None
    subject = next(known for known in _NAMES if name.startswith(known))
    bound = any(one.is_of(subject) for one in binding.subjects or ())
    return "" if bound else f"the subject {subject}"


_MISSING_IN: Final = {
    "clusterroles": _missing_in_role,
    "clusterrolebindings": _missing_in_binding,
}
