"""Label selectors, as the Kubernetes API defines them."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

Operator = Literal["In", "NotIn", "Exists", "DoesNotExist"]
MAX_TERMS = 256
NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"
"""A label that the API server keeps on every namespace (Kubernetes 1.22 and later)."""


class Requirement(msgspec.Struct, frozen=True, gc=False):
    """One of a selector's `matchExpressions`."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet it; `NotIn` and `DoesNotExist` are met by an absent key."""
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value is not None and value in self.values
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None

    def __str__(self) -> str:
        """Write it as kubectl does."""
        if self.operator in ("In", "NotIn"):
            return f"{self.key} {self.operator.lower()} ({','.join(self.values)})"
        return self.key if self.operator == "Exists" else f"!{self.key}"


class Selector(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A label selector; an empty one selects everything."""

    match_labels: dict[str, str] = {}
    match_expressions: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet every requirement."""
        return self.match_labels.items() <= labels.items() and all(
            requirement.matches(labels) for requirement in self.match_expressions
        )

    def unmet(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Say which requirements labels do not meet."""
        pairs = (f"{key}={value}" for key, value in self.match_labels.items()
                 if labels.get(key) != value)  # fmt: skip
        others = (str(each) for each in self.match_expressions if not each.matches(labels))
        return (*pairs, *others)

    @property
    def is_empty(self) -> bool:
        """Whether it selects everything."""
        return not self.match_labels and not self.match_expressions

    def __str__(self) -> str:
        """Write it as kubectl does."""
        pairs = (f"{key}={value}" for key, value in self.match_labels.items())
        return ",".join((*pairs, *map(str, self.match_expressions))) or "any"
