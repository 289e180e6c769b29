"""The finding's JSON Schema for `docs/`: `python -m netpolwatch.reporting.schema > FILE`."""

import sys

import msgspec

from netpolwatch.reporting.contract import finding_schema


def schema_text() -> str:
    """Write the schema as it stands in `docs/finding.schema.json`."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "netpolwatch/finding/v1",
        **finding_schema(),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
