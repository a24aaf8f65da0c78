"""The whole server as a process: starts, answers, says what it is, leaves nothing behind."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

STARTS_WITHIN = 60  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """An installation in a folder of its own."""

    def __init__(self, data: Path) -> None:
        self.port, self.relay_port = free_port(), free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
        self.environment = kept | {
            "ATTUNE_DATA": str(data),
            "ATTUNE_PORT": str(self.port),
            "ATTUNE_RELAY_PORT": str(self.relay_port),
            "ATTUNE_RELAY_PORTS": "59200-59219",
        }
        self.data = data
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> list[str]:
        """Its lines until it says where it is and how to set up."""
        self.process = subprocess.Popen(
            self.command("run"), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        lines = [self.line() for _ in range(3)]
        until = time.monotonic() + STARTS_WITHIN
        while self.get("/healthz") != (200, '{"status": "ok"}'):
            assert time.monotonic() < until
        return lines

    def line(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def stop(self, sign: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(sign)
        return self.process.wait(20)

    def call(self, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self.command(*words), env=self.environment | settings, capture_output=True, text=True, check=False)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "attune", *words]

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def ask(self, path: str, *, sender: str) -> int:
        """The status of an answer to somebody whom a proxy names."""
        line = http.client.HTTPConnection("localhost", self.port, timeout=10)
        line.request("GET", path, headers={"X-Forwarded-For": sender})
        status = line.getresponse().status
        line.close()
        return status

    def say_raw(self, said: bytes) -> None:
        with socket.create_connection(("localhost", self.port), timeout=10) as line:
            line.sendall(said)
            line.recv(1000)

    def relay_answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.relay_port), timeout=1):
                return True
        except OSError:
            return False


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "data")
    yield house
    if house.process and house.process.poll() is None:
        house.process.kill()
        house.process.wait()


def until_gone(house: House) -> bool:
    until = time.monotonic() + 10
    while house.relay_answers() and time.monotonic() < until:
        os.sched_yield()
    return not house.relay_answers()


def test_it_works(house: House) -> None:
    where, relay, link = house.start()
    assert where == f"Attune is at http://localhost:{house.port}"
    assert relay == f"The relay for calls is on port {house.relay_port}."
    token = re.fullmatch(rf".*: http://localhost:{house.port}/set-up#(\S+)", link)
    assert token is not None
    assert (house.data / "set-up-token").read_text() == token[1]
    assert house.relay_answers()
    me = json.loads(house.get("/api/me")[1])
    assert (me["person"], me["needs_set_up"], me["relay"]) == (None, True, True)
    assert (house.stop(signal.SIGINT), house.line()) == (0, "Stopped.")
    assert until_gone(house)
    assert house.start()[2] == link  # the same link until it is used


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_nothing_stays_behind(house: House, sign: signal.Signals) -> None:
    house.start()
    house.stop(sign)
    assert until_gone(house)
    assert house.get("/healthz")[0] == 0


def test_killed_and_started_at_once_it_has_its_relay_again(house: House) -> None:
    house.start()
    house.stop(signal.SIGKILL)
    assert house.start()[1] == f"The relay for calls is on port {house.relay_port}."


def test_a_port_in_use_is_said_in_one_line(house: House) -> None:
    house.start()
    refused = house.call("run")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "ATTUNE_PORT" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_everything_that_is_kept_is_its_owners_only(house: House) -> None:
    house.start()
    house.stop(signal.SIGTERM)
    open_to_others = {path.name for path in (house.data, *house.data.rglob("*")) if path.stat().st_mode & 0o077}
    assert open_to_others == set()
    names = {path.name for path in house.data.iterdir()}
    assert {"attune.sqlite3", "secret-key", "relay-secret", "set-up-token", "turnserver.conf"} <= names
    assert not (house.data / "logs" / "attune.log").exists()  # nothing went wrong, and nobody's visit is written down


def test_a_visit_leaves_no_trace_and_a_flood_holds_back_its_own_sender_only(house: House) -> None:
    """As behind a proxy on this machine: whoever asks is the last address that it adds, whatever stands before it."""
    house.start()
    assert any(house.ask("/api/sign-in?q=canary", sender="198.51.100.9, 203.0.113.7") == 429 for _ in range(500))
    assert house.ask("/api/sign-in", sender="203.0.113.7, 198.51.100.9") == 200
    assert house.ask("/canary/%00%0a", sender="203.0.113.7") == 404
    house.say_raw(b"GET /canary HTTP/1.1\r\nHost: canary\r\ncanary canary\r\n\r\n")
    house.say_raw(b"canary\r\n\r\n")
    house.stop(signal.SIGTERM)
    assert house.process is not None
    assert house.process.stdout is not None
    written = [house.process.stdout.read().encode(), *(path.read_bytes() for path in house.data.rglob("*") if path.is_file())]
    assert not any(word in text for text in written for word in (b"canary", b"203.0.113.7", b"198.51.100.9"))


def test_by_https_cookies_are_for_https_alone(house: House) -> None:
    """The prefix keeps a site on a neighbouring name from planting one."""
    code = "import attune.site.settings as s; print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    environment = house.environment | {"ATTUNE_ORIGIN": "https://praxis.example"}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["__Host-sessionid", "True", "True"]


def test_unknown_settings_are_refused(house: House) -> None:
    refused = house.call("run", ATTUNE_PROT="1")
    assert refused.returncode == 1
    assert "ATTUNE_PROT is not a setting of Attune" in refused.stderr


def test_a_new_link_takes_the_place_of_the_old(house: House) -> None:
    first, second = (house.call("set-up-link").stdout.strip() for _ in range(2))
    assert first != second
    assert second == f"http://localhost:{house.port}/set-up#{(house.data / 'set-up-token').read_text()}"


class TestTheDoctor:
    def test_it_works(self, house: House) -> None:
        house.start()
        said = house.call("doctor")
        assert (said.returncode, said.stdout.splitlines()[-1]) == (0, "Nothing is wrong.")
        for part in ("folder", "secret", "database", "clock", "HTTPS", "relay"):
            assert f"ok     {part}: " in said.stdout
        assert f"answers on port {house.relay_port}" in said.stdout

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"ATTUNE_ORIGIN": "http://praxis.example"}, "WRONG  HTTPS: "),
            ({"ATTUNE_ORIGIN": "https://praxis.example", "ATTUNE_RELAY_HOST": "localhost"}, "WRONG  relay: "),
            ({"ATTUNE_TURN": "external"}, "WRONG  relay: nothing answers"),
        ],
    )
    def test_it_says_what_is_wrong(self, house: House, settings: dict[str, str], words: str) -> None:
        said = house.call("doctor", **settings)
        assert said.returncode == 1
        assert words in said.stdout

    def test_a_damaged_database_is_found(self, house: House) -> None:
        house.data.mkdir()
        (house.data / "attune.sqlite3").write_bytes(b"not a database at all" * 100)
        said = house.call("doctor")
        assert said.returncode == 1
        assert "WRONG  database: " in said.stdout

    def test_open_secrets_are_found(self, house: House) -> None:
        house.call("set-up-link")
        (house.data / "secret-key").chmod(0o644)
        said = house.call("doctor")
        assert said.returncode == 1
        assert "WRONG  secret: " in said.stdout
