"""Fill a fresh installation with invented people who have talked for two weeks, over the API that everybody uses.

    python -m attune.headless.demo SET_UP_LINK

Prints one line of JSON: `people`, by name the links by which each of them is let in, ready and unlocked, the therapist first; `knock`,
the link of the first session.
"""

import json
import secrets
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from attune.headless import demo_talk
from attune.headless.client import Client
from attune.headless.unlocking import to_base64url
from attune.headless.writing import now_ms

MINUTE = 60_000
LONGEST_AGO = max(days for client in demo_talk.CLIENTS for days, *_ in client.talk)


def main() -> None:
    link = sys.argv[1]
    print(json.dumps(fill(link.partition("/set-up")[0], link)), flush=True)


def fill(base: str, set_up_link: str) -> dict[str, Any]:
    """The therapist, her clients, their talk, a session with the first in two minutes."""
    now = datetime.now().astimezone()
    noor = Client(base)
    _go_back(noor, to=_at(now, LONGEST_AGO, "16:30"))
    noor.set_up(
        set_up_link,
        name=demo_talk.THERAPIST,
        login="noor",
        passphrase=demo_talk.PASSPHRASE,
        welcome=demo_talk.WELCOME,
        time_zone=_zone(),
    )
    links = {demo_talk.THERAPIST: ""}
    for invented in demo_talk.CLIENTS:
        links[invented.name] = _room_link(_come_in(base, noor, invented, now=now), noor)
    _go_back(noor, to=None)
    links[demo_talk.THERAPIST] = _room_link(noor, noor)
    first = min(noor.server.get("/api/appointments"), key=lambda session: session["starts_at"])
    return {"people": links, "knock": f"{base}/s#{first['link']}"}


def _come_in(base: str, noor: Client, invented: demo_talk.Invented, *, now: datetime) -> Client:
    client = Client(base)
    _go_back(noor, client, to=_at(now, LONGEST_AGO, "17:00"))
    link = noor.invite(invented.name, days=LONGEST_AGO + 7)
    sid = client.join(link, name=invented.name, form=invented.form, language=invented.language, time_zone=_zone())
    noor.refresh()
    noor.accept_founding(sid)
    for days, clock, who, words in invented.talk:
        writer = noor if who == demo_talk.THERAPIST else client
        _go_back(noor, client, to=_at(now, days, clock))
        writer.catch_up(writer.room_of[sid])
        writer.see(sid)
        writer.say(sid, words)
    _go_back(noor, client, to=None)
    _plan(noor, sid, starts_in=invented.session * MINUTE)
    return client


def _room_link(person: Client, noor: Client) -> str:
    return f"{person.server.base}/r#{person.keep_by_room_link(keeper=noor.identity.pid)}"


def _plan(noor: Client, sid: bytes, *, starts_in: int) -> None:
    appointment = {
        "id": secrets.token_bytes(16),
        "space": to_base64url(sid),
        "starts_at": noor.clock() + starts_in,
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
