"""Which log groups are read, by whom, and through which filters."""

import msgspec


class SubscriptionSpec(msgspec.Struct, frozen=True, rename="pascal"):
    """Properties of the custom resource, and what the hourly check holds the filters against.

    Attributes
    ----------
    filter_name
        Name of our filter on each group.
    audit_pattern
        Of a second filter, `audit_name`, for the audit log; none where one filter does.
    own_log_prefix
        Log groups that start so are our own and are refused.
    destination
        ARN of the function that reads; empty as long as it is not known (at synth).
    """

    filter_name: str
    own_log_prefix: str
    log_groups: tuple[str, ...]
    filter_pattern: str = ""
    audit_pattern: str | None = None
    destination: str = ""

    @property
    def audit_name(self) -> str:
        """Name of the second filter: a stack's name holds no dot, so it is no other stack's."""
        return f"{self.filter_name}.audit"

    @property
    def patterns(self) -> dict[str, str]:
        """Pattern by filter name, in the order of writing.

        The second filter comes first: until the first one's pattern changes, nothing is missed.
        """
        both = {self.audit_name: self.audit_pattern, self.filter_name: self.filter_pattern}
        return {name: pattern for name, pattern in both.items() if pattern is not None}
