"""Which targets there are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from tests.fuzz import seeds, targets

Check = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """A thing to fuzz: its check, and inputs to start from."""

    name: str
    check: Check
    seeds: tuple[bytes, ...]


def names() -> list[str]:
    """Name the targets: the modules of `tests.fuzz.targets`."""
    return sorted(module.name for module in iter_modules(targets.__path__))


def load(name: str) -> Target:
    """Import a target; its own `seeds()` stands before the lines of the corpus."""
    module = import_module(f"{targets.__name__}.{name}")
    own: Callable[[], Iterable[bytes]] | None = getattr(module, "seeds", None)
    start = own() if own else (line.encode() for line in seeds.lines())
    return Target(name, module.check, tuple(start))
