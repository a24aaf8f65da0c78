"""Child processes that end with us, however we go."""

import ctypes
import signal
import sys

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def die_with_parent() -> None:
    """In the child, before it becomes the program: be ended with the parent, also by kill -9.

    Linux only; elsewhere an orderly stop has to do.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
