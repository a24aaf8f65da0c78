import logging
from pathlib import Path

import pytest

from attune.site import folder
from attune.site.configuration import WrongSetting, read
from attune.site.logs import WithoutContent


def test_nothing_needs_to_be_set() -> None:
    configuration = read({"HOME": "/root"})
    assert (configuration.port, configuration.host, configuration.origin) == (8000, "localhost", "http://localhost:8000")
    assert (configuration.turn, configuration.relay_host, configuration.relay_port) == ("on", "localhost", 3478)
    assert configuration.data == Path("data").absolute()


def test_the_origin_follows_the_port_and_the_relay_the_origin() -> None:
    assert read({"ATTUNE_PORT": "8123"}).origin == "http://localhost:8123"
    configuration = read({"ATTUNE_ORIGIN": "https://praxis.example"})
    assert (configuration.relay_host, configuration.is_https) == ("praxis.example", True)


def test_a_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    path = tmp_path / "settings"
    path.write_text("# where it is\nATTUNE_PORT=8001\n\nATTUNE_HOST = 0.0.0.0\n")
    configuration = read({"ATTUNE_SETTINGS": str(path), "ATTUNE_PORT": "8002"})
    assert (configuration.port, configuration.host) == (8002, "0.0.0.0")  # noqa: S104


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ATTUNE_PROT", "8000"),
        ("ATTUNE_PORT", "eighty"),
        ("ATTUNE_PORT", "65536"),
        ("ATTUNE_ORIGIN", "https://praxis.example/"),
        ("ATTUNE_ORIGIN", "https://Praxis.example"),
        ("ATTUNE_ORIGIN", "praxis.example"),
        ("ATTUNE_TURN", "maybe"),
        ("ATTUNE_RELAY_PORTS", "49160"),
        ("ATTUNE_RELAY_PORTS", "50000-49160"),
        ("ATTUNE_SETTINGS", "/nowhere/settings"),
    ],
)
def test_what_cannot_be_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        read({name: value})


@pytest.mark.parametrize("line", ["PORT=8000", "ATTUNE_PORT 8000", "ATTUNE_PROT=8000"])
def test_so_is_a_line_of_the_file(tmp_path: Path, line: str) -> None:
    path = tmp_path / "settings"
    path.write_text(line)
    with pytest.raises(WrongSetting):
        read({"ATTUNE_SETTINGS": str(path)})


def test_secrets_are_made_once_and_read_by_their_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    folder.prepare(data)
    first = folder.secret(data / "secret-key")
    assert len(first) >= 64
    assert folder.secret(data / "secret-key") == first
    assert (data.stat().st_mode & 0o777, (data / "secret-key").stat().st_mode & 0o777) == (0o700, 0o600)
    assert sorted(path.name for path in data.iterdir()) == ["logs", "secret-key"]


def test_log_lines_hold_no_words_of_exceptions(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("what somebody wrote")
    except ValueError:
        logging.getLogger("attune.site").exception("it broke")
    line = WithoutContent().format(caplog.records[-1])
    assert "what somebody wrote" not in line
    assert "ValueError" in line
    assert "test_configuration.py" in line
