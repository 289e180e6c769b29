"""The patches of MiniStack 1.5.33, one module each.

Each says which gap it closes and how AWS behaves. Each refuses to be applied when what it
replaces is not there with the expected parameters.
"""

from local.layout import State


def apply_all(state: State) -> None:
    """Apply every patch. Raises PatchMismatch on the first that does not fit."""
    from local.patches import (  # noqa: PLC0415 - MiniStack reads its settings on import
        alarms,
        async_invoke,
        custom_resources,
        eks_changes,
        emf,
        event_targets,
        function_properties,
        lambda_metrics,
        mailbox,
        metric_filters,
        noops,
        stream_mapping,
        subscriptions,
        table_properties,
        worker,
    )

    worker.apply(state.temporary, state.calls)
    for patch in (
        emf,
        lambda_metrics,
        alarms,
        async_invoke,
        subscriptions,
        metric_filters,
        event_targets,
        stream_mapping,
        custom_resources,
        eks_changes,
        function_properties,
        table_properties,
    ):
        patch.apply()
    mailbox.apply(state.mailbox)
    # Last: from here on every type has a handler, and a patch could no longer miss one.
    noops.apply(state.noops)
