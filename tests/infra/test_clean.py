"""cdk-nag and cfn-lint find nothing in any kind of deployment, not only in the simplest."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from infra.app import compose
from tests.infra.synthesizing import CHANNELS

NODES = [f"/nodes/{number:02}/".ljust(500, "n") for number in range(29)]
ELSEWHERE = ["us-gov-west-1", "cn-north-1"]
CONFIGURATIONS = {
    "thirty long log groups": {
        "stack_name": "a-stack-name-as-long-as-a-name-may-be-40",
        "clusters": [{"name": "prod", "log_groups": ["/aws/eks/prod/cluster", *NODES]}],
    },
    "everything": {
        "stack_name": "watch-eu",
        "clusters": [{"name": "prod"}, {"name": "staging"}],
        "email": ["me@example.com"],
        "chat": CHANNELS,
        "slack_secret_arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf",
        "subscription_patterns": "split",
        "reserved_concurrency": 50,
    },
    "chat by a topic, no bus": {"clusters": [{"name": "prod"}], "chat": {}, "event_bus": None},
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_no_rule_is_broken_and_the_template_is_valid(name: str, tmp_path: Path) -> None:
    file = tmp_path / "netpolwatch.yaml"
    file.write_text(yaml.safe_dump(CONFIGURATIONS[name]), encoding="utf-8")
    app, stack = compose({"config": str(file), "aws:cdk:bundling-stacks": []})
    assembly = app.synth()  # raises for a broken rule of cdk-nag
    template = Path(assembly.get_stack_by_name(stack.stack_name).template_full_path)
    cfn_lint = str(Path(sys.executable).parent / "cfn-lint")
    # Amazon Q Developer is in the commercial partition alone, and refused elsewhere at synth.
    regions = ["eu-central-1"] if name == "everything" else ["eu-central-1", *ELSEWHERE]
    lint = [cfn_lint, "--ignore-checks", "W3005", "--regions", *regions]
    done = subprocess.run(  # noqa: S603 - ours
        [*lint, "--", str(template)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
