"""`python -m samples.kept_out` writes docs/subscription.md: patterns, and what they keep out."""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Final

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.loader import load_files
from netpolwatch.ingest.origin import origin_of
from netpolwatch.subscription.folded import folded_pattern
from netpolwatch.subscription.pattern import MAX_PATTERN_CHARS, parse
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
CloudWatch's guide does not say whether a term matches within a word, so each phrase is chosen to
stand whole in its event: it passes by either reading.

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
"""


def page() -> str:
    """Write the page; the sample day is always the same."""
    files = load_files()
    examples = {name: [one.line for one in file.examples] for name, file in files.items()}
    pattern = folded_pattern(default_entries(), examples)
    split = split_patterns(default_entries(), examples)
    return _PAGE.format(
        limit=MAX_PATTERN_CHARS,
        api=AUDIT_API,
        length=len(pattern),
        pattern=pattern,
        text_length=len(split.text),
        text=split.text,
        audit_length=len(split.audit),
        audit=split.audit,
        rows="\n".join(_rows([pattern], [split.text, split.audit])),
    )


def _rows(*choices: Sequence[str]) -> list[str]:
    events, size = Counter[str](), Counter[str]()
    out = [(Counter[str](), Counter[str]()) for _ in choices]
    passing = [[parse(text) for text in patterns] for patterns in choices]
    for event in cluster_day(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS):
        writer = origin_of(event.log_group, event.log_stream).component or "unknown"
        for name in (writer, _ALL):
            events[name] += 1
            size[name] += len(event.message)
            for patterns, (out_events, out_size) in zip(passing, out, strict=True):
                if not any(one.matches(event.message) for one in patterns):
                    out_events[name] += 1
                    out_size[name] += len(event.message)
    return [
        f"| {name} | {events[name]:,} | "
        + " | ".join(f"{n[name] / events[name]:.0%} | {s[name] / size[name]:.0%}" for n, s in out)
        + " |"
        for name in (*sorted(events.keys() - {_ALL}), _ALL)
    ]


if __name__ == "__main__":
    sys.stdout.write(page())
