"""What EKS says of a cluster, its add-on and its node groups."""

from itertools import islice
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from netpolwatch.aws.inspection.reading import is_absent
from netpolwatch.doctor.addon_settings import AddonSettings, SettingsError, read_settings
from netpolwatch.doctor.facts import Addon, Cluster, Read, Reading, Unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_eks import EKSClient
    from mypy_boto3_eks.type_defs import AddonTypeDef, ClusterTypeDef, NodegroupTypeDef

ADDON: Final = "vpc-cni"
MOST_NODE_GROUPS: Final = 100
"""Node groups that are described, a call each; EKS allows more, and types repeat among them."""

_MOST_ISSUES: Final = 5


class Eks:
    """One cluster in EKS; every method is a few read-only calls, and raises `ClientError`."""

    def __init__(self, client: "EKSClient", name: str) -> None:
        self._client = client
        self._name = name

    def described(self) -> "ClusterTypeDef":
        """Return EKS's own description of the cluster."""
        return self._client.describe_cluster(name=self._name)["cluster"]

    def addon(self) -> Addon | None:
        """Return the add-on `vpc-cni`; `None` where it is not installed."""
        try:
            described = self._addon()
        except ClientError as error:
            if is_absent(error):
                return None
            raise
        issues = described.get("health", {}).get("issues", [])[:_MOST_ISSUES]
        return Addon(
            version=described.get("addonVersion", ""),
            status=described.get("status", ""),
            settings=_settings(described.get("configurationValues")),
            health_issues=tuple(
                f"{issue.get('code', '')}: {issue.get('message', '')}" for issue in issues
            ),
        )

    def addon_roles(self) -> tuple[str | None, str | None]:
        """Return the role ARNs of the agent's service account: by pod identity, and by IRSA."""
        associated: str | None = None
        pages = self._client.get_paginator("list_pod_identity_associations").paginate(
            clusterName=self._name, namespace="kube-system", serviceAccount="aws-node"
        )
        for page in pages:
            for association in page["associations"]:
                full = self._client.describe_pod_identity_association(
                    clusterName=self._name, associationId=association["associationId"]
                )
                associated = full["association"].get("roleArn")
        try:
            annotated = self._addon().get("serviceAccountRoleArn")
        except ClientError as error:
            if not is_absent(error):
                raise
            annotated = None
        return associated, annotated

    def _addon(self) -> "AddonTypeDef":
        return self._client.describe_addon(clusterName=self._name, addonName=ADDON)["addon"]

    def offered_versions(self, kubernetes: str) -> tuple[str, ...]:
        """Return the versions of the add-on for a Kubernetes version, newest first."""
        pages = self._client.get_paginator("describe_addon_versions").paginate(
            addonName=ADDON, kubernetesVersion=kubernetes
        )
        return tuple(
            version["addonVersion"]
            for page in pages
            for addon in page["addons"]
            for version in addon.get("addonVersions", [])
        )

    def node_groups(self) -> "Iterator[NodegroupTypeDef]":
        """Yield the managed node groups, at most `MOST_NODE_GROUPS`."""
        names: Iterable[str] = (
            name
            for page in self._client.get_paginator("list_nodegroups").paginate(
                clusterName=self._name
            )
            for name in page["nodegroups"]
        )
        for name in islice(names, MOST_NODE_GROUPS):
            yield self._client.describe_nodegroup(clusterName=self._name, nodegroupName=name)[
                "nodegroup"
            ]


def cluster_of(described: "ClusterTypeDef") -> Cluster:
    """Return the facts of a description."""
    logging = described.get("logging", {}).get("clusterLogging", [])
    return Cluster(
        arn=described.get("arn", ""),
        version=described.get("version", ""),
        platform_version=described.get("platformVersion", ""),
        log_types=frozenset(
            kind for setting in logging if setting.get("enabled") for kind in setting["types"]
        ),
        auto_mode=bool(described.get("computeConfig", {}).get("enabled")),
    )


def _settings(text: str | None) -> Reading[AddonSettings]:
    try:
        return Read(read_settings(text))
    except SettingsError as error:
        return Unread("eks:DescribeAddon", str(error))
