"""Fill a fresh installation with two invented people who have talked for two weeks, over the API that everybody uses.

    python -m attune.headless.demo SET_UP_LINK

Prints one line of JSON: the links by which each of the two is let in, ready and unlocked.
"""

import json
import secrets
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from attune.headless import demo_talk
from attune.headless.client import Client
from attune.headless.unlocking import to_base64url
from attune.headless.writing import now_ms

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
UNTIL_SESSION = 2 * MINUTE
LONGEST_AGO = max(days for days, *_ in demo_talk.TALK)


def main() -> None:
    link = sys.argv[1]
    print(json.dumps(fill(link.partition("/set-up")[0], link)), flush=True)


def fill(base: str, set_up_link: str) -> dict[str, str]:
    """Two people, their talk, a session in two minutes. Returns {"therapist": link, "client": link}."""
    now = datetime.now().astimezone()
    noor, alma = Client(base), Client(base)
    _go_back(noor, alma, to=_at(now, LONGEST_AGO, "17:30"))
    noor.set_up(
        set_up_link,
        name=demo_talk.THERAPIST,
        login="noor",
        passphrase=demo_talk.PASSPHRASE,
        welcome=demo_talk.WELCOME,
        time_zone=_zone(),
    )
    sid = alma.join(noor.invite(demo_talk.CLIENT, days=LONGEST_AGO + 7), name=demo_talk.CLIENT, time_zone=_zone())
    noor.refresh()
    noor.accept_founding(sid)
    for days, clock, who, words in demo_talk.TALK:
        writer = noor if who == demo_talk.THERAPIST else alma
        _go_back(noor, alma, to=_at(now, days, clock))
        writer.catch_up(writer.room_of[sid])
        writer.see(sid)
        writer.say(sid, words)
    _go_back(noor, alma, to=None)
    _plan(noor, sid)
    return {
        "therapist": f"{base}/r#{noor.keep_by_room_link(keeper=noor.identity.pid)}",
        "client": f"{base}/r#{alma.keep_by_room_link(keeper=noor.identity.pid)}",
    }


def _plan(noor: Client, sid: bytes) -> None:
    appointment = {
        "id": secrets.token_bytes(16),
        "space": to_base64url(sid),
        "starts_at": noor.clock() + UNTIL_SESSION,
        "minutes": 50,
        "way": "video",
        "label": "Session",
    }
    noor.server.send("POST", "/api/appointments", appointment)


def _at(now: datetime, days: int, clock: str) -> int:
    hour, minute = clock.split(":")
    day = (now - timedelta(days=days)).replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    return int(day.timestamp() * 1000)


def _go_back(*people: Client, to: int | None) -> None:
    """Let these people write as if it were that time; None is now."""
    for person in people:
        person.clock = now_ms if to is None else partial(int, to)


def _zone() -> str:
    """The name of this machine's time zone, as in Europe/Paris."""
    place = Path("/etc/localtime").resolve()
    _, found, name = str(place).partition("/zoneinfo/")
    return name if found else "UTC"


if __name__ == "__main__":
    main()
