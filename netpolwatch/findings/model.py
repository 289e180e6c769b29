"""A finding as its readers get it: the public contract `netpolwatch/finding/v1`."""

from typing import Any, Literal

import msgspec

from netpolwatch.catalogue.model import Command, Severity, VersionedComponent
from netpolwatch.catalogue.running import Running
from netpolwatch.catalogue.sighting import FieldValue
from netpolwatch.flows.model import Confidence

Status = Literal["open", "ongoing", "resolved"]
Subject = dict[str, FieldValue]

SCHEMA: Literal["netpolwatch/finding/v1"] = "netpolwatch/finding/v1"
MAX_EVIDENCE = 5


class Evidence(msgspec.Struct, frozen=True):
    """One event that shows the fault.

    Attributes
    ----------
    timestamp
        RFC 3339 UTC with ms, `None` where the event has no time.
    text
        At most 600 characters of the event, as they were logged: untrusted.
    """

    timestamp: str | None
    log_group: str
    log_stream: str
    text: str


class KeptEvidence(Evidence, frozen=True):
    """An event with what is remembered beside it, and told in the finding as a whole.

    Attributes
    ----------
    node
        Where it was seen, if that is known.
    running
        The version of the component that the issue is bound to, as its batch told it.
    """

    node: str | None = None
    running: Running | None = None

    @property
    def told(self) -> Evidence:
        """What readers get of it."""
        return Evidence(self.timestamp, self.log_group, self.log_stream, self.text)


class RunningVersion(msgspec.Struct, frozen=True):
    """A version that ran where the fault was seen.

    Attributes
    ----------
    nodes
        Which nodes run it, where that is known: those of the evidence.
    via
        The VPC CNI's version, where only that is known and the table of releases told the rest.
    affected
        Whether it is known to have the fault; `None` where its number does not tell.
    later
        Whether it was seen only after the fault: another one may have run before.
    """

    component: VersionedComponent
    version: str
    nodes: tuple[str, ...] = ()
    via: str | None = None
    affected: bool | None = None
    later: bool = False


class Links(msgspec.Struct, frozen=True):
    """Where to look further, in the AWS console; `None` offline."""

    logs_insights: str | None = None
    dashboard: str | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of one subject in one cluster.

    Attributes
    ----------
    id
        The same for the same (issue, cluster, subject) in every run and container. Consumers key
        on (account, region, id).
    episode
        1 for the first time the fault is open, one more each time it comes back.
    subject
        The keys of the issue's `group_by`; `other` collects subjects beyond the bound.
    count
        Sightings in this episode.
    first_seen, last_seen, resolved_at
        Event times, RFC 3339 UTC with ms.
    identities, policies
        Who the two ends were (as `explain` tells it) and which policies isolate, where known. What
        follows the two is whom their addresses (`ip`) belonged to at the last verdict, where that
        was another workload than at the first.
    judged
        What the policies and pods of the first verdict's time say of it, how sure that is, and the
        rule that lacks least: `violation (high confidence): no policy allows it. Nearest: …`.
        Absent where they say nothing.
    since, changed_by, change
        The change since which policies decide the first verdict as they do: when it took effect
        (RFC 3339 UTC with ms), who asked for it, and in words, `denied since 11:20:42Z, when
        arn:…/s.okafor changed shop/allow-client (allowed before by it)`. `None` where no change
        within a day is known, or nobody is named.
    escalated
        What made it graver than its sightings are, in words: `3 nodes within 30 min`.
    extent
        Of a finding that counts subjects which are not told apart: about how many different values
        they have, by the names of their keys (standard error 5 %).
    running_versions, version_note
        What runs where the fault was seen, as far as it is known, and what that means in words;
        only of faults that are bound to versions.
    """

    id: str
    issue: str
    title: str
    severity: Severity
    status: Status
    episode: int
    subject: Subject
    count: int
    first_seen: str | None
    last_seen: str | None
    component: str | None
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    remedy: tuple[Command, ...]
    docs: str
    cluster: str | None = None
    account: str | None = None
    region: str | None = None
    resolved_at: str | None = None
    escalated: str | None = None
    extent: dict[str, int] | None = None
    identities: tuple[dict[str, Any], ...] = ()
    policies: tuple[str, ...] = ()
    judged: str | None = None
    since: str | None = None
    changed_by: str | None = None
    change: str | None = None
    upstream: tuple[str, ...] = ()
    affected_versions: str | None = None
    fixed_in: str | None = None
    running_versions: tuple[RunningVersion, ...] = ()
    version_note: str | None = None
    links: Links = Links()
    schema: Literal["netpolwatch/finding/v1"] = SCHEMA
