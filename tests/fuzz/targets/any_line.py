"""Any text at the engine's door: a flow of some form, or none."""

from netpolwatch.flows.line import forms, parse_flow
from netpolwatch.ingest.prefix import without_time
from tests.fuzz.promises import check_flow, text_of


def check(data: bytes) -> None:
    text = text_of(data)
    flow = parse_flow(text)
    if flow is None:
        return
    assert flow.form in forms()
    check_flow(flow, text)
    copied = without_time(text)
    if copied.text != text:
        assert flow.timestamp == copied.timestamp
