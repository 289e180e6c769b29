"""Sends what waits in the findings' outboxes: the only sender."""
