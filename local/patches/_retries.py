"""How long a retry waits here. AWS waits a minute and more, nobody at a laptop does."""

import os

FIRST_SECONDS = float(os.environ.get("NETPOLWATCH_LOCAL_RETRY_SECONDS", "0.1"))
LONGEST_SECONDS = FIRST_SECONDS * 10


def wait_seconds(failures: int) -> float:
    """Return the wait after the n-th failure (from 1), doubling up to a bound."""
    return min(FIRST_SECONDS * 2.0 ** (min(failures, 30) - 1), LONGEST_SECONDS)
