"""What docs/operate.md promises to those who run Attune is what there is."""

from pathlib import Path

from attune.site.commands import COMMANDS
from attune.site.configuration import NAMES

OPERATE = (Path(__file__).parents[3] / "docs" / "operate.md").read_text()


def test_every_setting_is_documented_in_the_same_words() -> None:
    for name, words in NAMES.items():
        assert f"| `{name}` | {words} |" in OPERATE


def test_no_setting_is_documented_that_does_not_exist() -> None:
    rows = [line.split("`")[1] for line in OPERATE.splitlines() if line.startswith("| `ATTUNE_")]
    assert set(rows) == set(NAMES)


def test_every_command_is_documented() -> None:
    for name in COMMANDS.keys() - {"makemigrations-check"}:
        assert f"| `attune {name}` |" in OPERATE
