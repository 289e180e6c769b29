"""The envelope itself: which payloads are read whole, in part, or not at all."""

import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.ingest.envelope import EnvelopeError, read_envelope
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.inflate import InflateError, inflate
from netpolwatch.ingest.salvage import NothingToSalvageError, salvage

HEAD = (
    b'{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s",'
    b'"subscriptionFilters":["f"],"logEvents":['
)
ONE = b'{"id":"1","timestamp":1780995660000,"message":"one"}'
TWO = b'{"id":"2","timestamp":1780995660001,"message":"two"}'


def _packed(data: bytes) -> bytes:
    return base64.b64encode(gzip.compress(data))


def test_a_payload_is_read_whole() -> None:
    batch = read_envelope(_packed(HEAD + ONE + b"," + TWO + b"]}"))
    assert (batch.log_group, batch.log_stream, batch.owner) == ("g", "s", "1")
    assert batch.events == [
        LogEvent("one", "1", 1_780_995_660_000),
        LogEvent("two", "2", 1_780_995_660_001),
    ]
    assert (batch.unparsed, batch.dropped, batch.notes) == (0, 0, ())


def test_text_and_bytes_are_the_same_payload() -> None:
    data = _packed(HEAD + ONE + b"]}")
    assert read_envelope(data) == read_envelope(data.decode())


def test_names_longer_than_cloudwatch_has_are_cut() -> None:
    # Names are remembered between payloads: their length must be bounded.
    data = _packed(HEAD.replace(b'"s"', b'"' + b"s" * 1_000_000 + b'"') + b"]}")
    assert len(read_envelope(data).log_stream) == 512


def test_fields_after_the_events_are_found_in_a_damaged_payload() -> None:
    data = b'{"messageType":"DATA_MESSAGE","logEvents" : [ {} , ' + ONE + b' ] , "logGroup":"g",'
    batch = read_envelope(_packed(data + b'"logStream":"s"}'))
    assert (batch.log_group, batch.log_stream, batch.unparsed) == ("g", "s", 1)
    assert [event.id for event in batch.events] == ["1"]


@pytest.mark.parametrize(
    "text", ['"logEvents":[', '\\"logEvents\\":[', "]}", "\\\\", '\\\\\\"', "{"]
)
def test_json_within_a_message_does_not_confuse_a_damaged_payload(text: str) -> None:
    # given a message that holds the envelope's own marks, and a neighbour without a message
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').encode()
    inner = ONE.replace(b"one", quoted)
    # when
    batch = read_envelope(_packed(HEAD + inner + b",{}," + TWO + b"]}"))
    # then
    assert [event.message for event in batch.events] == [text, "two"]
    assert batch.unparsed == 1


@given(cut=st.integers(0, len(HEAD + ONE + TWO) + 3))
def test_wherever_json_breaks_off_whole_events_before_it_live(cut: int) -> None:
    whole = HEAD + ONE + b"," + TWO + b"]}"
    try:
        batch = read_envelope(_packed(whole[:cut]))
    except EnvelopeError:
        assert cut < len(HEAD)
        return
    kept = sum(cut >= whole.index(event) + len(event) for event in (ONE, TWO))
    assert [event.id for event in batch.events] == ["1", "2"][:kept]


@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_are_an_error_and_no_other(data: bytes) -> None:
    for given_data in (data, base64.b64encode(data), _packed(data), _packed(HEAD + data)):
        try:
            read_envelope(given_data)
        except EnvelopeError as error:
            assert str(error)  # noqa: PT017  # the other outcome is a batch


@given(junk=st.binary(max_size=60))
def test_bytes_between_two_events_never_hide_the_first(junk: bytes) -> None:
    batch = read_envelope(_packed(HEAD + ONE + b"," + junk + b"," + TWO + b"]}"))
    assert batch.events[0].id == "1"
    assert all(event.message.encode() is not None for event in batch.events)


def test_the_elements_looked_at_are_bounded() -> None:
    # when
    found = salvage(HEAD + b"{}," * 1000 + b"]}", 100)
    # then
    assert (found.events, found.unparsed, found.broken_off) == ([], 100, True)


def test_the_brackets_looked_at_are_bounded() -> None:
    # given one element of more brackets than any payload of events has
    found = salvage(HEAD + ONE + b",[" + b"[]," * 1_000_000 + b"[]]," + TWO + b"]}", 100)
    # then
    assert ([event.id for event in found.events], found.broken_off) == (["1"], True)


@pytest.mark.parametrize("data", [b"", b"{}", b'"logEvents":[', b"x" * 70_000 + HEAD])
def test_nothing_to_salvage(data: bytes) -> None:
    with pytest.raises(NothingToSalvageError):
        salvage(data, 10)


@pytest.mark.parametrize("size", [0, 1, 999, 1000])
def test_inflating_stops_at_the_bound_exactly(size: int) -> None:
    packed = gzip.compress(b"x" * 1000)
    assert len(inflate(packed, 1000).data) == 1000
    assert not inflate(packed, 1000).cut
    if size and size < 1000:
        assert inflate(packed, size) == (b"x" * size, True, False)


def test_what_follows_the_member_is_told() -> None:
    assert inflate(gzip.compress(b"x") + b"\x00", 10).trailing


@given(data=st.binary(max_size=200), at=st.integers(0, 300))
def test_damaged_gzip_is_an_inflate_error_and_no_other(data: bytes, at: int) -> None:
    packed = bytearray(gzip.compress(data, mtime=0))
    packed[at % len(packed)] ^= 0xFF
    try:
        inflate(bytes(packed), 1000)
    except InflateError as error:
        assert str(error)  # noqa: PT017  # a flipped bit of the header may be harmless
