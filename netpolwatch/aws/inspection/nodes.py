"""What EC2 and SSM say of a cluster's subnets and nodes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from netpolwatch.doctor.facts import InstanceType, NodePackage, Subnet

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_eks.type_defs import NodegroupTypeDef
    from mypy_boto3_ssm import SSMClient

_TYPES_A_CALL: Final = 100
_MOST_TYPES: Final = 200
_MOST_SUBNETS: Final = 200
MOST_INSTANCES: Final = 50
"""Nodes whose packages are asked for, a call each."""

_MOST_NODE_GROUPS_NAMED: Final = 5


def instance_types(
    client: "EC2Client", groups: "Sequence[NodegroupTypeDef]"
) -> tuple[InstanceType, ...]:
    """Return the instance types of node groups and their vCPUs; raises `ClientError`."""
    users: dict[str, list[str]] = defaultdict(list)
    for group in groups:
        for name in group.get("instanceTypes", []):
            users[name].append(group.get("nodegroupName", ""))
    names = sorted(users)[:_MOST_TYPES]
    described = []
    for start in range(0, len(names), _TYPES_A_CALL):
        answer = client.describe_instance_types(
            InstanceTypes=names[start : start + _TYPES_A_CALL]  # type: ignore[arg-type]
        )
        described += answer["InstanceTypes"]
    return tuple(
        InstanceType(
            name=one["InstanceType"],
            vcpus=one["VCpuInfo"]["DefaultVCpus"],
            node_groups=tuple(users[one["InstanceType"]][:_MOST_NODE_GROUPS_NAMED]),
        )
        for one in described
    )


def subnets(client: "EC2Client", ids: Iterable[str]) -> tuple[Subnet, ...]:
    """Return the subnets' free addresses; raises `ClientError`."""
    chosen = sorted(set(ids))[:_MOST_SUBNETS]
    if not chosen:
        return ()
    pages = client.get_paginator("describe_subnets").paginate(
        Filters=[{"Name": "subnet-id", "Values": chosen}]
    )
    return tuple(
        Subnet(one["SubnetId"], one["AvailableIpAddressCount"])
        for page in pages
        for one in page["Subnets"]
    )


def node_packages(
    ec2: "EC2Client", ssm: "SSMClient", cluster: str, package: str
) -> tuple[NodePackage, ...]:
    """Return a package of the cluster's nodes as SSM's inventory shows it; raises `ClientError`."""
    return tuple(
        NodePackage(
            instance_id=instance,
            version=entry.get("Version", ""),
        )
        for instance in _nodes(ec2, cluster)
        for entry in ssm.list_inventory_entries(
            InstanceId=instance,
            TypeName="AWS:Application",
            Filters=[{"Key": "Name", "Values": [package], "Type": "Equal"}],
        ).get("Entries", [])
    )


def _nodes(client: "EC2Client", cluster: str) -> tuple[str, ...]:
    pages = client.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": f"tag:kubernetes.io/cluster/{cluster}", "Values": ["owned", "shared"]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ],
        PaginationConfig={"MaxItems": MOST_INSTANCES},
    )
    return tuple(
        instance["InstanceId"]
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation.get("Instances", [])
    )
