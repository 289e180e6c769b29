"""`netpolwatch.yaml`: what to watch, whom to notify, how much to keep.

Everything has a default but the clusters; for one cluster no file is needed at all
(`-c cluster=prod -c email=me@example.com`).
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from netpolwatch.catalogue.errors import CatalogueError
from netpolwatch.catalogue.loader import load, load_files
from netpolwatch.catalogue.model import Entry, Severity
from netpolwatch.catalogue.private import Change, changed, with_private
from netpolwatch.catalogue.problem_words import NO_SUCH_KEY, problems_of
from netpolwatch.catalogue.stated import running_on
from netpolwatch.catalogue.version_numbers import parse_version
from netpolwatch.findings.rules import Rules
from netpolwatch.ingest.durations import duration_ms
from netpolwatch.ingest.origin import GroupKind
from netpolwatch.reporting.configuration import (
    Setting,
    configuration_page,
    effective,
    meanings,
)
from netpolwatch.settings import Settings
from netpolwatch.subscription.folded import UncoveredError, folded_pattern
from netpolwatch.subscription.pattern import MAX_PATTERN_CHARS
from netpolwatch.subscription.rights import too_long
from netpolwatch.subscription.spec import SubscriptionSpec
from netpolwatch.subscription.split import split_patterns

DEFAULT_FILE = Path("netpolwatch.yaml")

# As many as fit into the policies with names of any length; see `netpolwatch.subscription.rights`.
MAX_LOG_GROUPS = 30
_MAX_FILE_BYTES = 1_000_000

# The values that CloudWatch Logs accepts, in days.
_LOG_RETENTION_DAYS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922}
    | {3288, 3653}
)
_MS = timedelta(milliseconds=1)
_LONGEST_DELAY = timedelta(minutes=15)


class ConfigError(Exception):
    """The configuration cannot be used; the text names the file, the field and the reason."""


def own_log_prefix(stack_name: str) -> str:
    """Prefix of the log groups of our own functions, which are never subscribed."""
    return f"/aws/lambda/{stack_name}-"


def parse_duration(value: object) -> timedelta:
    """`90s`, `15m`, `24h` or `7d`; raises `ValueError` for anything else."""
    return timedelta(milliseconds=duration_ms(value))


def _known_retention(days: int) -> int:
    if days not in _LOG_RETENTION_DAYS:
        accepted = ", ".join(map(str, sorted(_LOG_RETENTION_DAYS)))
        raise ValueError(f"CloudWatch Logs keeps {accepted} days, not {days}")
    return days


def _at_most_a_delay(time: timedelta) -> timedelta:
    if time > _LONGEST_DELAY:
        raise ValueError("a queue lets a message wait for 15m at most")
    return time


def _release(text: str) -> str:
    if parse_version(text) is None:
        raise ValueError(f"{text!r} is no version of the VPC CNI such as v1.20.4-eksbuild.1")
    return text


def _by_name(group: object) -> object:
    """Read a log group that is only named."""
    return {"name": group} if isinstance(group, str) else group


def _no_repeats(values: Iterable[str], what: str) -> None:
    repeated = [value for value, count in Counter(values).items() if count > 1]
    if repeated:
        raise ValueError(f"{what} {', '.join(map(repr, repeated))} stands there more than once")


# EKS's own rule. It also keeps names harmless inside metric search expressions.
ClusterName = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$")]
LogGroupName = Annotated[str, StringConstraints(pattern=r"^[.\-_/#A-Za-z0-9]{1,512}$")]
# A stack's name starts the names of its functions, which end at 64 characters.
StackName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,39}$")]
# No address grammar: SNS confirms every address by a message to it.
EmailAddress = Annotated[str, StringConstraints(pattern=r"^[^\s@,]+@[^\s@,]+\.[^\s@,]+$")]
Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Memory = Annotated[int, Field(ge=128, le=10_240)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LogGroupConfig(_Model):
    """A log group, and who may write into it.

    Attributes
    ----------
    name
        The log group's name.
    kind
        `control-plane`: EKS and the agents alone, so streams count by their names. `nodes`: what
        ships nodes' files; a control plane's stream there is nobody's. `applications`: any pod, so
        nothing is learned from it, and a line counts as a component's only where the Kubernetes
        facts that a shipper adds say so. Where it is null the group's name decides
        (`/aws/eks/NAME/cluster`, Container Insights' groups); another name's is as of `nodes`.
    """

    name: LogGroupName
    kind: GroupKind | None = None


class ClusterConfig(_Model):
    """One cluster and the log groups that its logs arrive in.

    Attributes
    ----------
    name
        The cluster's name in EKS.
    log_groups
        Its log groups, by their names or each with its `kind`; the control plane's own
        (`/aws/eks/NAME/cluster`) where none is named.
    """

    name: ClusterName
    log_groups: tuple[Annotated[LogGroupConfig, BeforeValidator(_by_name)], ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The named log groups, or the one that the control plane writes."""
        named = tuple(group.name for group in self.log_groups)
        return named or (f"/aws/eks/{self.name}/cluster",)


class MemoryConfig(_Model):
    """Memory of each function in MB; the share of a CPU grows with it.

    Attributes
    ----------
    analyzer
        Reads the log batches.
    judge
        Judges denied conversations, many at once.
    notifier
        Sends.
    sweeper
        Looks at what is due, every minute.
    subscriber
        Subscribes the log groups when the stack changes.
    doctor
        Examines the clusters' set-up, daily.
    """

    analyzer: Memory = 1024
    judge: Memory = 1024
    notifier: Memory = 256
    sweeper: Memory = 256
    subscriber: Memory = 256
    doctor: Memory = 256


class IssueConfig(_Model):
    """What is wanted otherwise of one known issue.

    Attributes
    ----------
    maturity
        `stable` promotes an incubating entry, `incubating` takes a stable one back.
    severity
        Another severity than the entry's.
    notify
        `false` mutes it: recorded and counted, sent to nobody.
    """

    maturity: Literal["stable", "incubating"] | None = None
    severity: Severity | None = None
    notify: bool | None = None


class SlackChatConfig(_Model):
    """A Slack channel that Amazon Q Developer may write to.

    Attributes
    ----------
    workspace_id
        The workspace, authorised once in the console of Amazon Q Developer.
    channel_id
        The channel.
    """

    workspace_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,255}$")]
    channel_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,255}$")]


class TeamsChatConfig(_Model):
    """A Teams channel that Amazon Q Developer may write to.

    Attributes
    ----------
    team_id
        The team.
    tenant_id
        The tenant.
    channel_id
        The channel, as its link writes it.
    """

    team_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f-]{36}$")]
    tenant_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f-]{36}$")]
    channel_id: Annotated[str, StringConstraints(pattern=r"^[^\s]{1,1024}$")]


class ChatConfig(_Model):
    """Chats by Amazon Q Developer, each authorised once in its console.

    A channel has one configuration in an account. Where it has one already (it shows other alarms),
    name no channel here: the deployment makes the topic only, and the output `ChatHowTo` holds the
    two commands that add the topic to that configuration.

    Attributes
    ----------
    slack
        A Slack channel that has no configuration yet.
    teams
        A Teams channel that has no configuration yet.
    topic_only
        Make the topic and claim no channel; so it is where neither is named.
    """

    slack: SlackChatConfig | None = None
    teams: TeamsChatConfig | None = None
    topic_only: bool | None = None

    @property
    def claims_channel(self) -> bool:
        """Whether the deployment makes the configuration of a channel."""
        return self.slack is not None or self.teams is not None

    @model_validator(mode="after")
    def _channels_are_ours_or_not(self) -> Self:
        if self.topic_only and self.claims_channel:
            raise ValueError("topic_only: leave out slack and teams, or topic_only")
        if self.topic_only is False and not self.claims_channel:
            raise ValueError("topic_only: false needs a channel: name slack or teams")
        return self


class Config(_Model):
    """The whole of `netpolwatch.yaml`.

    Attributes
    ----------
    stack_name
        Name of the stack, and the begin of its functions' names.
    clusters
        What is watched.
    email
        Addresses that get findings and alarms; SNS asks each for its consent.
    log_retention_days
        How long our own functions' logs are kept.
    memory_mb
        Memory of the functions.
    repeat_interval
        A finding that goes on is sent again after this time.
    group_interval
        What a group's first message does not hold waits so long for the next one.
    settling
        Denied conversations wait so long, at most 15 minutes, for what explains them in the audit
        log, before they are judged.
    digest_interval
        New denied conversations wait at most so long for their cluster's digest.
    messages_an_hour
        Ceiling of messages; what it holds back is sent once, at the hour's end. Critical findings
        may go beyond it by 20.
    tell_resolved
        Whether the end of a finding that was sent is sent, too.
    event_bus
        Name of the EventBridge bus that gets every notice; none where it is null.
    slack_secret_arn
        Secret of Secrets Manager: a webhook's address, or JSON of `token` and `channel`.
    chat
        Slack and Teams by Amazon Q Developer; `{}` for the topic alone.
    retention_days
        A finding's item expires this many days after it was last seen.
    reserved_concurrency
        Upper bound of analyzers at work at once; none takes part in the account's pool. Each DENY
        is a call of its own: 100 nodes with five a second keep about 20 busy, and 50 leave the
        rest of the pool to others. An account with a limit of 10 cannot reserve any.
    attempt
        Another number makes the next deployment try again the log groups that failed.
    catalogue
        A folder of private entries; see docs/write-a-signature.md.
    issues
        Known issues, by id, that are promoted, muted or weighed otherwise.
    vpc_cni_version
        The running version of the VPC CNI add-on (`v1.20.4-eksbuild.1`): findings that are bound to
        versions then say whether it is affected, also where no log shows the version.
    filter_pattern
        CloudWatch Logs filter pattern of the subscriptions; null for what `subscription_patterns`
        says, empty to read everything.
    subscription_patterns
        What is generated from the catalogue (docs/subscription.md): `folded` for one pattern,
        `split` for two (JSON selectors for the audit log, and one for the rest), which take both
        filters of a log group, or `none` to read everything.
    """

    stack_name: StackName = "netpolwatch"
    clusters: Annotated[tuple[ClusterConfig, ...], Field(min_length=1)]
    email: tuple[EmailAddress, ...] = ()
    repeat_interval: Duration = timedelta(hours=24)
    group_interval: Duration = timedelta(minutes=10)
    settling: Annotated[Duration, AfterValidator(_at_most_a_delay)] = timedelta(seconds=45)
    digest_interval: Duration = timedelta(minutes=15)
    messages_an_hour: Annotated[int, Field(ge=1, le=10_000)] = 60
    tell_resolved: bool = True
    event_bus: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,256}$")] | None = (
        "default"
    )
    slack_secret_arn: (
        Annotated[
            str,
            StringConstraints(pattern=r"^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$"),
        ]
        | None
    ) = None
    chat: ChatConfig | None = None
    retention_days: Annotated[int, Field(ge=1, le=3650)] = 30
    log_retention_days: Annotated[int, AfterValidator(_known_retention)] = 30
    reserved_concurrency: Annotated[int, Field(ge=1)] | None = None
    memory_mb: MemoryConfig = MemoryConfig()
    attempt: Annotated[int, Field(ge=1)] = 1
    catalogue: Path | None = None
    issues: dict[str, IssueConfig] = {}
    vpc_cni_version: Annotated[str, AfterValidator(_release)] | None = None
    filter_pattern: Annotated[str, StringConstraints(max_length=MAX_PATTERN_CHARS)] | None = None
    subscription_patterns: Literal["folded", "split", "none"] = "folded"

    @property
    def log_groups(self) -> tuple[str, ...]:
        """Every subscribed log group, in the order of the file."""
        return tuple(group for cluster in self.clusters for group in cluster.groups)

    @property
    def kinds(self) -> dict[str, GroupKind]:
        """Who may write into which log group, where the file says it."""
        every = (group for cluster in self.clusters for group in cluster.log_groups)
        return {group.name: group.kind for group in every if group.kind is not None}

    def settings(self) -> Settings:
        """Return what the functions read at run time."""
        return Settings(
            clusters={group: c.name for c in self.clusters for group in c.groups},
            stack_name=self.stack_name,
            kinds=self.kinds,
            settling_seconds=int(self.settling.total_seconds()),
            rules=Rules(
                repeat_interval_ms=self.repeat_interval // _MS,
                group_interval_ms=self.group_interval // _MS,
                digest_interval_ms=self.digest_interval // _MS,
                messages_an_hour=self.messages_an_hour,
                tell_resolved=self.tell_resolved,
            ),
            retention_days=self.retention_days,
        )

    def subscription(self) -> SubscriptionSpec:
        """Return the filters of the log groups, without their destination; raises `ConfigError`."""
        pattern, *audit_pattern = self.patterns()
        return SubscriptionSpec(
            filter_name=f"netpolwatch-{self.stack_name}",
            own_log_prefix=own_log_prefix(self.stack_name),
            log_groups=self.log_groups,
            filter_pattern=pattern,
            audit_pattern=audit_pattern[0] if audit_pattern else None,
        )

    def entries(self, ours: tuple[Entry, ...] | None = None) -> tuple[Entry, ...]:
        """Return the catalogue that the functions carry; raises `ConfigError`.

        `ours` are netpolwatch's own entries, where they are read already.
        """
        try:
            ours = load() if ours is None else ours
            known = ours if self.catalogue is None else with_private(ours, self.catalogue)
            changes = {name: Change(**issue.model_dump()) for name, issue in self.issues.items()}
            return running_on(changed(known, changes), self.vpc_cni_version)
        except CatalogueError as error:
            raise ConfigError(f"the catalogue cannot be used: {error}") from error

    def warnings(self) -> list[str]:
        """Return what is allowed and surely not meant, a sentence each."""
        found = []
        if not (self.email or self.slack_secret_arn or self.chat):
            found.append("nobody is notified: set email, slack_secret_arn or chat")
        odd = [group for group in self.log_groups if not group.startswith("/")]
        if odd:
            found.append(f"log groups of EKS begin with a slash: is {odd[0]!r} meant?")
        return found

    def patterns(self) -> tuple[str, ...]:
        """Return the filter pattern of the subscriptions, and the audit log's own where it has one.

        Raises `ConfigError`.
        """
        if self.filter_pattern is not None:
            return (self.filter_pattern,)
        if self.subscription_patterns == "none":
            return ("",)
        try:
            return self._generated()
        except UncoveredError as error:
            raise ConfigError(f"{error}: set subscription_patterns: none") from error

    def _generated(self) -> tuple[str, ...]:
        if self.subscription_patterns == "folded":
            return (folded_pattern(self.entries(), self._examples()),)
        split = split_patterns(self.entries(), self._examples())
        return (split.text, split.audit)

    def _examples(self) -> dict[str, list[str]]:
        files = load_files()
        if self.catalogue is not None:
            files |= load_files(self.catalogue)
        return {
            name: [text for example in file.examples for text in example.texts]
            for name, file in files.items()
        }

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        _no_repeats((cluster.name for cluster in self.clusters), "cluster")
        _no_repeats(self.log_groups, "log group")
        _no_repeats(self.email, "e-mail address")
        return self

    @model_validator(mode="after")
    def _groups_are_few_and_not_ours(self) -> Self:
        if len(self.log_groups) > MAX_LOG_GROUPS:
            raise ValueError(
                f"a stack subscribes {MAX_LOG_GROUPS} log groups at most, not "
                f"{len(self.log_groups)}: deploy the others under another stack_name"
            )
        if problems := list(too_long(self.stack_name, self.log_groups)):
            raise ValueError(f"{'; '.join(problems)}: deploy some under another stack_name")
        own = own_log_prefix(self.stack_name)
        if ours := [group for group in self.log_groups if group.startswith(own)]:
            raise ValueError(
                f"log group {ours[0]!r} is our own: reading it would feed us our own output"
            )
        return self

    @model_validator(mode="after")
    def _patterns_agree(self) -> Self:
        if self.filter_pattern is not None and self.subscription_patterns == "split":
            raise ValueError(
                "filter_pattern is one pattern: leave out subscription_patterns: split"
            )
        return self

    @model_validator(mode="after")
    def _findings_outlive_their_repeat(self) -> Self:
        if self.repeat_interval >= timedelta(days=self.retention_days):
            raise ValueError("repeat_interval must be shorter than retention_days")
        return self


def read_config(context: Callable[[str], Any]) -> Config:
    """Read the configuration that a CDK context asks for.

    Parameters
    ----------
    context
        Looks up `config` (path of the file), `cluster` and `email` (comma-separated lists) and
        `attempt`; the last three take the place of the file's.

    Raises
    ------
    ConfigError
        No cluster is named, or the file is missing, not YAML or not of this shape.
    """
    named = context("config")
    path = Path(named) if named else DEFAULT_FILE
    values = _read_yaml(path) if named or path.exists() else {}
    source = str(path) if values else "command line"
    if clusters := _split(context("cluster")):
        values["clusters"] = [{"name": name} for name in clusters]
    if email := _split(context("email")):
        values["email"] = email
    if attempt := context("attempt"):
        values["attempt"] = attempt
    if "clusters" not in values:
        raise ConfigError(f"no cluster is named: use -c cluster=NAME or write {DEFAULT_FILE}")
    return _validated(values, source)


def _split(text: object) -> list[str]:
    return [part.strip() for part in str(text or "").split(",") if part.strip()]


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise ConfigError(f"{path} is larger than {_MAX_FILE_BYTES:,} bytes")
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    except RecursionError:
        raise ConfigError(f"{path} is nested too deeply") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML raises what Python says of a date such as 2026-99-99, or of a number too long.
        raise ConfigError(f"{path} is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path} must hold a mapping of settings")
    return values


def _validated(values: dict[str, Any], source: str) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(
            f"{place}: {reason}{_meant(place, reason)}" if place else reason
            for place, reason in problems_of(error.errors())
        )
        raise ConfigError(f"{source}: {problems}") from error


def _meant(place: str, reason: str) -> str:
    """Return the key that was meant by one that the file does not have."""
    near = get_close_matches(place, Config.model_fields, n=1) if reason == NO_SUCH_KEY else []
    return f", did you mean {near[0]}?" if near else ""


_SECTIONS: dict[str, type[_Model]] = {
    "The file": Config,
    "clusters": ClusterConfig,
    "clusters.log_groups": LogGroupConfig,
    "issues.ID": IssueConfig,
    "memory_mb": MemoryConfig,
    "chat": ChatConfig,
    "chat.slack": SlackChatConfig,
    "chat.teams": TeamsChatConfig,
}


def page() -> str:
    """Write docs/configuration.md from the models."""
    sections = {}
    for title, model in _SECTIONS.items():
        told = meanings(model)
        settings = [
            Setting(name, _default(field), told[name]) for name, field in model.model_fields.items()
        ]
        line = (model.__doc__ or "").split("\n", 1)[0]
        sections[title] = (line, settings)
    return configuration_page(sections)


def _default(field: Any) -> str | None:  # noqa: ANN401  # pydantic's own
    if field.is_required():
        return None
    value = field.default
    if isinstance(value, _Model):
        return "see below"
    (written,) = effective({"value": value}).values()
    return yaml.safe_dump(written, default_flow_style=True).removesuffix("...\n").strip()


if __name__ == "__main__":
    sys.stdout.write(page())
