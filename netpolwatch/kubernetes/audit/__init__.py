"""Audit events of a Kubernetes API server → facts."""

from netpolwatch.kubernetes.audit.anchors import may_teach
from netpolwatch.kubernetes.audit.done import body_after, read_write
from netpolwatch.kubernetes.audit.event import Event, decode_event
from netpolwatch.kubernetes.audit.reader import read_audit_event

__all__ = ["Event", "body_after", "decode_event", "may_teach", "read_audit_event", "read_write"]
