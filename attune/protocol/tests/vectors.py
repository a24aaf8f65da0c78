"""The known answers in contract/vectors, which both languages read."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3] / "contract" / "vectors"


def read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


def unhex(values: list[Any]) -> list[Any]:
    """Texts are hex of byte strings; numbers stay."""
    return [bytes.fromhex(value) if isinstance(value, str) else value for value in values]
