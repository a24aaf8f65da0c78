"""The contents of the items that this client writes and reads; each kind's fields as contract/protocol.md lists them."""

import json
from dataclasses import dataclass

from attune.protocol import shapes
from attune.protocol.encoding import decode, encode
from attune.protocol.refusals import Refused


@dataclass(frozen=True, slots=True)
class Note:
    """What an invitation shows to the invited: the therapist's name, a welcome, the form of address (0 none, 1 feminine, 2 masculine)."""

    name: str
    welcome: str = ""
    form: int = 0

    def content(self) -> bytes:
        return json.dumps({"name": self.name, "welcome": self.welcome, "form": self.form}, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as one calls her; `compared` is when, `sid` the room shared with her, `notes` the room of the notes about her."""

    pid: bytes
    name: str
    compared: int | None = None
    sid: bytes | None = None
    notes: bytes | None = None

    def content(self) -> bytes:
        return encode([self.pid, self.name, self.compared, self.sid, self.notes])


def read_note(data: bytes) -> Note:
    """Raises Refused("malformed")."""
    try:
        values = json.loads(data)
        return Note(str(values["name"]), str(values["welcome"]), int(values["form"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("malformed", "the note of an invitation is a name, a welcome and a form of address") from error


def read_contact(content: bytes) -> Contact:
    pid, name, compared, sid, notes = shapes.array(decode(content), 5)
    return Contact(
        shapes.octets(pid, 32),
        shapes.text(name),
        None if compared is None else shapes.whole(compared),
        shapes.octets_or_null(sid, 32),
        shapes.octets_or_null(notes, 32),
    )


def write_text(text: str) -> bytes:
    """The content of a message or a welcome."""
    return encode([text.removeprefix("\ufeff")])


def read_text(content: bytes) -> str:
    (text,) = shapes.array(decode(content), 1)
    return shapes.text(text)


def write_name(name: str, form: int) -> bytes:
    return encode([name, form])


def write_profile(note: Note) -> bytes:
    return encode([note.name, note.welcome, note.form])


def read_profile(content: bytes) -> Note:
    name, welcome, form = shapes.array(decode(content), 3)
    return Note(shapes.text(name), shapes.text(welcome), shapes.whole(form, most=2))


def write_invitee(iid: bytes, name: str) -> bytes:
    return encode([iid, name])


def read_invitee(content: bytes) -> tuple[bytes, str]:
    iid, name = shapes.array(decode(content), 2)
    return shapes.octets(iid, 16), shapes.text(name)


def write_seen(sid: bytes, seq: int) -> bytes:
    return encode([sid, seq])


def write_unlock(mid: bytes, record: bytes | None) -> bytes:
    return encode([mid, record])


def read_unlock(content: bytes) -> tuple[bytes, bytes | None]:
    mid, record = shapes.array(decode(content), 2)
    return shapes.octets(mid, 16), shapes.octets_or_null(record)


def write_edit(entry: bytes, kind: str, content: bytes) -> bytes:
    """What changes the entry with this id, in its drawer."""
    return encode([entry, kind, 1, content])


def read_edited(content: bytes) -> bytes:
    """The id of the entry that an edit changes; b"" if it is no edit."""
    try:
        return shapes.octets(shapes.array(decode(content), 4)[0], 32)
    except Refused:
        return b""
