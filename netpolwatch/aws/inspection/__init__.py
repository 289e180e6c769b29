"""Reads a cluster's set-up from AWS for the doctor: read-only calls, each refused one by itself."""

from netpolwatch.aws.inspection.setup import inspect_setup

__all__ = ["inspect_setup"]
