"""A suggested policy as YAML, with what a reviewer must know as comments.

YAML stays out of Lambda bundles: only the CLI imports this.
"""

from typing import Final

import yaml

from netpolwatch.kubernetes.policy.writing import policy_body
from netpolwatch.reporting.printable import printable
from netpolwatch.verdicts.attribution.advice import Advice

_MAX_NOTE: Final = 400
_NO_FOLDING: Final = 10_000


def suggestion_yaml(advice: Advice) -> str:
    """Write a suggestion; names from logs stay within their comment and their scalar."""
    notes = "".join(f"# {printable(note, _MAX_NOTE)}\n" for note in advice.notes)
    body = policy_body(advice.suggestion.policy)
    return notes + yaml.dump(body, Dumper=yaml.CSafeDumper, sort_keys=False, width=_NO_FOLDING)
