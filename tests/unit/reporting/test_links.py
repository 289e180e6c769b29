"""Links lead to the console, whatever is in the names."""

from urllib.parse import urlsplit

import pytest

from netpolwatch.reporting.links import dashboard_link, logs_insights_link

NAMES = [
    ("/aws/eks/prod/cluster", "aws-network-policy-agent-audit-ed840232"),
    ("/a b/\u00fc", "stream'; fields @message | filter 1=1"),
    ("/g~'(x)", "~'*$\"\n\x1b</a>"),
]


@pytest.mark.parametrize(("group", "stream"), NAMES)
def test_a_query_link_is_well_formed(group: str, stream: str) -> None:
    link = logs_insights_link("eu-central-1", group, stream)
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc) == ("https", "eu-central-1.console.aws.amazon.com")
    assert link.isascii()
    assert link.isprintable()
    assert not set(link) & set(' "<>\\^`{|}')
    # A name cannot end the quoted text that it stands in, nor the query's own string.
    assert parts.fragment.count("'") == 4
    assert parts.fragment.partition("~source~")[0].count("*27") == 2
    assert parts.fragment.endswith("))")


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("ap-southeast-1", "ap-southeast-1.console.aws.amazon.com"),
        ("us-gov-east-1", "us-gov-east-1.console.amazonaws-us-gov.com"),
        ("cn-northwest-1", "cn-northwest-1.console.amazonaws.cn"),
    ],
)
def test_a_link_leads_to_the_console_of_the_regions_partition(region: str, host: str) -> None:
    assert urlsplit(dashboard_link(region, "netpolwatch")).netloc == host


def test_a_query_asks_for_one_stream_of_one_group() -> None:
    fragment = urlsplit(logs_insights_link("us-east-1", *NAMES[0])).fragment
    assert "~source~(~'*2Faws*2Feks*2Fprod*2Fcluster))" in fragment
    assert "*40logStream*20*3D*20*27aws-network-policy-agent-audit-ed840232*27" in fragment


@pytest.mark.parametrize("name", ["netpolwatch", "a b", "a/b?c#d", "\u00fc"])
def test_a_dashboard_link_is_well_formed(name: str) -> None:
    link = dashboard_link("eu-central-1", name)
    assert link.isascii()
    assert link.count("#") == 1
    assert urlsplit(link).query == "region=eu-central-1"
