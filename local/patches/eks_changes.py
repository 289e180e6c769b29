# ruff: noqa: SLF001 - a patch reaches into what it patches
"""EKS changes a cluster's logging, and says which versions of an add-on there are.

Gap of MiniStack 1.5.33: UpdateClusterConfig and DescribeAddonVersions have no route. In AWS the
first log type that is switched on makes the control plane's log group.
"""

import json
from typing import Final

from local.patches._ministack import Json, Response, eks, logs, replace, require

_VERSIONS: Final = ("v1.23.0-eksbuild.1", "v1.22.4-eksbuild.1", "v1.20.0-eksbuild.1")


def apply() -> None:
    """Put the two routes before the stock ones."""
    require(eks, "_json_resp", "status", "body")
    require(logs, "_create_log_group", "data")

    def handle(
        method: str, path: str, headers: Json, body_bytes: bytes | str, query_params: Json
    ) -> Response:
        parts = path.strip("/").split("/")
        if method == "POST" and parts[::2] == ["clusters", "update-config"]:
            return _change_logging(parts[1], json.loads(body_bytes or "{}"))
        if method == "GET" and parts == ["addons", "supported-versions"]:
            return _versions(query_params)
        response: Response = stock(method, path, headers, body_bytes, query_params)
        return response

    stock = replace(eks, "_handle_request_sync", handle)


def _change_logging(name: str, body: Json) -> Response:
    cluster = eks._clusters.get(name)
    if cluster is None:
        found: Response = eks._describe_cluster(name)
        return found
    for setting in body.get("logging", {}).get("clusterLogging", []):
        cluster["logging"] = {"clusterLogging": [setting]}
        if setting.get("enabled"):
            logs._create_log_group({"logGroupName": f"/aws/eks/{name}/cluster"})
    update = {"id": "update", "status": "InProgress", "type": "LoggingUpdate"}
    response: Response = eks._json_resp(200, {"update": update})
    return response


def _versions(query: Json) -> Response:
    name = query.get("addonName", "vpc-cni")
    addon = {
        "addonName": name[0] if isinstance(name, list) else name,
        "addonVersions": [{"addonVersion": version} for version in _VERSIONS],
    }
    response: Response = eks._json_resp(200, {"addons": [addon]})
    return response
