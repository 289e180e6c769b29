"""`python -m samples.kept_out` writes docs/subscription.md: the pattern, and what it keeps out."""

import sys
from collections import Counter
from typing import Final

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.loader import load_files
from netpolwatch.ingest.origin import origin_of
from netpolwatch.subscription.folded import folded_pattern
from netpolwatch.subscription.pattern import MAX_PATTERN_CHARS, parse
from samples.generate import cluster_day
from samples.story import DEFAULT_END_MS, DEFAULT_SEED

_PAGE: Final = """# What is subscribed

A subscription filter passes a log group's events by a pattern; what it keeps out is neither
delivered nor read. The default is one pattern, generated from the catalogue at synth: an OR of
phrases, in text and in JSON alike. It passes every verdict, the lines that bear on a DENY nearby,
every known issue's examples and anchors, a panic's frames, and the audit events that identities
and policies are learned from; tests prove it. A private entry (`catalogue:`) has its phrases in it,
too; where they do not fit into CloudWatch's {limit:,} characters, synth says so.

`filter_pattern: ""` reads everything; your own pattern takes the place of the generated one.
`netpolwatch config check` prints what is in effect. CloudWatch's guide does not say whether a term
matches within a word, so each phrase is chosen to stand whole in its event: it passes by either
reading. Two filters, one for text and one for JSON, are not supported: a log group has only two.

The pattern of this catalogue ({length} characters):

```
{pattern}
```

What it keeps out of the sample cluster's day (`samples/`), where a real cluster has a larger share
of reads in its audit log than the sample:

| written by | events | kept out | of its bytes |
|---|---:|---:|---:|
{rows}
"""


def page() -> str:
    """Write the page; the sample day is always the same."""
    files = load_files()
    examples = {name: [one.line for one in file.examples] for name, file in files.items()}
    pattern = folded_pattern(default_entries(), examples)
    return _PAGE.format(
        limit=MAX_PATTERN_CHARS,
        length=len(pattern),
        pattern=pattern,
        rows="\n".join(_rows(pattern)),
    )


def _rows(pattern: str) -> list[str]:
    passes = parse(pattern)
    events, size = Counter[str](), Counter[str]()
    out, out_size = Counter[str](), Counter[str]()
    for event in cluster_day(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS):
        writer = origin_of(event.log_group, event.log_stream).component or "unknown"
        events[writer] += 1
        size[writer] += len(event.message)
        if not passes.matches(event.message):
            out[writer] += 1
            out_size[writer] += len(event.message)
    return [
        f"| {name} | {events[name]:,} | {out[name] / events[name]:.0%} "
        f"| {out_size[name] / size[name]:.0%} |"
        for name in sorted(events)
    ]


if __name__ == "__main__":
    sys.stdout.write(page())
