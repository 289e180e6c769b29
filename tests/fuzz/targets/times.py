"""Times: what we read we can write and read again."""

from collections.abc import Iterator

from netpolwatch.ingest.prefix import without_time
from netpolwatch.ingest.timestamps import milliseconds, rfc3339
from tests.fuzz.promises import text_of


def check(data: bytes) -> None:
    text = text_of(data)
    moment = milliseconds(text)
    if moment is not None:
        _check_moment(moment)
    copied = without_time(text)
    assert text.endswith(copied.text)
    if copied.timestamp is not None:
        _check_moment(copied.timestamp)
    if len(data) <= 8:
        _check_written(int.from_bytes(data, "big", signed=True))


def seeds() -> Iterator[bytes]:
    yield b"2024-10-10T11:32:51.725Z"
    yield b"2024-10-10T11:32:51.725+0200"
    yield b"2023-12-06T14:25:58.455-06:00   Node: "
    yield b"2024-10-10 11:32:51.725\tNode:"
    yield b"0001-01-01T00:00:00+01:00"
    yield b"9999-12-31T23:59:59.999-0100 x"
    yield (1_781_006_886_005).to_bytes(8, "big")


def _check_moment(moment: int) -> None:
    written = rfc3339(moment)
    # A zone may carry a time over the edges of the calendar.
    assert written is None or milliseconds(written) == moment


def _check_written(moment: int) -> None:
    written = rfc3339(moment)
    assert written is None or milliseconds(written) == moment
