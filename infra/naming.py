"""Names of what is one thing in a whole account, whichever region it is made in."""

import aws_cdk as cdk


def account_wide(stack_name: str, *parts: str) -> str:
    """Return a name that neither another region nor another stack of the account takes.

    Dashboards and chat configurations are global in an account: a second one of the same name
    rolls the whole deployment back.
    """
    return "-".join((stack_name, cdk.Aws.REGION, *parts))
