"""The add-on `vpc-cni` itself: is it there, is it well, is its release known for a fault."""

from netpolwatch.catalogue.model import Command
from netpolwatch.catalogue.releases import agent_of
from netpolwatch.catalogue.version_numbers import Version, parse_version
from netpolwatch.doctor.advisories import advisories_of
from netpolwatch.doctor.check import Answer, Check, Status, passed
from netpolwatch.doctor.commands import aws, offered_now, update_addon
from netpolwatch.doctor.facts import Addon, Setup, Unread, UnreadError, known

OLDEST_WITH_POLICIES = Version(1, 14, 0, 3)
"""The first add-on that carries the agent and takes its settings (user guide)."""


def addon_of(setup: Setup) -> Addon | None:
    """Return the managed add-on; `None` in Auto Mode, where EKS runs the agent itself.

    Raises `UnreadError` for a self-managed CNI, too: the API does not know its settings.
    """
    addon = known(setup.addon)
    if addon is None and not known(setup.cluster).auto_mode:
        reason = "vpc-cni is not a managed add-on, so EKS does not know its settings"
        raise UnreadError(Unread("eks:DescribeAddon", reason))
    return addon


class AddonInstalled(Check):
    """Without the add-on nobody but kubectl knows how the agent is set up."""

    id = "addon-installed"
    title = "vpc-cni is a managed add-on with a network policy agent"
    why = (
        "The agent that enforces and logs policies comes with vpc-cni v1.14.0-eksbuild.3 or later."
    )
    decided_by = "eks:DescribeAddon"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the add-on's version."""
        addon = known(setup.addon)
        if addon is None:
            if known(setup.cluster).auto_mode:
                return passed("Auto Mode: EKS runs the CNI and the agent on its nodes itself")
            return Answer("warn", "vpc-cni is not a managed add-on", _adopt(setup))
        version = parse_version(addon.version)
        if version is not None and version[:3] < OLDEST_WITH_POLICIES[:3]:
            newer = offered_now(setup)
            fix = () if newer is None else (update_addon(setup, newer),)
            return Answer("fail", f"{addon.version} has no network policy agent", fix)
        return passed(f"vpc-cni {addon.version}{_agent_in_words(version)}")


class AddonHealthy(Check):
    """EKS's own view of the add-on."""

    id = "addon-healthy"
    title = "EKS reports no health issue of the add-on"
    why = "A degraded add-on keeps old settings on some nodes: what the API shows is not what runs."
    decided_by = "eks:DescribeAddon (status, health)"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the status and the health issues."""
        addon = addon_of(setup)
        if addon is None:
            return passed("Auto Mode: no add-on")
        if addon.status == "ACTIVE" and not addon.health_issues:
            return passed("ACTIVE, without health issues")
        issues = "; ".join(addon.health_issues) or "no health issue is named"
        look = Command(
            "See the add-on's pods.",
            "kubectl -n kube-system get pods -l k8s-app=aws-node -o wide",
        )
        status: Status = "fail" if addon.health_issues or "FAILED" in addon.status else "warn"
        return Answer(status, f"{addon.status}: {issues}", (look,))


class AgentWithoutAdvisories(Check):
    """The release's agent, and what is published about it."""

    id = "agent-advisories"
    title = "The running release has no published fault"
    why = "Some releases let traffic bypass policies, or drop what policies allow."
    decided_by = "the add-on's version, its agent, and the published faults of both"

    def examine(self, setup: Setup) -> Answer:
        """Decide by upstream's tags."""
        addon = addon_of(setup)
        if addon is None:
            return passed("Auto Mode: EKS updates the agent itself")
        version = parse_version(addon.version)
        if version is None:
            raise UnreadError(Unread("eks:DescribeAddon", f"unknown form: {addon.version}"))
        agent = agent_of(version)
        affecting = advisories_of(version, agent)
        if not affecting and agent is None:
            reason = f"no table says which agent {addon.version} carries"
            raise UnreadError(Unread("the table of releases", reason))
        if not affecting:
            return passed(f"nothing is published of agent {agent}")
        texts = "; ".join(advisory.text for advisory in affecting)
        newest = offered_now(setup)
        fix = () if newest in {None, addon.version} else (update_addon(setup, str(newest)),)
        status: Status = "fail" if affecting[0].weight == "high" else "warn"
        evidence = f"{addon.version}, agent {agent}, by upstream's tags: {texts}"
        return Answer(status, evidence, fix, (f"v{agent}" if agent else addon.version,))


class AddonUpToDate(Check):
    """Whether EKS offers a newer build."""

    id = "addon-up-to-date"
    title = "The add-on is the newest that EKS offers for this Kubernetes version"
    why = "Fixes of the agent come with the add-on."
    decided_by = "eks:DescribeAddonVersions"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the versions that EKS offers."""
        addon = addon_of(setup)
        if addon is None:
            return passed("Auto Mode: EKS updates the agent itself")
        offered = known(setup.offered_versions)
        if not offered or addon.version == offered[0]:
            return passed(f"{addon.version} is the newest")
        newer, running = parse_version(offered[0]), parse_version(addon.version)
        if newer is not None and running is not None and newer[:3] < running[:3]:
            return passed(f"{addon.version} is newer than the newest offered, {offered[0]}")
        return Answer(
            "warn",
            f"{addon.version} runs, {offered[0]} is offered",
            (update_addon(setup, offered[0]),),
        )


def _agent_in_words(version: Version | None) -> str:
    agent = None if version is None else agent_of(version)
    return "" if agent is None else f", agent {agent}"


def _adopt(setup: Setup) -> tuple[Command, ...]:
    return (
        Command(
            "See what runs: a self-managed CNI is set up by Helm or kubectl"
            f" (netpolwatch setup --cluster {setup.name} prints both).",
            "kubectl -n kube-system get daemonset aws-node"
            " -o jsonpath='{.spec.template.spec.containers[*].image}'",
        ),
        Command(
            "Or let EKS manage it; settings that differ from the add-on's defaults are kept.",
            aws(
                setup, "eks", "create-addon", "--cluster-name", setup.name,
                "--addon-name", "vpc-cni", "--resolve-conflicts", "PRESERVE",
            ),
        ),
    )  # fmt: skip
