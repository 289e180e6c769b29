"""`python -m samples.kept_out` writes docs/subscription.md: patterns, and what they keep out."""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.loader import load_files
from netpolwatch.ingest.origin import origin_of
from netpolwatch.subscription.folded import folded_pattern
from netpolwatch.subscription.pattern import MAX_PATTERN_CHARS, JsonPattern, Pattern, parse
from netpolwatch.subscription.split import AUDIT_API, split_patterns
from samples.generate import cluster_day
from samples.story import DEFAULT_END_MS, DEFAULT_SEED

_ALL: Final = "all of it"

_PAGE: Final = """# What is subscribed

A subscription filter passes a log group's events by a pattern; what it keeps out is neither
delivered nor read. `netpolwatch config check` prints what is in effect.

| `subscription_patterns` | filters a log group | what is subscribed |
|---|---:|---|
| `folded` (the default) | 1 | one pattern: an OR of phrases, in text and in JSON alike |
| `split` | 2 | JSON selectors for the audit log, and a pattern for all that is no audit event |
| `none` | 1 | everything |

`filter_pattern`, a pattern of your own, takes the place of the generated one; `""` is everything.

## One pattern

It is generated from the catalogue at synth. It passes every verdict, the lines that bear on a DENY
nearby, every known issue's examples and anchors, a panic's frames, and the audit events that
identities and policies are learned from; tests prove it. A private entry (`catalogue:`) has its
phrases in it, too; where they do not fit into CloudWatch's {limit:,} characters, synth says so.
CloudWatch's guide shows by example that a term matches within a word, and does not say it as a
rule: each phrase is chosen to stand whole in its event, so it passes by either reading.
`make smoke-patterns` asks the service itself.

The pattern of this catalogue ({length} characters):

```
{pattern}
```

## Two patterns

Worth it where the audit log is most of what a cluster writes, as it mostly is: selectors keep out
its reads and the refusals of others, which phrases cannot tell from writes. They need both filters
of a log group; where another's filter has one, the group is left as it was and the report says so.

No event passes both: the selectors ask for the audit log's API, and the other pattern excludes its
name. (Only an event that writes letters of that name as `\\uXXXX` would; no API server does.) Each
example, verdict and event that teaches passes exactly one; tests prove both. What is lost:

- Beside an exclusion CloudWatch ignores optional terms (`?`), so the pattern for text cannot ask
  for phrases. It leaves out a few routine lines and passes all the rest, other programs' logs too.
- An audit event that is no JSON object (cut off), or that a shipper has wrapped in JSON of its own,
  passes neither; nor does a line of text that only speaks of `{api}`.
- Reads do not pass, and so not the one that shows that a right to read was given back: such a
  finding ends by silence.
- Of the audit log a private entry sees what its examples are about: writes of the resource, its
  refusals, or its reads. An image is seen in the pods and DaemonSets that run it.

Text ({text_length} characters), then the audit log ({audit_length} characters):

```
{text}
```

```
{audit}
```

## What they keep out

Of the sample cluster's day (`samples/`), where a real cluster has a larger share of reads in its
audit log than the sample:

| written by | events | kept out by one | of its bytes | by two | of its bytes |
|---|---:|---:|---:|---:|---:|
{rows}

Terms match within words here, as the guide's examples do. Were they whole words only, one pattern
would keep out {whole_events} of the events and {whole_bytes} of the bytes.
"""


def page() -> str:
    """Write the page; the sample day is always the same."""
    files = load_files()
    examples = {
        name: [text for one in file.examples for text in one.texts] for name, file in files.items()
    }
    pattern = folded_pattern(default_entries(), examples)
    split = split_patterns(default_entries(), examples)
    choices = {
        "one": [parse(pattern, within_words=True)],
        "two": [parse(text, within_words=True) for text in (split.text, split.audit)],
        "whole": [parse(pattern)],
    }
    kept_out = _kept_out(choices)
    whole_events, whole_bytes = kept_out[_ALL, "whole"].of(kept_out[_ALL, ""])
    return _PAGE.format(
        limit=MAX_PATTERN_CHARS,
        api=AUDIT_API,
        length=len(pattern),
        pattern=pattern,
        text_length=len(split.text),
        text=split.text,
        audit_length=len(split.audit),
        audit=split.audit,
        rows="\n".join(_rows(kept_out)),
        whole_events=whole_events,
        whole_bytes=whole_bytes,
    )


@dataclass(slots=True)
class _Counted:
    """Events and characters of a writer."""

    events: int = 0
    chars: int = 0

    def add(self, message: str) -> None:
        self.events += 1
        self.chars += len(message)

    def of(self, whole: Self) -> tuple[str, str]:
        return f"{self.events / whole.events:.0%}", f"{self.chars / whole.chars:.0%}"


_Choice = Sequence[Pattern | JsonPattern]
_KeptOut = dict[tuple[str, str], _Counted]


def _kept_out(choices: Mapping[str, _Choice]) -> _KeptOut:
    """Count by writer and choice what is kept out, and as choice "" all there is."""
    counted: _KeptOut = defaultdict(_Counted)
    for event in cluster_day(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS):
        writer = origin_of(event.log_group, event.log_stream).component or "unknown"
        left = [
            choice
            for choice, patterns in choices.items()
            if not any(pattern.matches(event.message) for pattern in patterns)
        ]
        for name in (writer, _ALL):
            for choice in ("", *left):
                counted[name, choice].add(event.message)
    return counted


def _rows(counted: _KeptOut) -> list[str]:
    writers = sorted({writer for writer, _ in counted} - {_ALL})
    return [
        "| "
        + " | ".join(
            (
                name,
                f"{counted[name, ''].events:,}",
                *counted[name, "one"].of(counted[name, ""]),
                *counted[name, "two"].of(counted[name, ""]),
            )
        )
        + " |"
        for name in (*writers, _ALL)
    ]


if __name__ == "__main__":
    sys.stdout.write(page())
