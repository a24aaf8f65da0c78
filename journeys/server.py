"""A real Attune for journeys and benches: `attune run` as a process of its own, with its own folder, port and relay ports."""

import contextlib
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from journeys.until import until

ROOT = Path(__file__).resolve().parent.parent
ATTUNE = Path(sys.prefix) / "bin" / "attune"
RELAY_SPAN = 40  # ports a relay may hand out: a call takes two or four
_spans = itertools.count()


class Server:
    """`start`, `stop` as Ctrl-C does, `kill` as a power cut does, `start` again on the same port."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        command: tuple[str, ...] = (str(ATTUNE), "run"),
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "attune.log"
        self.command = command
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.settings = {**relay_ports(), **(settings or {})}
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
        return {**clean, "ATTUNE_DATA": str(self.data), "ATTUNE_PORT": str(self.port), "PYTHONUNBUFFERED": "1", **self.settings}

    def start(self, *, seconds: float = 60) -> "Server":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment(), stdout=log, stderr=log, start_new_session=True)
        until(self.answers, what=f"{self.url}/healthz answers; its log:\n{self.tail()}", seconds=seconds)
        return self

    def answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"attune run ended with {self.process.returncode}:\n{self.tail()}")
        with contextlib.suppress(OSError, urllib.error.URLError):
            return bool(urllib.request.urlopen(f"{self.url}/healthz", timeout=5).status == 200)
        return False

    def stop(self) -> None:
        """Ctrl-C, and waits until it is gone."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """SIGKILL for all of it at once: nothing gets a chance to tidy up."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=15)
        self.process = None

    def restart(self) -> "Server":
        self.stop()
        return self.start()

    def run(self, *arguments: str) -> str:
        """An `attune` command for the same folder; its standard output."""
        return subprocess.run([ATTUNE, *arguments], cwd=ROOT, env=self.environment(), check=True, capture_output=True, text=True).stdout

    def set_up_link(self) -> str:
        """A new one-time link, as `attune set-up-link` prints it."""
        found = re.search(r"http\S+/set-up#\S+", self.run("set-up-link"))
        assert found, "attune set-up-link printed no link"
        return found.group()

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else "(no log yet)"

    def processes(self) -> list[int]:
        """The server and whatever it started (its relay), as process ids."""
        assert self.process, "the server is not running"
        return [self.process.pid, *children(self.process.pid)]


def children(parent: int) -> list[int]:
    """All descendants of a process, from /proc."""
    pairs = list(_parents())
    found: list[int] = []
    ahead = [parent]
    while ahead:
        mother = ahead.pop()
        young = [pid for pid, ppid in pairs if ppid == mother]
        found += young
        ahead += young
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            yield int(stat.parent.name), int(fields[1])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def relay_ports() -> dict[str, str]:
    """A listening port and a span of relay ports that no other server of this machine's tests uses."""
    first = 40_000 + (os.getpid() * 7 + next(_spans)) % 600 * RELAY_SPAN
    return {"ATTUNE_RELAY_PORT": str(free_port()), "ATTUNE_RELAY_PORTS": f"{first}-{first + RELAY_SPAN - 1}"}
