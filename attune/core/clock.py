"""The server's clock. Every time that leaves or enters this house is a whole number of milliseconds since 1970."""

import time

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000
