"""A log forwarder that extracts no fields: unpack, add where each event came from, pack again.

It stands for the function that ships a log group to another vendor. Real ones do more per event
(tags, scrubbing, compression, HTTP): this is the least that such a function can do.
"""

import base64
import gzip
import json
from typing import Any


def forward(data: str) -> list[str]:
    """Read one payload's base64 text; gives one JSON document an event."""
    envelope = json.loads(gzip.decompress(base64.b64decode(data)))
    metadata = _metadata(envelope)
    return [json.dumps(event | metadata) for event in envelope["logEvents"]]


def _metadata(envelope: dict[str, Any]) -> dict[str, Any]:
    logs = {key: envelope[key] for key in ("logGroup", "logStream", "owner")}
    return {
        "source": "cloudwatch",
        "aws": {"awslogs": logs, "function": "log-forwarder"},
        "tags": f"forwarder:log-forwarder,log_group:{envelope['logGroup']}",
    }
