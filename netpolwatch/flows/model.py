"""What a flow line says, and what we make of it."""

from typing import Final, Literal

import msgspec

Form = Literal["cloudwatch", "file-kv", "file-sentence-v4", "file-sentence-v6"]
Disposition = Literal["violation", "reply", "agent-state", "noise", "unknown"]
Confidence = Literal["high", "medium", "low"]
PoliciesSay = Literal["allow", "allow-behind", "unknown"]
Claims = Literal["contested"]
ChangeKind = Literal[
    "policy-created", "policy-changed", "policy-deleted", "pod-labels", "namespace-labels"
]
Effect = Literal["denied", "isolated", "allowed", "deselected", "egress-lost"]

DENY: Final = "DENY"


class Contest(msgspec.Struct, frozen=True, gc=False):
    """An address of a flow that several living pods were shown to have, as `namespace/name`."""

    address: str
    claimants: tuple[str, ...]


class Change(msgspec.Struct, frozen=True, gc=False):
    """A write that may have changed what policies decide.

    Attributes
    ----------
    name
        The policy or pod as `namespace/name`, or the namespace.
    at_us
        When it took effect, in microseconds since 1970 (UTC): of a deleted policy, when its last
        finalizer was taken off.
    actor
        Who asked for it, as the audit log names the user; `None` where nothing tells.
    """

    kind: ChangeKind
    name: str
    at_us: int
    actor: str | None = None


class Since(msgspec.Struct, frozen=True, gc=False):
    """The change since which policies decide a packet as they do.

    Attributes
    ----------
    effect
        `denied`: they allowed it before. `isolated`: the same, and the policy is new. `allowed`:
        they denied it before, and the agent still does. `deselected`: a policy selected the pod
        before, none does since. `egress-lost`: a policy for ingress alone went, another one selects
        the pod still, and none isolates its egress.
    allowing
        Policies that allowed it before, as `namespace/name`.
    """

    effect: Effect
    change: Change
    allowing: tuple[str, ...] = ()


class DecidingPod(msgspec.Struct, frozen=True, gc=False):
    """The pod whose policies decided; `workload` is its own name where nothing controls it."""

    namespace: str
    pod: str
    workload: str


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """Whether a DENY is a policy violation, how sure that is, and why.

    Attributes
    ----------
    source_kind
        What objects tell of the source, which no line does (`netpolwatch.verdicts.named_ends`).
    policies
        What the policies of its time say of the packet, where that is not what the agent did:
        `allow`; `allow-behind`: they allow a pod behind the Service that is asked for; `unknown`:
        a request of which it is not known what they say.
    contest
        Of an address that has several owners, where there is one.
    since
        The change since which policies decide so, where one within a day is known.
    decider
        The pod whose policies decided, where it is known.
    """

    disposition: Disposition
    confidence: Confidence
    reasons: tuple[str, ...]
    source_kind: str | None = None
    policies: PoliciesSay | None = None
    contest: Contest | None = None
    since: Since | None = None
    decider: DecidingPod | None = None

    @property
    def effect(self) -> Effect | None:
        """What the last change that matters did."""
        return None if self.since is None else self.since.effect

    @property
    def claims(self) -> Claims | None:
        """What is special about who has the flow's addresses."""
        return None if self.contest is None else "contested"


class Endpoint(msgspec.Struct, frozen=True, gc=False):
    """One end of a flow; `ip` is `None` where the line's address was redacted."""

    ip: str | None
    port: int


class Flow(msgspec.Struct, frozen=True, gc=False):
    """One verdict of the agent about one flow.

    Attributes
    ----------
    timestamp
        The time in the text, else the event's, in ms since 1970 (UTC); `None` where neither is.
    node
        `None` where the form has none or the agent did not know its name.
    source_ip, destination_ip
        Whole addresses: the trailing zero octets that the agent drops are put back.
    protocol, verdict, tier
        As written. `tier` exists from agent v1.3.0.
    direction
        Written by agents from v1.2.2, in node files only.
    judgement
        Of a DENY that was judged, else `None`.
    issues
        Ids of the known issues that a judged DENY shows.
    """

    form: Form
    source_ip: str | None
    source_port: int
    destination_ip: str | None
    destination_port: int
    protocol: str
    verdict: str
    node: str | None = None
    direction: str | None = None
    tier: str | None = None
    timestamp: int | None = None
    judgement: Judgement | None = None
    issues: tuple[str, ...] = ()

    @property
    def source(self) -> Endpoint:
        """The sending end."""
        return Endpoint(self.source_ip, self.source_port)

    @property
    def destination(self) -> Endpoint:
        """The receiving end; on egress as the pod addressed it, before kube-proxy."""
        return Endpoint(self.destination_ip, self.destination_port)

    @property
    def disposition(self) -> Disposition | None:
        """The judgement's disposition."""
        return self.judgement.disposition if self.judgement else None


class NotAFlowError(ValueError):
    """A line has the look of a flow, and a value that no agent writes."""
