"""What a configuration comes to for the functions: written at synth, read at run time."""

import msgspec

from netpolwatch.findings.rules import DEFAULT_RULES, Rules
from netpolwatch.ingest.origin import GroupKind
from netpolwatch.subscription.spec import SubscriptionSpec


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Effective configuration, written beside the code at synth.

    Attributes
    ----------
    clusters
        Log group name to cluster name, for every subscribed group.
    rules
        When what is known is told.
    retention_days
        A finding's item expires this many days after it was last seen.
    stack_name
        Tells the pipeline's own metrics from those of another stack in the same region.
    subscription
        The filters that have to be on the log groups; their destination is known at deployment.
    settling_seconds
        How long a denied conversation waits for what explains it, before it is judged.
    kinds
        Who may write into a log group, where its configuration says it.
    """

    clusters: dict[str, str]
    rules: Rules = DEFAULT_RULES
    retention_days: int = 30
    stack_name: str = "netpolwatch"
    subscription: SubscriptionSpec | None = None
    settling_seconds: int = 45
    kinds: dict[str, GroupKind] = {}
