"""Looks for words where no words may be: raw, base64 at its three offsets, hex, UTF-16, JSON-escaped, and again inside gzip and zlib.

All canaries of one kind share a stem, so a search needs a handful of needles, however many fields there are.
"""

import base64
import itertools
import json
import re
import secrets
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

INFLATED = 8 << 20  # the most that is unpacked of one compressed piece
LETTERS = "bcdfghjkmnpqrstvwxz"


@dataclass(frozen=True)
class Find:
    place: str
    form: str
    around: str


class Canaries:
    """Words that nobody else writes. `word(label)` makes one; all begin with the same stem."""

    def __init__(self, *, accent: bool = True) -> None:
        body = "".join(secrets.choice(LETTERS) for _ in range(11))
        self.stem = body[:5] + "é" + body[5:] if accent else body  # an accent, so that an escaped form differs from the raw one
        self.made: dict[str, str] = {}

    def word(self, label: str) -> str:
        if label not in self.made:
            self.made[label] = self.stem + "".join(secrets.choice(LETTERS) for _ in range(6))
        return self.made[label]

    def label_of(self, text: str) -> str | None:
        return next((label for label, word in self.made.items() if word in text), None)

    def needles(self) -> dict[str, bytes]:
        return needles(self.stem)


def needles(word: str) -> dict[str, bytes]:
    """Every form in which `word` is looked for, by the form's name. Base64 forms leave out what the neighbours would change."""
    raw = word.encode()
    forms = {
        "raw": raw,
        "raw, capitals": word.upper().encode(),
        "hex": raw.hex().encode(),
        "hex, capitals": raw.hex().upper().encode(),
        "utf-16 le": word.encode("utf-16-le"),
        "utf-16 be": word.encode("utf-16-be"),
        "latin-1": word.encode("latin-1"),
        "json": json.dumps(word)[1:-1].encode(),
        "url": "".join(f"%{byte:02X}" if byte > 127 else chr(byte) for byte in raw).encode(),
    }
    for offset in range(3):
        coded = base64.b64encode(bytes(offset) + raw)
        first = (offset * 8 + 5) // 6
        last = (offset + len(raw)) * 8 // 6
        forms[f"base64 +{offset}"] = coded[first:last]
        forms[f"base64url +{offset}"] = base64.urlsafe_b64encode(bytes(offset) + raw)[first:last]
    return {name: needle for name, needle in _without_doubles(forms)}


def _without_doubles(forms: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    seen: set[bytes] = set()
    for name, needle in forms.items():
        if needle not in seen:
            seen.add(needle)
            yield name, needle


def find_in(data: bytes, *, place: str, forms: dict[str, bytes], deep: bool = True) -> Iterator[Find]:
    """Every place in `data` where one of the forms stands, also inside compressed pieces."""
    for form, needle in forms.items():
        at = data.find(needle)
        while at >= 0:
            yield Find(place, form, _readable(data[max(0, at - 60) : at + len(needle) + 60]))
            at = data.find(needle, at + 1)
    if deep:
        for at, unpacked in inflated(data):
            yield from find_in(unpacked, place=f"{place}, unpacked at {at}", forms=forms, deep=False)


def _readable(piece: bytes) -> str:
    return piece.decode("utf-8", errors="replace").replace("\x00", "·")


GZIP = re.compile(rb"\x1f\x8b\x08")
ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


def inflated(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Whatever unpacks in `data`: (offset, plaintext) of each gzip and zlib piece of some length."""
    pieces = itertools.chain(((found.start(), 31) for found in GZIP.finditer(data)), ((found.start(), 15) for found in ZLIB.finditer(data)))
    for at, bits in pieces:
        try:
            zlib.decompressobj(bits).decompress(data[at : at + 256], 4096)  # most of what begins like a compressed piece is none
        except zlib.error:
            continue
        plain = _unpack(data, at=at, bits=bits)
        if len(plain) > 8:
            yield at, plain


def _unpack(data: bytes, *, at: int, bits: int) -> bytes:
    # In steps, so that a piece that is cut off or damaged further on still gives what stood before.
    machine = zlib.decompressobj(bits)
    plain = b""
    for start in range(at, min(at + INFLATED, len(data)), 4096):
        try:
            plain += machine.decompress(data[start : start + 4096], INFLATED)
        except zlib.error:
            break
        if machine.eof or len(plain) > INFLATED:
            break
    return plain


def find_in_folder(folder: Path, *, forms: dict[str, bytes]) -> Iterator[Find]:
    """Names and contents of everything below `folder`: the database, its journal, logs, whatever lies there."""
    for path in sorted(folder.rglob("*")):
        yield from find_in(str(path).encode(), place=f"name of {path}", forms=forms)
        if path.is_file():
            yield from find_in(path.read_bytes(), place=str(path.relative_to(folder.parent)), forms=forms)


def find_in_memory(processes: Iterable[int], *, forms: dict[str, bytes]) -> Iterator[Find]:
    """The memory of living processes, by gcore (package gdb). Raises CalledProcessError if it cannot be had."""
    for process in processes:
        name = Path(f"/proc/{process}/comm").read_text().strip()
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["gcore", "-o", f"{folder}/core", str(process)], check=True, capture_output=True)
            image = Path(f"{folder}/core.{process}").read_bytes()  # not mapped: a map is searched fifteen times as slowly
        yield from find_in(image, place=f"memory of {name} {process}", forms=forms)


def find_in_traffic(pieces: Iterable[tuple[str, bytes]], *, forms: dict[str, bytes]) -> Iterator[Find]:
    for place, data in pieces:
        yield from find_in(data, place=place, forms=forms)
