"""Flows as agents can write them: every form, every combination of fields that it carries."""

import ipaddress
import re

from hypothesis import strategies as st

from netpolwatch.flows.model import Flow, Form
from netpolwatch.flows.words import DIRECTIONS, PROTOCOLS, TIERS, VERDICTS

_NODES = ("ip-10-0-1-9.ec2.internal", "ip-192-0-2-10.eu-west-1.compute.internal", "i-0a1b2c3d4e5f")
_IN_SENTENCE = re.compile(r" (?:Proto|Verdict|Direction)\b")

_octet = st.integers(0, 255)
_ipv4 = st.tuples(_octet, _octet, _octet, _octet).map(lambda four: ".".join(map(str, four)))
_trailing_zeros = st.builds(
    lambda head, zeros: ".".join(map(str, head[: 4 - zeros] + [0] * zeros)),
    st.lists(_octet, min_size=4, max_size=4),
    st.integers(1, 4),
)
# Go prints an address that is mapped into IPv6 as IPv4, so that form never stands in a line.
_ipv6 = (
    st.integers(0, 2**128 - 1)
    .map(ipaddress.IPv6Address)
    .filter(lambda address: address.ipv4_mapped is None)
    .map(str)
)
addresses = st.none() | _trailing_zeros | _ipv4 | _ipv6
ports = st.sampled_from([0, 53, 443, 1023, 1024, 32_767, 32_768, 65_535]) | st.integers(0, 65_535)
nodes = st.none() | st.sampled_from(_NODES) | st.from_regex(r"[a-z0-9.-]{1,60}", fullmatch=True)
timestamps = st.none() | st.integers(-62_135_596_800_000, 253_402_300_799_999)


def words(known: frozenset[str], new: str) -> st.SearchStrategy[str]:
    """Known words, and new ones that are not the torn beginning of a known one."""
    unknown = st.from_regex(new, fullmatch=True).filter(
        lambda word: (
            not any(whole.startswith(word) for whole in known) and not _IN_SENTENCE.search(word)
        )
    )
    return st.sampled_from(sorted(known)) | unknown


_new_word = r"[A-Z][A-Z0-9_]{1,14}[A-Z0-9]"
_protocols = words(PROTOCOLS, r"[A-Z][A-Z0-9 /_-]{1,14}[A-Z0-9]")
_verdicts = words(VERDICTS, r"[A-Z][A-Z/_]{1,14}[A-Z]")
_tiers = st.none() | words(TIERS, _new_word)


def _flows(form: Form, **own: st.SearchStrategy[object]) -> st.SearchStrategy[Flow]:
    return st.builds(
        Flow,
        form=st.just(form),
        source_ip=addresses,
        source_port=ports,
        destination_ip=addresses,
        destination_port=ports,
        protocol=_protocols,
        verdict=_verdicts,
        judgement=st.none(),
        **{name: own.get(name, st.none()) for name in ("node", "direction", "tier", "timestamp")},
    )


_directions = st.sampled_from(sorted(DIRECTIONS))
flows: dict[Form, st.SearchStrategy[Flow]] = {
    "cloudwatch": _flows("cloudwatch", node=nodes, tier=_tiers),
    "file-kv": _flows("file-kv", timestamp=timestamps),
    "file-sentence-v4": _flows(
        "file-sentence-v4", direction=_directions, tier=_tiers, timestamp=timestamps
    ),
    "file-sentence-v6": _flows(
        "file-sentence-v6", direction=_directions, tier=_tiers, timestamp=timestamps
    ),
}
any_flow = st.one_of(*flows.values())
