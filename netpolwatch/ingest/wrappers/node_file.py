"""The AWS user guide's recipe: tail the agent's file, parser json, tag `eksnp.*`.

The line's own keys stand at the top; shippers add the node's name. The line is not wrapped, but
what was added is a fact.
"""

from netpolwatch.ingest.wrappers import facts, json_text
from netpolwatch.ingest.wrappers.json_text import Fields
from netpolwatch.ingest.wrappers.model import Facts, Peeled

_HOSTS = ("hostname", "host", "node_name", "node")


def peel(fields: Fields) -> Peeled | None:
    """Take what a shipper added off a line of zap's; `None` for any other, or if none was."""
    if "level" not in fields or "msg" not in fields or not fields.keys() & {"ts", "timestamp"}:
        return None
    key = next((key for key in _HOSTS if key in fields), None)
    host = None if key is None else facts.name(json_text.value_of(fields, key))
    if host is None:
        return None
    left = {name: raw for name, raw in fields.items() if name not in _HOSTS}
    return Peeled(json_text.written(left), facts=Facts(host=host))
