"""Set-ups that AWS's API does not reach: Helm, the DaemonSet, Fluent Bit, our own configuration.

Source of the flags: the EKS user guide's pages on network policy logs; of the files on the node:
the defaults of the VPC CNI and its agent.
"""

import json
import shlex
from collections.abc import Callable
from typing import Final

_FLAGS: Final = ("enable-network-policy", "enable-policy-event-logs", "enable-cloudwatch-logs")
_FILES: Final = ("network-policy-agent", "ebpf-sdk", "ipamd", "plugin")
_FOLDER: Final = "/var/log/aws-routed-eni"


def helm_values(_cluster: str, _region: str) -> str:
    """Return the upgrade of a CNI that Helm installed; its other values are kept."""
    return """helm upgrade aws-vpc-cni eks/aws-vpc-cni --namespace kube-system --reuse-values \\
  --set enableNetworkPolicy=true \\
  --set nodeAgent.enablePolicyEventLogs=true \\
  --set nodeAgent.enableCloudWatchLogs=true
"""


def kubectl_patch(_cluster: str, _region: str) -> str:
    """Return the patches of a CNI that nobody manages.

    The agent takes the last of equal flags, so adding one overrides it. The patch tests the
    container's name first: where another one stands there, nothing is changed.
    """
    container = "/spec/template/spec/containers/1"
    patch = [
        {"op": "test", "path": f"{container}/name", "value": "aws-eks-nodeagent"},
        *(
            {"op": "add", "path": f"{container}/args/-", "value": f"--{flag}=true"}
            for flag in _FLAGS
        ),
    ]
    controller = {"data": {"enable-network-policy-controller": "true"}}
    kubectl = "kubectl --namespace kube-system patch"
    return (
        f"{kubectl} configmap amazon-vpc-cni --type merge --patch {_quoted(controller)}\n"
        f"{kubectl} daemonset aws-node --type json --patch {_quoted(patch)}\n"
        "kubectl --namespace kube-system rollout status daemonset/aws-node\n"
    )


def fluent_bit(cluster: str, region: str) -> str:
    """Return input, filter, output and parser that ship the node's files.

    The pod needs NODE_NAME from its `spec.nodeName`, and the folder mounted from the host. A
    stream is named by node and file, so that both are known of every line.
    """
    paths = ",".join(f"{_FOLDER}/{name}.log" for name in _FILES)
    return f"""# fluent-bit.conf
[INPUT]
    Name              tail
    Tag               eksnp.*
    Path              {paths}
    Parser            netpolwatch_json
    DB                {_FOLDER}/flb_npagent.db
    Mem_Buf_Limit     5MB
    Skip_Long_Lines   On
    Refresh_Interval  10

[FILTER]
    Name              record_modifier
    Match             eksnp.*
    Record            node ${{NODE_NAME}}

[OUTPUT]
    Name              cloudwatch_logs
    Match             eksnp.*
    region            {region}
    log_group_name    {node_log_group(cluster)}
    log_stream_prefix ${{NODE_NAME}}-
    auto_create_group true
    log_retention_days 30

# parsers.conf
[PARSER]
    Name              netpolwatch_json
    Format            json
    Time_Key          ts
    Time_Format       %Y-%m-%dT%H:%M:%S.%LZ
    Time_Keep         On
"""


def configuration(cluster: str, _region: str) -> str:
    """Return a `netpolwatch.yaml` that reads both log groups."""
    return f"""clusters:
  - name: {cluster}
    log_groups:
      - /aws/eks/{cluster}/cluster
      - {{name: {node_log_group(cluster)}, kind: nodes}}
"""


def node_log_group(cluster: str) -> str:
    """Return the name of the log group that `fluent_bit` ships to."""
    return f"/aws/eks/{cluster}/nodes"


RECIPES: Final[dict[str, Callable[[str, str], str]]] = {
    "helm": helm_values,
    "kubectl": kubectl_patch,
    "fluent-bit": fluent_bit,
    "configuration": configuration,
}
"""By the name that `setup --print` takes; each of cluster and region."""


def _quoted(patch: object) -> str:
    return shlex.quote(json.dumps(patch, separators=(",", ":")))
