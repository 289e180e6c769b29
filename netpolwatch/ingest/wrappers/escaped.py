r"""JSON that was escaped once more than it was unescaped: `{\"level\":…}` or a whole string."""

from netpolwatch.ingest.wrappers import json_text
from netpolwatch.ingest.wrappers.model import Peeled

_INSIDE = ("{", '"{', "Node: ", "Flow Info: ")


def peel(text: str) -> Peeled | None:
    """Undo one round of escapes; `None` where the text is not escaped JSON."""
    if text.startswith('"'):
        inner = json_text.string_of(text)
    elif text.startswith("{\\"):
        inner = json_text.string_of(f'"{text}"')
    else:
        return None
    return Peeled(inner) if inner is not None and inner.startswith(_INSIDE) else None
