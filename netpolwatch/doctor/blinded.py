"""Which known issues a missing log hides, by the sources that their entries name."""

from collections.abc import Callable, Iterable
from typing import Final

from netpolwatch.catalogue.model import Entry

MOST_NAMED: Final = 4

_OF_LOG_TYPE: Final = {"audit": ("audit log", "log audit"), "scheduler": ("kube-scheduler",)}
_ON_NODES: Final = ("node file", "container log", "kubelet log", "node log")


def blinded_by_log_type(entries: Iterable[Entry], log_type: str) -> tuple[str, ...]:
    """Return the ids of issues that a control plane log type alone shows, or helps to show."""
    words = _OF_LOG_TYPE.get(log_type, ())
    return _with_source(entries, lambda source: any(word in source for word in words))


def blinded_without_node_logs(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the ids of issues that only logs of the nodes show."""

    def on_nodes(source: str) -> bool:
        return source.startswith(_ON_NODES) or any(word in source for word in _ON_NODES)

    return tuple(
        entry.id for entry in entries if entry.sources and all(map(on_nodes, entry.sources))
    )


def in_words(ids: tuple[str, ...]) -> str:
    """Return the issues as a phrase: the first few by id, the rest counted."""
    named = ", ".join(ids[:MOST_NAMED])
    rest = len(ids) - MOST_NAMED
    return f"{named} and {rest} more" if rest > 0 else named


def _with_source(entries: Iterable[Entry], is_it: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(entry.id for entry in entries if any(map(is_it, entry.sources)))
