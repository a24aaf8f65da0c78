"""What everyone can check: bytes, frames and the rules of a space's log (contract/protocol.md). Pure: no Django, no secrets."""
