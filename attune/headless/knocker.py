"""Somebody without a key, for the demo: comes by a session's link and stands at its door until the session is over.

    python -m attune.headless.knocker LINK

A program has no picture and no voice: whoever lets her in sees the door open, and nobody comes.
"""

import contextlib
import sys
import threading

import httpx

from attune.headless.client import Client
from attune.headless.connection import Declined

SAYS_SO_EVERY = 10  # seconds; the server forgets her after 25


def main() -> None:
    link = sys.argv[1]
    knocker = Client(link.partition("/s#")[0])
    sid = knocker.knock(link)
    with contextlib.suppress(Declined, httpx.TransportError):  # the session is over, or the demo
        while True:
            knocker.say_here(sid)
            threading.Event().wait(SAYS_SO_EVERY)


if __name__ == "__main__":
    main()
