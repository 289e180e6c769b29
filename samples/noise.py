"""What a healthy cluster logs all day, and lines that only look like trouble."""

from samples import audit, cluster
from samples.cluster import NODES, PODS, Node
from samples.parts import Lines, Window

ACCEPTS = {
    cluster.EDGE: 3000,
    cluster.WEB: 2600,
    cluster.ORDERS: 2300,
    cluster.CACHE: 1800,
    cluster.LEGACY: 900,
    cluster.BATCH: 1600,
}
"""ACCEPT flows a node."""

_AUDIT = (
    Lines(cluster.AUDIT, tuple(audit.lease_renewed(node) for node in NODES), 1900),
    Lines(cluster.AUDIT, tuple(audit.pod_status(pod) for pod in PODS), 900),
    Lines(cluster.AUDIT, tuple(audit.endpoint_slice(pod) for pod in PODS), 700),
    Lines(cluster.AUDIT, tuple(audit.looked_up(pod) for pod in PODS), 900),
    # A trap: this 403 is steady in every healthy EKS cluster.
    Lines(cluster.AUDIT, (audit.zone_poller_refused(),), 360),
    Lines(
        cluster.AUDIT,
        (audit.policy_created("data", "allow-orders", "postgres", "orders-api", 5432),),
        1,
        Window(30, 31),
    ),
    # The controller could still write before its role was changed.
    Lines(cluster.AUDIT, (audit.endpoints_written("data"),), 1, Window(31, 32)),
)

_CONTROL_PLANE = (
    Lines(
        cluster.APISERVER,
        (
            (
                'I$klog      10 trace.go:236] Trace[$number]: "List" accept:application/json,'
                "audit-id:$uuid,client:10.0.147.16,resource:pods,scope:cluster,verb:LIST"
            ),
            (
                "I$klog      10 controller.go:624] quota admission added evaluator for:"
                " policyendpoints.networking.k8s.aws"
            ),
            (
                'W$klog      10 reflector.go:561] watch of *v1.Secret ended with: "too old resource'
                ' version: $number"'
            ),
        ),
        900,
    ),
    Lines(
        cluster.SCHEDULER,
        tuple(
            'I$klog      10 schedule_one.go:314] "Successfully bound pod to node"'
            f' pod="{pod.namespace}/{pod.name}" node="{pod.node.name}" evaluatedNodes=6'
            " feasibleNodes=2"
            for pod in PODS
        ),
        700,
    ),
    Lines(
        cluster.SCHEDULER,
        (
            # The processor is what most nodes lack.
            (
                'I$klog      10 schedule_one.go:1055] "Unable to schedule pod; no fit; waiting"'
                ' pod="batch/export-4c8d7-q9s5b" err="0/6 nodes are available: 1 Insufficient'
                " vpc.amazonaws.com/pod-eni, 5 Insufficient cpu. preemption: 0/6 nodes are"
                ' available: 6 No preemption victims found for incoming pod."'
            ),
            (
                'I$klog      10 schedule_one.go:1055] "Unable to schedule pod; no fit; waiting"'
                ' pod="batch/report-28f9c-7hj2m" err="0/6 nodes are available: 6 Insufficient cpu.'
                " preemption: 0/6 nodes are available: 6 No preemption victims found for incoming"
                ' pod."'
            ),
        ),
        40,
    ),
    Lines(
        cluster.CONTROLLERS,
        (
            (
                'I$klog      10 replica_set.go:679] "Finished syncing"'
                ' logger="replicaset-controller" kind="ReplicaSet" key="shop/web-6d4cf56db6"'
                ' duration="1.${number}ms"'
            ),
            (
                'I$klog      10 garbagecollector.go:549] "Deleting item"'
                ' logger="garbage-collector-controller" item="[v1/Pod, namespace: batch, name:'
                ' report-$hex]" propagationPolicy="Background"'
            ),
        ),
        600,
    ),
    Lines(
        cluster.AUTHENTICATOR,
        tuple(
            'time="$second" level=info msg="access granted"'
            f' arn="arn:aws:iam::{cluster.ACCOUNT}:role/node-role" client="127.0.0.1:$port"'
            f' groups="[system:bootstrappers system:nodes]" method=POST path=/authenticate'
            f" stsendpoint=sts.{cluster.REGION}.amazonaws.com"
            f' username="system:node:{node.name}"'
            for node in NODES
        ),
        900,
    ),
)

IPAM_CHECK = 'time="$second" level=info msg="Checking for IPAM connectivity... "'
"""Printed at every healthy start."""

_HEALTHY_START = (
    'time="$second" level=info msg="Starting IPAM daemon... "',
    IPAM_CHECK,
    'time="$second" level=info msg="Copying config file... "',
    'time="$second" level=info msg="Successfully copied CNI plugin binary and config file."',
)


def _started(node: Node, minute: float) -> tuple[Lines, ...]:
    """Tell of a healthy start of aws-node: a line every six seconds, in their order."""
    stream = node.container("aws-node")
    times = (minute + 0.1 * number for number in range(len(_HEALTHY_START)))
    return tuple(
        Lines(stream, (text,), 1, Window(time, time))
        for text, time in zip(_HEALTHY_START, times, strict=True)
    )


_DATAPLANE = (
    *_started(cluster.ORDERS, 12),
    # The node whose aws-node panicked (see the story) comes back.
    *_started(cluster.WEB, 224),
    *(
        Lines(
            node.container("kube-proxy"),
            ('I$klog       1 proxier.go:847] "SyncProxyRules complete" elapsed="14.${number}ms"',),
            72,
        )
        for node in NODES
    ),
)

_NODE_FILES = (
    Lines(
        cluster.BATCH.flows,
        (
            (
                '{"level":"info","ts":"$ts","caller":"conntrack/conntrack_client.go:137","msg":'
                '"Conntrack cleanup Delete - Conntrack Key : Source IP - 10.0.3.205 Source port -'
                ' $port Dest IP - 172.20.0.10 Dest port - 53 Protocol - 17 Owner IP - 10.0.3.205"}'
            ),
            (
                '{"level":"info","ts":"$ts","caller":"conntrack/conntrack_client.go:154","msg":'
                '"Done cleanup of conntrack map"}'
            ),
        ),
        300,
    ),
    Lines(
        cluster.CACHE.flows,
        (
            (
                '{"level":"info","ts":"$ts","logger":"ebpf-client","caller":'
                '"conntrack/conntrack_client.go:90","msg":"Check for any stale entries in the'
                ' conntrack map"}'
            ),
        ),
        72,
    ),
    # Already gone: harmless.
    Lines(
        cluster.ORDERS.file("ebpf-sdk"),
        (
            (
                '{"level":"error","ts":"$ts","caller":"conntrack/conntrack_client.go:131","msg":'
                '"unable to delete map entry and ret -1 and err no such file or directory"}'
            ),
        ),
        30,
    ),
)

_PANIC_OF_AN_APPLICATION = (
    "panic: runtime error: invalid memory address or nil pointer dereference\n"
    "[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x6d41f2]\n\n"
    "goroutine 41 [running]:\n"
    "main.(*Mailer).send(0x0, {0xc00012c000, 0x2a})\n"
    "\t/src/mailer/send.go:88 +0x1d\n"
    "created by main.main in goroutine 1\n"
    "\t/src/mailer/main.go:31 +0x9c"
)

_BAITS = (
    Lines(
        cluster.ORDERS.application("fraud-6b9f7d8c5-p8d4s", "orders", "fraud"),
        (
            (
                '{"level":"info","msg":"order DENY rule evaluated","verdict":"DENY",'
                '"rule":"fraud-7","order":"$hex"}'
            ),
            '{"level":"info","msg":"order accepted","verdict":"ACCEPT","order":"$hex"}',
        ),
        420,
    ),
    Lines(
        cluster.LEGACY.application("mailer-0", "legacy", "mailer"),
        (_PANIC_OF_AN_APPLICATION,),
        3,
        Window(80, 120),
    ),
    Lines(
        cluster.WEB.application("kyverno-admission-6f7c9-4xw2t", "kyverno", "kyverno"),
        (
            (
                "I$klog       1 request.go:700] Waited for 1.047064274s due to client-side"
                " throttling, not priority and fairness, request:"
                " GET:https://172.20.0.1:443/apis/kyverno.io/v1"
            ),
        ),
        40,
    ),
    # Another network plugin's words, from a cluster that this pod watches.
    Lines(
        cluster.EDGE.application("flow-relay-7d9c8b5f6-w3k8n", "monitoring", "relay"),
        (
            (
                "Policy verdict log: flow 0x0 local EP ID 1677, remote ID 2, proto 6, ingress,"
                " action deny, match none, 192.0.2.63:$port -> 192.0.2.64:8080 tcp SYN"
            ),
            (
                'level=warning msg="JoinEP: Failed to attach program(s)" error="getting'
                ' interface by name: Link not found"'
            ),
        ),
        60,
    ),
)

ROUTINES: tuple[Lines, ...] = (
    *_AUDIT,
    *_CONTROL_PLANE,
    *_DATAPLANE,
    *_NODE_FILES,
    *_BAITS,
)
