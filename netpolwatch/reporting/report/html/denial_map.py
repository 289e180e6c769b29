"""The map: who is denied what, and by which policy.

Three columns: clients, what denies them, what they cannot reach. A column has at most
`MAX_ROWS` rows: with more, workloads stand together by namespace; with more namespaces, the
busiest stand alone and the rest are one row. So 5 workloads are shown by name, and 200 can
still be read.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from netpolwatch.catalogue.model import SEVERITIES, Severity
from netpolwatch.reporting.report.html.markup import Markup, element
from netpolwatch.reporting.report.model import AgentDrops, Cause, Denial, End
from netpolwatch.reporting.report.words import counted

MAX_ROWS: Final = 24
_ROW: Final = 30
_TOP: Final = 34
_WIDTH: Final = 1000
_LEFT, _BOX_LEFT, _BOX_RIGHT, _RIGHT = 300, 385, 635, 720
_MAX_NAME: Final = 38
_MAX_POLICY: Final = 32
_AGENT: Final = "the agent (no policy denies it)"
_REST: Final = "all others"


@dataclass(frozen=True, slots=True)
class _Link:
    """Packets between a client and a destination, by what denies them."""

    client: str
    policy: str
    target: str
    severity: Severity
    packets: int


def denial_map(causes: Sequence[Cause], drops: Sequence[AgentDrops] = ()) -> Markup | None:
    """Return the map as SVG; `None` where nothing is denied."""
    links = _links(causes, drops)
    if not links:
        return None
    policies = _policies(links)
    clients = _ordered(links, policies, lambda link: link.client)
    targets = _ordered(links, policies, lambda link: link.target)
    places = [_places(column, max(map(len, (clients, policies, targets))))
              for column in (clients, policies, targets)]  # fmt: skip
    height = _TOP + _ROW * max(map(len, places)) + 8
    return element(
        "svg", *_titles(), *_edges(links, places), *_boxes(links, places),
        viewbox=f"0 0 {_WIDTH} {height}", role="img",
        aria_label="Who is denied what, and by which policy",
    )  # fmt: skip


def _links(causes: Sequence[Cause], drops: Sequence[AgentDrops]) -> list[_Link]:
    named = [(_policy_name(cause), cause.severity, cause.denials) for cause in causes]
    agent = tuple(denial for each in drops for denial in each.denials)
    rows: list[tuple[str, Severity, tuple[Denial, ...]]]
    rows = [*named]
    if agent:
        rows.append((_AGENT, "medium", agent))
    denials = [denial for _, _, members in rows for denial in members]
    client = _grouping([each.source for each in denials], denials, lambda each: each.source)
    target = _grouping([each.destination for each in denials], denials,
                       lambda each: each.destination)  # fmt: skip
    policy = _busiest(Counter({name: sum(each.packets for each in members)
                               for name, _, members in rows}))  # fmt: skip
    sums: Counter[tuple[str, str, str]] = Counter()
    severity: dict[str, Severity] = {}
    for name, grave, members in rows:
        shown = policy[name]
        severity[shown] = _graver(grave, severity.get(shown, "info"))
        for each in members:
            sums[client[each.source.name], shown, target[each.destination.name]] += each.packets
    return [_Link(a, b, c, severity[b], packets) for (a, b, c), packets in sums.items()]


def _graver(one: Severity, other: Severity) -> Severity:
    return max(one, other, key=SEVERITIES.index)


def _policy_name(cause: Cause) -> str:
    return cause.label.partition(",")[0] if cause.policy is None else cause.policy


def _grouping(
    ends: Sequence[End], denials: Sequence[Denial], end_of: Callable[[Denial], End]
) -> Mapping[str, str]:
    """Return the row of each end: itself, or its namespace where there are too many."""
    packets: Counter[str] = Counter()
    for denial in denials:
        packets[end_of(denial).name] += denial.packets
    if len(packets) <= MAX_ROWS:
        return {name: name for name in packets}
    members: dict[str, set[str]] = defaultdict(set)
    for end in ends:
        members[_family(end)].add(end.name)
    labels = {name: _family_label(family, names) for family, names in members.items()
              for name in names}  # fmt: skip
    by_label: Counter[str] = Counter()
    for name, count in packets.items():
        by_label[labels[name]] += count
    shown = _busiest(by_label)
    return {name: shown[label] for name, label in labels.items()}


def _family(end: End) -> str:
    if end.namespace is not None:
        return f"namespace {end.namespace}"
    return {"node": "nodes", "external": "outside the cluster"}.get(end.kind, "no known name")


def _family_label(family: str, names: set[str]) -> str:
    return next(iter(names)) if len(names) == 1 else f"{family} ({len(names):,})"


def _busiest(packets: Counter[str]) -> dict[str, str]:
    """Return the row of each name: itself, or the rest where there are too many."""
    if len(packets) <= MAX_ROWS:
        return {name: name for name in packets}
    kept = {name for name, _ in packets.most_common(MAX_ROWS - 1)}
    rest = f"{_REST} ({len(packets) - len(kept):,})"
    return {name: name if name in kept else rest for name in packets}


def _policies(links: Iterable[_Link]) -> list[str]:
    """Return what denies, the gravest first, then the busiest."""
    packets: Counter[str] = Counter()
    severity: dict[str, int] = {}
    for link in links:
        packets[link.policy] += link.packets
        severity[link.policy] = SEVERITIES.index(link.severity)
    return sorted(packets, key=lambda name: (-severity[name], -packets[name], name))


def _ordered(
    links: Sequence[_Link], policies: Sequence[str], name_of: Callable[[_Link], str]
) -> list[str]:
    """Return a column in the order of its policies: few lines cross."""
    weights: dict[str, float] = defaultdict(float)
    packets: Counter[str] = Counter()
    for link in links:
        packets[name_of(link)] += link.packets
        weights[name_of(link)] += link.packets * policies.index(link.policy)
    return sorted(packets, key=lambda name: (weights[name] / packets[name], name))


def _places(names: Sequence[str], rows: int) -> dict[str, float]:
    """Return the middle of each row; a short column is spread over the whole height."""
    step = _ROW * rows / max(1, len(names))
    return {name: _TOP + step * (number + 0.5) for number, name in enumerate(names)}


def _titles() -> Iterable[Markup]:
    for text, x, where in (("who", _LEFT, "end"), ("is denied by", _WIDTH / 2, "middle"),
                           ("what", _RIGHT, "start")):  # fmt: skip
        yield element("text", text, x=x, y=18, text_anchor=where, class_="muted")


def _edges(links: Sequence[_Link], places: Sequence[Mapping[str, float]]) -> Iterable[Markup]:
    clients, policies, targets = places
    for link in sorted(links, key=lambda each: each.packets):
        said = f"{link.client} to {link.target}: {counted(link.packets, 'packet')}, {link.policy}"
        y = policies[link.policy]
        paths = (
            _curve(_LEFT + 8, clients[link.client], _BOX_LEFT, y),
            _curve(_BOX_RIGHT, y, _RIGHT - 8, targets[link.target]),
        )
        width = 1.2 + min(6.0, log2(1 + link.packets) * 0.8)
        yield element(
            "g", element("title", said), *(element("path", d=each) for each in paths),
            class_=f"edge stroke-{link.severity}", stroke_width=width,
        )  # fmt: skip


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    middle = (x1 + x2) / 2
    return f"M{x1:.0f},{y1:.0f} C{middle:.0f},{y1:.0f} {middle:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"


def _boxes(links: Sequence[_Link], places: Sequence[Mapping[str, float]]) -> Iterable[Markup]:
    clients, policies, targets = places
    severity = {link.policy: link.severity for link in links}
    for name, y in clients.items():
        yield _label(name, _LEFT, y, "end", _MAX_NAME)
    for name, y in targets.items():
        yield _label(name, _RIGHT, y, "start", _MAX_NAME)
    for name, y in policies.items():
        yield element("rect", x=_BOX_LEFT, y=y - 12, width=_BOX_RIGHT - _BOX_LEFT, height=24, rx=4,
                      class_=f"box stroke-{severity[name]}")  # fmt: skip
        yield _label(name, _WIDTH / 2, y, "middle", _MAX_POLICY)


def _label(name: str, x: float, y: float, where: str, limit: int) -> Markup:
    # The end of a name tells it from its neighbours: the beginning is cut.
    shown = name if len(name) <= limit else "…" + name[-(limit - 1) :]
    return element("text", element("title", name), shown, x=x, y=y + 5, text_anchor=where)
