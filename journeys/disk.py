"""The database of a server, as whoever runs it may edit it: a space's frames taken out, changed and put back, every column to match."""

import secrets
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from attune.protocol.frames import Frame, Type, next_run, read_frame


class Disk:
    """Reads may be made while the server runs; `rewrite` and `put_back` only while it is stopped."""

    def __init__(self, data: Path) -> None:
        self.path = data / "attune.sqlite3"
        self.authors: dict[bytes, bytes] = {}

    def keep(self, copy: Path) -> Path:
        """The whole state, to be put back later."""
        with closing(sqlite3.connect(self.path)) as now, closing(sqlite3.connect(copy)) as then:
            now.backup(then)
        return copy

    def put_back(self, copy: Path) -> None:
        for beside in self.path.parent.glob(f"{self.path.name}-*"):
            beside.unlink()
        shutil.copyfile(copy, self.path)

    def frames(self, sid: bytes) -> list[bytes]:
        with closing(sqlite3.connect(self.path)) as base:
            rows = base.execute(
                "SELECT frame FROM spaces_entry JOIN spaces_space s ON s.id = space_id WHERE s.sid = ? ORDER BY seq", (sid,)
            )
            return [frame for (frame,) in rows]

    def rewrite(self, sid: bytes, frames: Iterable[bytes]) -> None:
        """These frames instead of what stood there. An entry keeps the author that the server noted for it; a forged one is nobody's."""
        with closing(sqlite3.connect(self.path)) as base, base:
            ((space,),) = base.execute("SELECT id FROM spaces_space WHERE sid = ?", (sid,))
            self.authors.update(base.execute("SELECT eid, author FROM spaces_entry WHERE space_id = ?", (space,)))
            base.execute("DELETE FROM spaces_entry WHERE space_id = ?", (space,))
            run, count, authors = sid, 0, dict(self.authors)
            for count, data in enumerate(frames, start=1):
                frame = read_frame(data)
                run = next_run(run, frame.id)
                author = authors.pop(frame.id, None) or secrets.token_bytes(32)
                base.execute(
                    "INSERT INTO spaces_entry (space_id, seq, frame, eid, run, arrived, type, author, writer, iid, ctl, drawer, size,"
                    " seen_seq, erased) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                    (space, count, *_columns(frame, run, author)),
                )
                if frame.head.type is Type.EPOCH:
                    base.execute("UPDATE spaces_space SET epoch = ?, epoch_seq = ? WHERE id = ?", (frame.id, count, space))
            base.execute("UPDATE spaces_space SET count = ?, run = ? WHERE id = ?", (count, run, space))


def _columns(frame: Frame, run: bytes, author: bytes) -> tuple[object, ...]:
    head = frame.head
    drawer = None if head.drawer is None else int(head.drawer)
    sealed = (frame.data, frame.id, run, head.time, int(head.type), author, head.writer, head.iid, head.ctl, drawer)
    return (*sealed, len(frame.data), head.seen_seq)
