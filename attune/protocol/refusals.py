"""One exception for everything that the protocol refuses, named by the protocol's own code."""

from typing import Final

# In the order in which contract/protocol.md speaks of them.
CODES: Final = frozenset(
    {
        "malformed", "newer", "too-big", "weak-key", "mistyped", "altered",  # bytes, keys, unlocking
        "dropped", "closed", "gap", "old-epoch", "not-a-member", "bad-signature", "replay", "order", "fork", "rights",  # the log
        "rollback", "withheld",  # listings and signals
        "torn", "expired", "foreign-link", "used-twice", "no-proof", "unusual-room", "late", "tampered",  # coming in
        "hi-changed", "too-many",  # calls
        "does-not-open", "wrong-key",  # sealing
    }
)  # fmt: skip


class Refused(Exception):
    """Something was refused by a rule of the protocol. `code` is one of CODES; `why` says to a developer what was wrong."""

    def __init__(self, code: str, why: str = "") -> None:
        if code not in CODES:
            raise ValueError(f"{code!r} is no code of the protocol")
        super().__init__(f"{code}: {why}" if why else code)
        self.code = code
        self.why = why
