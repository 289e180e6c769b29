"""EKS audit events as Security Lake keeps them: OCSF, class API Activity.

Source: the user guide of Security Lake, source `AWS::EKS` (OCSF 1.1). What OCSF has no place for
stands in `unmapped` by dotted names.
"""

from typing import Any, Final

from netpolwatch.ingest.timestamps import rfc3339

_API_ACTIVITY: Final = 6003
_PRODUCT: Final = "Amazon EKS"


def audit_event(record: dict[str, Any]) -> dict[str, Any] | None:
    """Return the audit event that a record was made of; `None` for any other record."""
    product = _at(record, "metadata", "product", "name")
    if record.get("class_uid") != _API_ACTIVITY or product != _PRODUCT:
        return None
    resources = record.get("resources")
    resource = resources[0] if isinstance(resources, list) and resources else {}
    unmapped = record.get("unmapped")
    beside = unmapped if isinstance(unmapped, dict) else {}
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": beside.get("level") or "Metadata",
        "auditID": _at(record, "api", "request", "uid") or _at(record, "metadata", "uid"),
        "stage": beside.get("stage") or "ResponseComplete",
        "requestURI": _at(record, "http_request", "url", "path"),
        "verb": _at(record, "api", "operation"),
        "user": {
            "username": _at(record, "actor", "user", "name"),
            "groups": _groups(record),
        },
        "userAgent": _at(record, "http_request", "user_agent"),
        "objectRef": {
            "resource": _at(resource, "type"),
            "namespace": _at(resource, "namespace"),
            "name": _at(resource, "name"),
            "apiGroup": _at(record, "api", "group", "name"),
            "apiVersion": _at(record, "api", "version"),
        },
        "responseStatus": {
            "status": record.get("status"),
            "code": _at(record, "api", "response", "code"),
            "message": beside.get("responseStatus.message")
            or _at(record, "api", "response", "message"),
        },
        "stageTimestamp": _time(record),
    }


def _at(value: object, *keys: str) -> Any:  # noqa: ANN401  # JSON
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _groups(record: dict[str, Any]) -> list[str]:
    groups = _at(record, "actor", "user", "groups")
    names = (_at(group, "name") for group in groups) if isinstance(groups, list) else ()
    return [name for name in names if isinstance(name, str)]


def _time(record: dict[str, Any]) -> str | None:
    time = record.get("time")
    return rfc3339(time) if type(time) is int else None
