"""The server is killed at random points while eight headless people write: what it acknowledged is there, once, in its place."""

import os
import random
import threading
from collections.abc import Callable

from attune.headless.client import Client
from journeys.server import Server
from journeys.until import until
from journeys.writers import Acknowledged, Writer, found_rooms, therapist_again, therapist_of

KILLS = 200 if os.environ.get("JOURNEY") == "full" else 4
ROOMS = 4  # each with its client and a browser of the therapist: eight who write, two into each log


def test_nothing_acknowledged_is_lost_doubled_or_moved(fresh: Callable[..., Server]) -> None:
    server = fresh(ATTUNE_TURN="off")
    stop = threading.Event()
    therapist = therapist_of(server)
    rooms = found_rooms(server, therapist, count=ROOMS)
    browsers = [(therapist_again(server), sid) for _, sid in rooms]
    writers = [Writer(client, sid, stop) for client, sid in [*rooms, *browsers]]
    threads = [threading.Thread(target=writer.run, daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    for _ in range(KILLS):
        kill_at_a_random_point(server, writers)
    stop.set()
    for thread in threads:
        thread.join(timeout=60)
    assert [writer.trouble for writer in writers if writer.trouble] == []
    assert all(writer.acknowledged for writer in writers), "somebody never got a word through"
    assert sum(writer.retries for writer in writers) > 0, "no kill ever met a write"
    reader = therapist_again(server)
    for _, sid in rooms:
        expect_whole(reader, sid, [entry for writer in writers if writer.sid == sid for entry in writer.acknowledged])


def kill_at_a_random_point(server: Server, writers: list[Writer]) -> None:
    before = [len(writer.acknowledged) for writer in writers]
    until(
        lambda: all(len(writer.acknowledged) > count or writer.trouble for writer, count in zip(writers, before, strict=True)),
        what="everybody writes again",
        seconds=60,
    )
    threading.Event().wait(random.random() / 3)
    server.kill()
    server.start()


def expect_whole(reader: Client, sid: bytes, acknowledged: list[Acknowledged]) -> None:
    """The log as somebody new lists it: checked from its founding without a gap, each acknowledged entry once and in its place."""
    log = reader.room_of[sid].log
    assert [entry.seq for entry in log.entries] == list(range(1, log.count + 1))
    iids = [entry.frame.head.iid for entry in log.entries]
    assert len(set(iids)) == len(iids), "an entry stands twice"
    for one in acknowledged:
        entry = log.entries[one.seq - 1]
        assert (entry.frame.head.iid, entry.id) == (one.iid, one.id), "an acknowledged entry is not where it was"
