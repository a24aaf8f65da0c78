"""A person's keys, all from one root of 32 random bytes (protocol, Identity)."""

import secrets
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attune.headless import sealing
from attune.protocol.encoding import Value, encode, label
from attune.protocol.epochs import Member, Role
from attune.protocol.keys import pid_of


class Identity:
    def __init__(self, root: bytes) -> None:
        seed = sealing.kdf(root, "receive")
        self.root = root
        self._signing = Ed25519PrivateKey.from_private_bytes(sealing.kdf(root, "sign"))
        self._receiving = sealing.receiving_key(seed)
        self.sign_pk = self._signing.public_key().public_bytes_raw()
        self.recv_pk = sealing.receiving_pk(seed)
        self.pid = pid_of(self.sign_pk, self.recv_pk)

    @classmethod
    def make(cls) -> "Identity":
        return cls(secrets.token_bytes(32))

    def sign(self, name: str, *fields: Value) -> bytes:
        return self._signing.sign(encode([label(name), *fields]))

    def unwrap(self, context: Sequence[Value], wrapped: bytes) -> bytes:
        return sealing.unwrap(self._receiving, context, wrapped)

    def member(self, role: Role, *, was: bytes | None = None) -> Member:
        """This person as a row of an epoch."""
        return Member(role, self.sign_pk, self.recv_pk, was, self.pid)
