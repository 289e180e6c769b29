"""Waits for what explains a DENY, and judges it."""
