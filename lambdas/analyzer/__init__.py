"""Reads the payloads of the subscribed log groups."""
