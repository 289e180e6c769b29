"""One template for three partitions: principals, ARNs and console addresses fit each."""

import re
from collections.abc import Iterator

import pytest

from infra.app import compose
from infra.partitions import check_region
from netpolwatch.configuration import Config, ConfigError
from tests.infra.placing import CHINA, COMMERCIAL, GOVCLOUD, Place
from tests.infra.reading import Template
from tests.infra.synthesizing import CHANNELS, CONTEXT

PLACES = [COMMERCIAL, GOVCLOUD, CHINA]
HOSTS = {
    "aws": "eu-central-1.console.aws.amazon.com",
    "aws-us-gov": "us-gov-west-1.console.amazonaws-us-gov.com",
    "aws-cn": "cn-north-1.console.amazonaws.cn",
}


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def services(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(principal := value.get("Principal"), dict) and "Service" in principal:
            yield from texts(principal["Service"])
        elif isinstance(principal, str) and principal != "*":
            yield principal
        for item in value.values():
            yield from services(item)
    elif isinstance(value, list):
        for item in value:
            yield from services(item)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.partition)
def test_every_arn_is_of_the_partition(template: Template, place: Place) -> None:
    arns = {
        arn
        for text in texts(place.read(template.raw)["Resources"])
        for arn in re.findall(r"arn:[a-z-]*", text)
    }
    assert arns == {f"arn:{place.partition}"}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.partition)
def test_every_principal_exists_there(template: Template, place: Place) -> None:
    logs_of_the_region = f"logs.{place.region}.{place.suffix}"
    assert set(services(place.read(template.raw)["Resources"])) == {
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
        "lambda.amazonaws.com",
        "logs.amazonaws.com",
        "scheduler.amazonaws.com",
        logs_of_the_region,
    }


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.partition)
def test_the_dashboards_address_is_of_the_partitions_console(
    template: Template, place: Place
) -> None:
    url = place.read(template.raw)["Outputs"]["DashboardUrl"]["Value"]
    assert url.startswith(f"https://{HOSTS[place.partition]}/cloudwatch/home?region={place.region}")


def config(**settings: object) -> Config:
    return Config.model_validate({"clusters": [{"name": "prod"}], **settings})


def test_a_partition_that_nobody_has_tried_is_refused() -> None:
    with pytest.raises(ConfigError, match="us-iso-east-1 is in partition aws-iso"):
        check_region(config(), "us-iso-east-1")


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
@pytest.mark.parametrize("chat", [{}, {"slack": CHANNELS["slack"]}])
def test_chat_is_refused_where_amazon_q_developer_is_not(region: str, chat: object) -> None:
    with pytest.raises(ConfigError, match=r"leave chat out, and use slack_secret_arn"):
        check_region(config(chat=chat), region)


@pytest.mark.parametrize("region", [None, "eu-central-1", "us-gov-west-1", "xx-new-1"])
def test_what_can_be_deployed_or_is_not_known_passes(region: str | None) -> None:
    check_region(config(), region)


def test_the_app_asks_for_the_region_of_the_cli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDK_DEFAULT_REGION", "us-iso-east-1")
    with pytest.raises(ConfigError, match="aws-iso"):
        compose(CONTEXT)
