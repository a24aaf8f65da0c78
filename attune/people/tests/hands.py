"""People for tests: real signing keys, a receiving key that is safe though nobody can open anything with it."""

import secrets
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from attune.core import ids
from attune.people.models import Person
from attune.protocol.encoding import Value, encode, label
from attune.protocol.epochs import Member, Role
from attune.protocol.keys import pid_of


class Hand:
    """Somebody who can sign. Each has one page open, so one writer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.key = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())
        self.sign_pk = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.recv_pk = bytes(1152) + sha256(f"{name} receives".encode()).digest() + bytes([9]) + bytes(30) + b"\x01"
        self.pid = pid_of(self.sign_pk, self.recv_pk)
        self.writer = secrets.token_bytes(8)
        self.login = name
        self.login_secret = ids.encode(sha256(f"{name} login".encode()).digest())
        self.mid = sha256(name.encode()).digest()[:16]

    def sign(self, name: str, fields: list[Value]) -> bytes:
        return self.key.sign(encode([label(name), *fields]))

    def row(self, role: Role, *, was: bytes | None = None) -> Member:
        return Member(role, self.sign_pk, self.recv_pk, was, self.pid)

    @property
    def card(self) -> dict[str, str]:
        return {"sign_pk": ids.encode(self.sign_pk), "recv_pk": ids.encode(self.recv_pk)}

    def record(self, kind: int = 1) -> bytes:
        return encode([1, self.mid, kind, self.pid, bytes(117)])

    def method(self) -> dict[str, Any]:
        return {
            "mid": ids.encode(self.mid),
            "kind": 1,
            "login": self.login,
            "login_secret": self.login_secret,
            "record": ids.encode(self.record()),
        }

    def registered(self) -> Person:
        """The row of this person, where no space is needed."""
        person = Person(pid=self.pid, sign_pk=self.sign_pk, recv_pk=self.recv_pk, own_space=bytes(32), language="en", time_zone="UTC")
        person.set_unusable_password()
        person.save()
        return person
