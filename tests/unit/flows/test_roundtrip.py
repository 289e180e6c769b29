"""What is written is read back, and what is torn is not invented."""

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.flows.line import forms, parse_flow, render_flow
from netpolwatch.flows.model import Flow, Form
from tests.unit.flows.strategies import any_flow, flows

_TOKEN = re.compile(r"[0-9A-Fa-f:.]+")


def test_every_form_has_its_flows() -> None:
    assert set(forms()) == set(flows)


@pytest.mark.parametrize("form", forms())
def test_a_rendered_flow_parses_back_to_itself(form: Form) -> None:
    @given(flow=flows[form])
    def check(flow: Flow) -> None:
        assert parse_flow(render_flow(flow)) == flow

    check()


@given(flow=any_flow, padding=st.sampled_from(["\n", "\r\n", " ", "\t"]))
def test_a_line_end_changes_nothing(flow: Flow, padding: str) -> None:
    assert parse_flow(render_flow(flow) + padding) == flow


@given(text=st.text(max_size=300))
def test_arbitrary_text_is_a_flow_or_not_and_never_an_error(text: str) -> None:
    parse_flow(text)


@given(flow=any_flow, text=st.text(max_size=40), data=st.data())
def test_a_line_with_something_put_into_it_never_raises(
    flow: Flow, text: str, data: st.DataObject
) -> None:
    line = render_flow(flow)
    at = data.draw(st.integers(0, len(line)))
    found = parse_flow(line[:at] + text + line[at:])
    assert found is None or _addresses(found) <= _written(line[:at] + text + line[at:])


@given(flow=any_flow, data=st.data())
def test_a_truncated_line_is_other_or_has_the_whole_lines_addresses(
    flow: Flow, data: st.DataObject
) -> None:
    # given
    line = render_flow(flow)
    # when
    found = parse_flow(line[: data.draw(st.integers(0, len(line) - 1))])
    # then
    if found is not None:
        assert (found.source, found.destination) == (flow.source, flow.destination)
        assert (found.protocol, found.node) == (flow.protocol, flow.node)


@given(flow=any_flow, data=st.data())
def test_a_line_whose_beginning_is_lost_is_other_or_has_the_whole_lines_addresses(
    flow: Flow, data: st.DataObject
) -> None:
    line = render_flow(flow)
    found = parse_flow(line[data.draw(st.integers(1, len(line))) :])
    assert found is None or (found.source, found.destination) == (flow.source, flow.destination)


@given(first=any_flow, second=any_flow, data=st.data())
def test_spliced_lines_never_yield_an_address_that_nobody_wrote(
    first: Flow, second: Flow, data: st.DataObject
) -> None:
    # given
    head, tail = render_flow(first), render_flow(second)
    spliced = (
        head[: data.draw(st.integers(0, len(head)))] + tail[data.draw(st.integers(0, len(tail))) :]
    )
    # when
    found = parse_flow(spliced)
    # then
    assert found is None or _addresses(found) <= _written(spliced)


@pytest.mark.parametrize(
    "line",
    [
        "Node: n;SIP: 10.0.0.1;SPORT: 1;DIP: 10.0.0.2;DPORT: 2;PROTOCOL: TCP;PolicyVerdict: DENY",
        "Node: n;SIP: ::1;SPORT: 1;DIP: ::2;DPORT: 2;PROTOCOL: ICMP;PolicyVerdict: DENY;Tier: X1",
    ],
)
@pytest.mark.parametrize("end", [60, 70, 80])
def test_a_line_cut_before_its_verdict_is_other(line: str, end: int) -> None:
    assert parse_flow(line[: min(end, line.index("PolicyVerdict"))]) is None


def _addresses(flow: Flow) -> set[str]:
    return {address for address in (flow.source_ip, flow.destination_ip) if address is not None}


def _written(line: str) -> set[str]:
    """Give every address that stands in a line: as it is, padded, or as IPv6 is spelled."""
    found: set[str] = set()
    for token in _TOKEN.findall(line):
        octets = token.split(".")
        found.add(".".join(octets + ["0"] * (4 - len(octets))))
        try:
            found.add(str(ipaddress.ip_address(token)))
        except ValueError:
            continue
    return found
