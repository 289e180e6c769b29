"""Proof in an account: what only the real services can say, asked of them, in one JSON report.

Runs against the emulator as well, so that it works the first time in an account.
"""
