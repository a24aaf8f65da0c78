"""The one folder that holds everything: database, secrets, the relay's configuration, logs. Readable by its owner only."""

import os
import secrets
from pathlib import Path


def prepare(folder: Path) -> None:
    """Make the folder (mode 700) and its logs folder, if they are missing. What this process writes from here on is its owner's only."""
    os.umask(0o077)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "logs").mkdir(mode=0o700, exist_ok=True)


def secret(path: Path) -> str:
    """The secret kept in this file (mode 600), made at first use. Two processes that make it at once get the same one."""
    try:
        return path.read_text()
    except FileNotFoundError:
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        write(draft, secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text()


def write(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
