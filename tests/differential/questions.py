"""What goes between the two implementations as JSON; the standard library alone: both read it."""

from typing import Any, Literal, NamedTuple, TypedDict

Direction = Literal["ingress", "egress"]
PROTOCOLS = {"ICMP": 1, "TCP": 6, "UDP": 17, "SCTP": 132}


class Flow(NamedTuple):
    """Who asks whom: a pod as `namespace/name`, or an address; ICMP has the port 0."""

    client: str
    server: str
    protocol: str
    port: int


class Scenario(TypedDict):
    """A cluster as its API server would show it, and what is asked of it."""

    namespaces: list[dict[str, Any]]
    pods: list[dict[str, Any]]
    policies: list[dict[str, Any]]
    flows: list[Flow]


class Answer(TypedDict):
    """What one direction of one flow is answered; policies as `namespace/name`, sorted."""

    allowed: bool
    isolating: list[str]
    allowing: list[str]


class Answers(TypedDict):
    """The answers of a scenario, or why it was refused; `None` where no pod decides."""

    refused: str | None
    ingress: list[Answer | None]
    egress: list[Answer | None]
