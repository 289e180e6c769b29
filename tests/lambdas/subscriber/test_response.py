from typing import Any

import pytest

from lambdas.subscriber.response import succeed
from tests.lambdas.subscriber.conftest import Answers

REQUEST = {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Filters"}


def request_to(url: str) -> dict[str, Any]:
    return {**REQUEST, "ResponseURL": url}


def test_the_answer_names_the_request(answers: Answers) -> None:
    succeed(request_to(answers.url), "our-filters", {"Report": "fine"})
    assert answers.received == [
        {
            **REQUEST,
            "Status": "SUCCESS",
            "PhysicalResourceId": "our-filters",
            "Data": {"Report": "fine"},
        }
    ]


def test_the_signed_address_wants_no_content_type(answers: Answers) -> None:
    succeed(request_to(answers.url), "our-filters", {})
    assert answers.content_types == [""]


def test_a_refused_answer_is_sent_again(answers: Answers) -> None:
    answers.refusals = 3
    pauses: list[float] = []
    succeed(request_to(answers.url), "our-filters", {}, sleep=pauses.append)
    assert len(answers.received) == 1
    assert pauses == [1.0, 2.0, 4.0]


def test_an_answer_that_cannot_be_delivered_raises(answers: Answers) -> None:
    answers.refusals = 9
    pauses: list[float] = []
    with pytest.raises(OSError, match="503"):
        succeed(request_to(answers.url), "our-filters", {}, sleep=pauses.append)
    assert (len(pauses), answers.received) == (3, [])


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/x", ""])
def test_only_web_addresses_are_answered(url: str) -> None:
    with pytest.raises(OSError, match="not a web address"):
        succeed(request_to(url), "our-filters", {})
