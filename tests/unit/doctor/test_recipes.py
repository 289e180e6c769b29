"""The printed recipes say what our own reader understands."""

import base64
import gzip
import json
import re
import shlex

import pytest
import yaml

from netpolwatch import Analyzer
from netpolwatch.configuration import Config
from netpolwatch.doctor.recipes import (
    RECIPES,
    configuration,
    fluent_bit,
    helm_values,
    kubectl_patch,
    node_log_group,
)
from netpolwatch.ingest.origin import AGENT, CNI_PLUGIN, IPAMD, origin_of

NODE = "ip-10-0-1-9.ec2.internal"
FLOW = (
    '{"level":"info","ts":"2026-03-05T20:27:18.669Z","caller":"events/events.go:193",'
    '"msg":"Flow Info: ","Src IP":"10.0.1.44","Src Port":40000,"Dest IP":"10.0.9.9",'
    '"Dest Port":5432,"Proto":"TCP","Verdict":"DENY"}'
)


def streams() -> dict[str, str]:
    """Return the streams that the recipe makes, by file: prefix, then the path's tag."""
    text = fluent_bit("prod", "eu-west-1")
    (paths,) = re.findall(r"Path +(\S+)", text)
    (prefix,) = re.findall(r"log_stream_prefix +(\S+)", text)
    before = prefix.replace("${NODE_NAME}", NODE)
    return {path: f"{before}eksnp{path.replace('/', '.')}" for path in paths.split(",")}


def test_every_stream_of_fluent_bit_tells_its_component_and_node() -> None:
    group = node_log_group("prod")
    origins = {path: origin_of(group, stream, "nodes") for path, stream in streams().items()}
    folder = "/var/log/aws-routed-eni"
    assert {path: origin.component for path, origin in origins.items()} == {
        f"{folder}/network-policy-agent.log": AGENT,
        f"{folder}/ebpf-sdk.log": AGENT,
        f"{folder}/ipamd.log": IPAMD,
        f"{folder}/plugin.log": CNI_PLUGIN,
    }
    assert {origin.node for origin in origins.values()} == {NODE}


def test_a_record_as_fluent_bit_writes_it_is_a_flow() -> None:
    # given a line of the agent's file after the recipe's parser and filter
    record = json.dumps(json.loads(FLOW) | {"node": NODE})
    stream = streams()["/var/log/aws-routed-eni/network-policy-agent.log"]
    envelope = {
        "messageType": "DATA_MESSAGE", "owner": "1", "logGroup": node_log_group("prod"),
        "logStream": stream, "subscriptionFilters": [],
        "logEvents": [{"id": "1", "timestamp": 1_772_742_438_669, "message": record}],
    }  # fmt: skip
    data = base64.b64encode(gzip.compress(json.dumps(envelope).encode())).decode()
    # when
    batch = Analyzer().analyze(data)
    # then
    assert batch.by_verdict == {"DENY": 1}
    assert batch.denies[0].node == NODE


def test_the_printed_configuration_is_valid() -> None:
    config = Config.model_validate(yaml.safe_load(configuration("prod", "eu-west-1")))
    assert config.clusters[0].groups == ("/aws/eks/prod/cluster", "/aws/eks/prod/nodes")


def test_the_patch_of_the_daemonset_tests_its_container_first() -> None:
    _configmap, daemonset, _status = kubectl_patch("prod", "eu-west-1").splitlines()
    first, *others = json.loads(shlex.split(daemonset)[-1])
    assert (first["op"], first["value"]) == ("test", "aws-eks-nodeagent")
    assert [patch["value"] for patch in others] == [
        "--enable-network-policy=true",
        "--enable-policy-event-logs=true",
        "--enable-cloudwatch-logs=true",
    ]


def test_helm_keeps_its_other_values() -> None:
    assert "--reuse-values" in helm_values("prod", "eu-west-1")


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_recipe_ends_in_a_new_line(name: str) -> None:
    assert RECIPES[name]("prod", "eu-west-1").endswith("\n")
