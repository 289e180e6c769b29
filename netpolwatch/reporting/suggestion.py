"""A suggested policy as YAML, with what a reviewer must know as comments.

YAML stays out of Lambda bundles: only the CLI imports this.
"""

import re
from typing import Final

import yaml

from netpolwatch.kubernetes.policy.writing import policy_body
from netpolwatch.reporting.printable import printable
from netpolwatch.verdicts.attribution.advice import Advice

_MAX_NOTE: Final = 400
_NO_FOLDING: Final = 10_000
_TEXT: Final = "tag:yaml.org,2002:str"
_MAY_BE_ANOTHER_TYPE: Final = re.compile(
    r"[-+.0-9~=<]|(?:y|n|yes|no|on|off|true|false|null|nan|inf)$", re.IGNORECASE
)
"""How a text begins, or what it is, that some reader of YAML 1.1 or 1.2 takes for no text."""


class _Dumper(yaml.CSafeDumper):
    """Quotes what readers disagree on: PyYAML leaves `y` and `1e3` bare, kubectl needs texts."""


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    style = '"' if _MAY_BE_ANOTHER_TYPE.match(text) else None
    return dumper.represent_scalar(_TEXT, text, style)


_Dumper.add_representer(str, _text)


def suggestion_yaml(advice: Advice) -> str:
    """Write a suggestion; names from logs stay within their comment and their scalar."""
    notes = "".join(f"# {printable(note, _MAX_NOTE)}\n" for note in advice.notes)
    body = policy_body(advice.suggestion.policy)
    return notes + yaml.dump(body, Dumper=_Dumper, sort_keys=False, width=_NO_FOLDING)
