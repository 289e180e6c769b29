"""Audit events of a Kubernetes API server → facts."""

from netpolwatch.kubernetes.audit.anchors import may_teach
from netpolwatch.kubernetes.audit.reader import read_audit_event

__all__ = ["may_teach", "read_audit_event"]
