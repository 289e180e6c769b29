"""The nodes: room for the agent, addresses, packages, and whether their logs leave them."""

from collections.abc import Sequence

from netpolwatch.catalogue.model import Command, Entry
from netpolwatch.catalogue.version_numbers import Version, parse_version
from netpolwatch.doctor.blinded import blinded_without_node_logs, in_words
from netpolwatch.doctor.check import Answer, Check, Status, passed
from netpolwatch.doctor.commands import offered_now, update_addon
from netpolwatch.doctor.facts import Setup, Unread, UnreadError, known

FEWEST_VCPUS = 2
"""The user guide asks one more vCPU for the agent with verdict logs on; pods need some, too."""

FEWEST_ADDRESSES = 16
"""Below it a node that scales up does not get the addresses that one network interface takes."""

_MAC_SET_SINCE = Version(1, 20, 1)
_MOST_NAMED = 5


class NodesHaveHeadroom(Check):
    """The page's one more vCPU."""

    id = "node-headroom"
    title = "Every node has a vCPU to spare for the agent"
    why = "Logging verdicts costs the agent up to one vCPU; on a small node pods starve."
    decided_by = "eks:DescribeNodegroup, ec2:DescribeInstanceTypes"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the smallest instance type of the node groups."""
        types = known(setup.instance_types)
        small = [kind for kind in types if kind.vcpus < FEWEST_VCPUS]
        if not small:
            fewest = min((kind.vcpus for kind in types), default=None)
            text = "no managed node groups" if fewest is None else f"at least {fewest} vCPUs"
            return passed(text)
        named = ", ".join(f"{kind.name} ({kind.vcpus})" for kind in small[:_MOST_NAMED])
        fix = Command("Use an instance type of two or more vCPUs for these node groups.")
        return Answer("warn", f"fewer than {FEWEST_VCPUS} vCPUs: {named}", (fix,))


class SubnetsHaveAddresses(Check):
    """Addresses for pods and interfaces."""

    id = "subnet-addresses"
    title = "The cluster's subnets have free addresses"
    why = "Without an address a pod does not start; the CNI's log tells it only on the node."
    decided_by = "ec2:DescribeSubnets"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the emptiest subnet."""
        subnets = known(setup.subnets)
        low = [subnet for subnet in subnets if subnet.free_addresses < FEWEST_ADDRESSES]
        if not low:
            fewest = min((subnet.free_addresses for subnet in subnets), default=0)
            return passed(f"{len(subnets)} subnets, the emptiest with {fewest} free addresses")
        named = ", ".join(f"{one.id} ({one.free_addresses})" for one in low[:_MOST_NAMED])
        status: Status = "fail" if any(one.free_addresses == 0 for one in low) else "warn"
        fix = Command("Add subnets or a secondary CIDR, or switch prefix delegation on.")
        return Answer(status, f"nearly out of addresses: {named}", (fix,))


class UdevUntouched(Check):
    """AL2023 nodes whose `systemd-udev` was updated rename and re-address the pods' interfaces."""

    id = "systemd-udev"
    title = "systemd-udev was not updated on AL2023 nodes, or the CNI does not mind"
    why = "The update rewrites MAC addresses of pod interfaces; aws-node then panics or times out."
    decided_by = "ssm:ListInventoryEntries (AWS:Application), and vpc-cni v1.20.1 or later"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the add-on's version, then by differing package versions."""
        addon = known(setup.addon)
        version = None if addon is None else parse_version(addon.version)
        if version is not None and version[:3] >= _MAC_SET_SINCE[:3]:
            return passed(f"vpc-cni {version} sets the addresses itself")
        packages = known(setup.udev)
        versions = sorted({package.version for package in packages})
        if not versions:
            raise UnreadError(Unread("ssm:ListInventoryEntries", "no node's inventory shows it"))
        if len(versions) == 1:
            return passed(f"systemd-udev {versions[0]} on {len(packages)} nodes")
        newest = offered_now(setup)
        fix = Command("Replace the nodes that differ by a current AMI; do not update the package.")
        update = () if newest is None or addon is None else (update_addon(setup, newest),)
        return Answer("warn", f"nodes differ: systemd-udev {', '.join(versions)}", (*update, fix))


class NodeLogsShipped(Check):
    """The node's own files, which no default ships."""

    id = "node-logs"
    title = "Logs of the nodes are shipped"
    why = "Faults of the agent and the CNI stand in files on the node; no default ships them."
    decided_by = "logs:DescribeLogGroups by the names that shippers give"

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    def examine(self, setup: Setup) -> Answer:
        """Decide by log groups of the names that shippers use."""
        groups = known(setup.node_log_groups)
        if any(map(holds_node_files, groups)):
            return passed(f"found {', '.join(groups[:_MOST_NAMED])}")
        hidden = in_words(blinded_without_node_logs(self._entries))
        fix = Command(
            "Ship them by Fluent Bit: the configuration is printed by"
            f" netpolwatch setup --cluster {setup.name} --print fluent-bit."
        )
        only = f" ({groups[0]} holds containers' output only)" if groups else ""
        return Answer("warn", f"no log group of node files{only}. Not seen: {hidden}", (fix,))


def holds_node_files(log_group: str) -> bool:
    """Whether a group of this name gets files of the node, and not containers' output alone."""
    return not log_group.startswith("/aws/containerinsights/")
