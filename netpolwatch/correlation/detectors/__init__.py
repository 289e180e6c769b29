"""The detectors by their names in the catalogue; a file each."""

from typing import Final

from netpolwatch.catalogue.model import ObjectDetectorName
from netpolwatch.correlation.detector import Build
from netpolwatch.correlation.detectors.absence import absence
from netpolwatch.correlation.detectors.blind_spots import blind_spots
from netpolwatch.correlation.detectors.branch_interface import (
    branch_interface_late,
    branch_interface_missing,
)
from netpolwatch.correlation.detectors.contradictions import contradictions
from netpolwatch.correlation.detectors.disabled_with_policies import disabled_with_policies
from netpolwatch.correlation.detectors.endpoint_lag import endpoint_lag
from netpolwatch.correlation.detectors.log_flag_drift import log_flag_drift
from netpolwatch.correlation.detectors.missing_endpoints import missing_endpoints
from netpolwatch.correlation.detectors.pod_address import pod_without_address
from netpolwatch.correlation.detectors.policy_engines import policy_engines
from netpolwatch.correlation.detectors.role_rights import role_rights
from netpolwatch.correlation.detectors.standalone_pod import standalone_pod
from netpolwatch.correlation.detectors.strict_fallback import strict_fallback
from netpolwatch.correlation.detectors.stuck_terminating import stuck_terminating
from netpolwatch.correlation.detectors.version_advisory import version_advisory

DETECTORS: Final[dict[ObjectDetectorName, Build]] = {
    "absence": absence,
    "blind_spots": blind_spots,
    "branch_interface_late": branch_interface_late,
    "branch_interface_missing": branch_interface_missing,
    "contradictions": contradictions,
    "disabled_with_policies": disabled_with_policies,
    "endpoint_lag": endpoint_lag,
    "log_flag_drift": log_flag_drift,
    "missing_endpoints": missing_endpoints,
    "pod_without_address": pod_without_address,
    "policy_engines": policy_engines,
    "role_rights": role_rights,
    "standalone_pod": standalone_pod,
    "strict_fallback": strict_fallback,
    "stuck_terminating": stuck_terminating,
    "version_advisory": version_advisory,
}
