"""Short histories as `examples` have them: a few words for each audit event, and when it was.

Of `{after: 2s, verb: create, resource: pods, namespace: shop, response: {…}}` an audit event is
made as kube-apiserver writes it. A `line` stands for itself.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Self

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from netpolwatch.ingest.durations import duration_ms
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.timestamps import rfc3339

_BEGIN_MS: Final = 1_780_300_800_000  # 2026-06-01T08:00:00Z
_HEARTBEAT_MS: Final = 5 * 60_000
_NODE: Final = "ip-10-0-64-172.ec2.internal"
_GROUP: Final = "/aws/eks/prod/cluster"
_AUDIT_STREAM: Final = "kube-apiserver-audit-5d496d0f8eacd205be538ae84c6dd814"
_AGENT_STREAM: Final = "aws-network-policy-agent-audit-5f1d7c0a-0b1e-4a53-8a31-1f0e6c2b7d11"
_API_GROUPS: Final = {
    "clusterrolebindings": "rbac.authorization.k8s.io",
    "clusterroles": "rbac.authorization.k8s.io",
    "cronjobs": "batch",
    "customresourcedefinitions": "apiextensions.k8s.io",
    "daemonsets": "apps",
    "deployments": "apps",
    "jobs": "batch",
    "networkpolicies": "networking.k8s.io",
    "policyendpoints": "networking.k8s.aws",
    "replicasets": "apps",
    "statefulsets": "apps",
}
_CREATED, _DONE = 201, 200

_After = Annotated[int, BeforeValidator(duration_ms)]
_Object = dict[str, Any]


class EventFile(BaseModel):
    """An audit event in a few words; times are since the beginning of the history.

    `resource` may name a subresource (`pods/status`), `group` the API group where it is not the
    resource's usual one. `response` is the object as it is after the write, `request` what was
    sent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: _After = 0
    line: Annotated[str, Field(max_length=20_000)] | None = None
    verb: str = "create"
    resource: str = ""
    group: str | None = None
    namespace: str | None = None
    name: str | None = None
    user: str = "arn:aws:sts::111122223333:assumed-role/Admin/alice"
    code: int | None = None
    message: str | None = None
    dry_run: bool = False
    request: _Object | None = None
    response: _Object | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.line) == bool(self.resource):
            raise ValueError("needs exactly one of: line, resource")
        return self

    def text(self) -> str:
        """Return the log event's text."""
        return self.line or msgspec.json.encode(self._audit_event()).decode()

    def record(self, number: int) -> Record:
        """Return the log event with its place; `number` makes its id."""
        event = LogEvent(self.text(), f"{number:056d}", _BEGIN_MS + self.after)
        return Record(number, event, _GROUP, _AGENT_STREAM if self.line else _AUDIT_STREAM)

    def _audit_event(self) -> _Object:
        code = self.code or (_CREATED if self.verb == "create" else _DONE)
        time = rfc3339(_BEGIN_MS + self.after)
        reference, uri = self._reference()
        event: _Object = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "RequestResponse" if self.request or self.response else "Metadata",
            "auditID": self._audit_id(),
            "stage": "ResponseComplete",
            "requestURI": f"{uri}?dryRun=All" if self.dry_run else uri,
            "verb": self.verb,
            "user": {"username": self.user, "groups": ["system:authenticated"]},
            "sourceIPs": ["10.0.147.16"],
            "objectRef": reference,
            "responseStatus": {"metadata": {}, "code": code, **self._words()},
            "requestObject": self.request,
            "responseObject": self.response,
            "requestReceivedTimestamp": time,
            "stageTimestamp": time,
        }
        return {key: value for key, value in event.items() if value is not None}

    def _words(self) -> _Object:
        return {} if self.message is None else {"message": self.message}

    def _audit_id(self) -> str:
        return f"{self.after}/{self.verb}/{self.resource}/{self.namespace}/{self.name}"

    def _reference(self) -> tuple[_Object, str]:
        resource, _, subresource = self.resource.partition("/")
        group = self.group if self.group is not None else _API_GROUPS.get(resource, "")
        names = {
            "resource": resource, "namespace": self.namespace, "name": self.name,
            "apiGroup": group or None, "apiVersion": "v1", "subresource": subresource or None,
        }  # fmt: skip
        place = f"/namespaces/{self.namespace}" if self.namespace else ""
        path = f"/apis/{group}/v1" if group else "/api/v1"
        parts = "/".join(part for part in (resource, self.name, subresource) if part)
        return {key: value for key, value in names.items() if value}, f"{path}{place}/{parts}"


def records_of(events: tuple[EventFile, ...], until_ms: int) -> list[Record]:
    """Return a history in the order of its times, with a node's heartbeats until its end."""
    beats = _heartbeats(max([until_ms, *(event.after for event in events)]))
    ordered = sorted([*events, *beats], key=lambda event: event.after)
    return [event.record(number) for number, event in enumerate(ordered, start=1)]


def _heartbeats(until_ms: int) -> Iterator[EventFile]:
    for after in range(0, until_ms + 1, _HEARTBEAT_MS):
        yield EventFile.model_construct(
            after=after,
            verb="patch",
            resource="nodes/status",
            name=_NODE,
            user=f"system:node:{_NODE}",
            request={
                "status": {
                    "conditions": [
                        {"type": "Ready", "lastHeartbeatTime": rfc3339(_BEGIN_MS + after)}
                    ]
                }
            },
        )
