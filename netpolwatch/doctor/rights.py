"""The IAM actions by which a set-up is read: none of them changes anything."""

from typing import Final

READING_ACTIONS: Final = (
    "cloudformation:DescribeStacks",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeSubnets",
    "eks:DescribeAddon",
    "eks:DescribeAddonVersions",
    "eks:DescribeCluster",
    "eks:DescribeNodegroup",
    "eks:DescribePodIdentityAssociation",
    "eks:ListNodegroups",
    "eks:ListPodIdentityAssociations",
    "iam:SimulatePrincipalPolicy",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:DescribeSubscriptionFilters",
    "logs:FilterLogEvents",
    "sns:ListSubscriptionsByTopic",
    "ssm:ListInventoryEntries",
)
