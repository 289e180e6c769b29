"""What a payload teaches is learned last: a knowledge table in any state costs no finding."""

import json
import time
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ReadTimeoutError

from tests.corpus import cluster_day
from tests.lambdas.conftest import Deployment
from tests.lambdas.deployment import Context, payload
from tests.unit.aws.findings_store import (
    KNOWLEDGE,
    Response,
    answered,
    items,
    refusal,
)

AUDIT_STREAM = "kube-apiserver-audit-ed84023249fbb133a4fed61377bc0000"


def teaching(minute: int) -> dict[str, Any]:
    """A payload of two hundred audit events, one of which is a finding."""
    events = [event["message"] for event in cluster_day.events("audit")[:200]]
    refused = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "stage": "ResponseComplete",
        "auditID": "0b0e7c4e-5a92-4b63-8f9b-5a9e9a1d8d11",
        "verb": "create",
        "requestURI": "/apis/networking.k8s.aws/v1alpha1/namespaces/shop/policyendpoints",
        "user": {"username": "eks:network-policy-controller"},
        "objectRef": {"resource": "policyendpoints", "namespace": "shop",
                      "apiGroup": "networking.k8s.aws", "apiVersion": "v1alpha1"},
        "responseStatus": {
            "code": 403, "reason": "Forbidden",
            "message": 'policyendpoints.networking.k8s.aws is forbidden: User '
                       '"eks:network-policy-controller" cannot create resource '
                       '"policyendpoints" in API group "networking.k8s.aws" in the namespace '
                       '"shop"',
        },
        "annotations": {"authorization.k8s.io/decision": "forbid"},
    }  # fmt: skip
    return payload(*events, json.dumps(refused), at=minute, stream=AUDIT_STREAM)


def throttled(_: AWSPreparedRequest) -> Response:
    return refusal("ProvisionedThroughputExceededException")


def refused(_: AWSPreparedRequest) -> Response:
    return refusal("AccessDeniedException")


def hanging(request: AWSPreparedRequest) -> Response:
    raise ReadTimeoutError(endpoint_url=request.url)


def unprocessed(request: AWSPreparedRequest) -> Response | None:
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
    if "RequestItems" not in body:
        return None
    left = {"UnprocessedItems": json.loads(body)["RequestItems"]}
    return 200, {"content-type": "application/x-amz-json-1.0"}, json.dumps(left).encode()


@pytest.mark.parametrize("fault", [throttled, refused, hanging, unprocessed])
def test_given_a_table_that_does_not_learn_then_no_finding_and_no_metric_is_lost(
    deployment: Deployment,
    capsys: pytest.CaptureFixture[str],
    fault: Any,  # noqa: ANN401  # one of four functions
) -> None:
    # given a payload that teaches much and shows one fault, and little time
    minute = time.time_ns() // 1_000_000 // 60_000 * 60_000
    began = time.monotonic()
    # when the knowledge table is throttled, refuses, hangs or takes nothing
    with answered("BatchWriteItem", fault), answered("Query", fault):
        answer = deployment.analyzer.handle(teaching(minute), Context(11_000))
    # then the finding is there, in time, and so are the metrics
    assert answer["opened"] == 1
    assert sum(key.startswith("finding#") for key in items(deployment.table)) == 1
    assert time.monotonic() - began < 10
    output = capsys.readouterr().out
    assert '"EventsProcessed"' in output
    # and what was not learned is counted
    assert '"FactsNotLearned"' in output


def test_given_a_table_that_learns_then_nothing_is_counted_as_lost(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    minute = time.time_ns() // 1_000_000 // 60_000 * 60_000
    deployment.analyzer.handle(teaching(minute), Context())
    assert deployment.table.scan(TableName=KNOWLEDGE, Select="COUNT")["Count"] > 50
    assert "FactsNotLearned" not in capsys.readouterr().out
