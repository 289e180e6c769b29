"""By which role the agent calls AWS, and what that role is denied."""

from typing import TYPE_CHECKING

from netpolwatch.doctor.facts import CniRole, Unread, UnreadError
from netpolwatch.doctor.permissions import DELIVERY_ACTIONS, log_group_arn

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_ARN_PARTS = 6


def role_of(
    associated: str | None, annotated: str | None, node_role: str | None
) -> tuple[str, str]:
    """Return the role that wins, and how: pod identity before IRSA before the node's role.

    Raises `UnreadError` where there is none of them: self-managed nodes, whose role EKS does not
    know.
    """
    for arn, how in (
        (associated, "pod identity"),
        (annotated, "IRSA"),
        (node_role, "node role"),
    ):
        if arn:
            return arn, how
    reason = "neither pod identity nor IRSA, and no managed node group names a role"
    raise UnreadError(Unread("eks:DescribeNodegroup", reason))


def examined_role(
    client: "IAMClient", arn: str, how: str, *, region: str, log_group: str
) -> CniRole:
    """Return a role and what of the delivery it is denied; raises `ClientError`."""
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS:
        raise UnreadError(Unread("iam:SimulatePrincipalPolicy", f"not a role's ARN: {arn[:200]}"))
    group = log_group_arn(parts[1], region, parts[4], log_group)
    pages = client.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=arn, ActionNames=list(DELIVERY_ACTIONS), ResourceArns=[group]
    )
    denied = tuple(
        result["EvalActionName"]
        for page in pages
        for result in page.get("EvaluationResults", [])
        if result["EvalDecision"] != "allowed"
    )
    return CniRole(arn, how, denied)
