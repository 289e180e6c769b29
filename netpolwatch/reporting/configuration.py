"""Configuration values as a person writes them, and the page that lists them."""

import inspect
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def effective(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write a configuration's values in YAML's own kinds, durations as `15m`."""
    return {key: _plain(value) for key, value in values.items()}


def duration(value: timedelta) -> str:
    """Write a duration in its largest whole unit."""
    seconds = int(value.total_seconds())
    for size, unit in _UNITS:
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _plain(value: object) -> Any:  # noqa: ANN401  # any YAML
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


class Setting(NamedTuple):
    """One key of a configuration: its default is `None` where it must be given."""

    name: str
    default: str | None
    meaning: str


_HEAD = """# Configuration

`netpolwatch.yaml`, read by `cdk deploy`; for one cluster no file is needed at all
(`-c cluster=prod -c email=me@example.com`). Durations are written `90s`, `15m`, `24h`, `7d`;
unknown keys are refused. `netpolwatch config check [FILE]` validates a file with its catalogue and
prints what is in effect.
This page is generated from the model (`make docs`).

```yaml
clusters:
  - name: prod
    log_groups: [/aws/eks/prod/cluster, /aws/containerinsights/prod/dataplane]
email: [on-call@example.com]
issues:
  npa-cloudwatch-publish-failed: {notify: false}
```
"""


def configuration_page(sections: Mapping[str, tuple[str, list[Setting]]]) -> str:
    """Write the page of settings: a section's title to its first line and its settings."""
    parts = [_HEAD]
    for title, (line, settings) in sections.items():
        rows = [
            f"| `{one.name}` | {'*required*' if one.default is None else f'`{one.default}`'} "
            f"| {one.meaning} |"
            for one in settings
        ]
        table = "\n".join(["| key | default | meaning |", "|---|---|---|", *rows])
        parts.append(f"## {title}\n\n{line}\n\n{table}\n")
    return "\n".join(parts)


def meanings(model: type) -> dict[str, str]:
    """Read what a model's docstring says of its attributes; raises `KeyError` for none."""
    doc = inspect.getdoc(model) or ""
    _, found, attributes = doc.partition("Attributes\n----------\n")
    if not found:
        raise KeyError(f"{model.__name__} describes no attributes")
    return dict(_attributes(attributes))


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    for name, meaning in re.findall(r"^(\w+)\n((?:    .*\n?)+)", text, re.MULTILINE):
        yield name, " ".join(meaning.split())
