"""Makes the changes of a set-up's plan: the only place that changes a cluster."""

import json
import time
from collections.abc import Callable
from typing import Final, assert_never

from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.place import Place
from netpolwatch.aws.problems import connection_problem
from netpolwatch.doctor.commands import ADDON
from netpolwatch.doctor.permissions import POLICY_NAME, policy_text
from netpolwatch.doctor.plan import AddonChange, Change, LogTypesChange, PolicyChange

_PATIENCE_SECONDS: Final = 600
_PAUSE_SECONDS: Final = 10
_BUSY: Final = "ResourceInUseException"


class ChangeError(Exception):
    """A change was refused; one line for a person."""


def make_change(
    place: Place, cluster: str, change: Change, pause: Callable[[float], None] = time.sleep
) -> None:
    """Make one change; raises `ChangeError`.

    EKS makes one change of a cluster at a time: while another is under way, it is tried again for
    ten minutes.
    """
    for _attempt in range(_PATIENCE_SECONDS // _PAUSE_SECONDS):
        try:
            return _make(place, cluster, change)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _BUSY:
                raise ChangeError(connection_problem(error)) from None
        except BotoCoreError as error:
            raise ChangeError(connection_problem(error)) from None
        pause(_PAUSE_SECONDS)
    raise ChangeError(f"{cluster}: another change is still under way")


def _make(place: Place, cluster: str, change: Change) -> None:
    match change:
        case AddonChange():
            place.client("eks").update_addon(
                clusterName=cluster,
                addonName=ADDON,
                resolveConflicts="PRESERVE",
                configurationValues=json.dumps(change.after),
            )
        case LogTypesChange():
            place.client("eks").update_cluster_config(
                name=cluster,
                logging={"clusterLogging": [{"types": change.after, "enabled": True}]},
            )
        case PolicyChange():
            place.client("iam").put_role_policy(
                RoleName=change.role_name,
                PolicyName=POLICY_NAME,
                PolicyDocument=policy_text(change.after),
            )
        case _:
            assert_never(change)
