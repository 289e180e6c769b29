"""The detectors by their names in the catalogue; a file each."""

from typing import Final

from netpolwatch.catalogue.model import ObjectDetectorName
from netpolwatch.correlation.detector import Build
from netpolwatch.correlation.detectors.missing_endpoints import missing_endpoints
from netpolwatch.correlation.detectors.standalone_pod import standalone_pod

DETECTORS: Final[dict[ObjectDetectorName, Build]] = {
    "missing_endpoints": missing_endpoints,
    "standalone_pod": standalone_pod,
}
