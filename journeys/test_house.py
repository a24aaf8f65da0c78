"""The house keeps its own rules: what may import what, what `make` offers, how it starts and that it leaves nothing behind."""

import json
import os
import re
import shutil
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

from journeys.server import ROOT, Server
from journeys.until import until

# For each import contract a line that breaks it: (file below attune/, line).
PLANTS = {
    "Between modules, top may import below": ("core/planted.py", "import attune.live.push"),
    "Inside a module: api, actions, access, models, rules": ("people/rules.py", "import attune.people.models"),
    "Nobody reaches into another module's models": ("spaces/planted.py", "import attune.people.models"),
    "Nobody reaches into the models of spaces": ("appointments/planted.py", "import attune.spaces.models"),
    "Nobody reaches into the models of appointments": ("calls/planted.py", "import attune.appointments.models"),
    "The protocol's public half is for those who store, let in and check": ("calls/planted.py", "import attune.protocol.frames"),
    "The headless client imports the protocol and nothing else of ours": ("headless/planted.py", "import attune.core.clock"),
    "Nothing the server runs can open what is sealed": ("spaces/planted.py", "import attune.headless.sealing"),
    "Only live knows channels": ("spaces/planted.py", "import channels"),
}
# The same for the client: (file below client/src/, what it must not import).
CLIENT_PLANTS = [
    ("crypto/planted.ts", "#vault/index.ts"),
    ("crypto/planted-screen.ts", "svelte/store"),
    ("api/planted.ts", "#crypto/types.ts"),
    ("rtc/planted.ts", "#vault/index.ts"),
    ("rtc/planted-screen.ts", "svelte"),
    ("rtc/planted-path.ts", "../vault/index.ts"),
    ("vault/planted.ts", "#lib/talk/planted.ts"),
    ("design/planted.ts", "#vault/index.ts"),
    ("i18n/planted.ts", "#design/icons.ts"),
    ("lib/talk/planted.ts", "#lib/people/planted.ts"),
    ("lib/talk/planted-path.ts", "../people/planted.ts"),
    ("lib/talk/planted-crypto.ts", "#crypto/types.ts"),
    ("lib/talk/planted-api.ts", "#api/index.ts"),
    ("routes/planted.ts", "#crypto/types.ts"),
    ("routes/planted-rtc.ts", "#rtc/peer.ts"),
]


def contracts() -> list[str]:
    return [contract["name"] for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the import rules look at."""
    shutil.copytree(ROOT / "attune", tmp_path / "attune", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(tree: Path) -> str:
    # The tree has to win over the installed package, whose path is this checkout.
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(["lint-imports", "--no-cache"], cwd=tree, env=environment, capture_output=True, text=True, check=False).stdout


def test_import_contracts_are_kept(tree: Path) -> None:
    said = lint_imports(tree)
    assert "0 broken" in said, said


def test_every_import_contract_has_a_plant() -> None:
    assert sorted(PLANTS) == sorted(contracts())


def test_each_import_contract_fails_when_broken(tree: Path) -> None:
    for place, line in PLANTS.values():
        with (tree / "attune" / place).open("a") as file:
            file.write(f"\n{line}\n")
    _, *parts = re.split(r"\n(.+)\n-{9,}\n", lint_imports(tree).partition("Broken contracts")[2])
    broken = dict(zip(parts[::2], parts[1::2], strict=True))
    for contract, (place, line) in PLANTS.items():
        chain = f"attune.{place.removesuffix('.py').replace('/', '.')} -> {line.removeprefix('import ')} "
        assert chain in broken.get(contract, ""), f"{contract} lets pass: {chain}"


def test_the_clients_import_rules_fail_when_broken(tmp_path: Path) -> None:
    client = tmp_path / "client"
    shutil.copytree(ROOT / "client" / "src", client / "src")
    for name in ("eslint.config.js", "package.json", "tsconfig.json"):
        shutil.copy(ROOT / "client" / name, client)
    (client / "node_modules").symlink_to(ROOT / "client" / "node_modules")
    for place, target in CLIENT_PLANTS:
        path = client / "src" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"export * from '{target}';\n")
    planted = [f"src/{place}" for place, _ in CLIENT_PLANTS]
    said = subprocess.run(["node_modules/.bin/eslint", "-f", "json", *planted], cwd=client, capture_output=True, text=True, check=False)
    refused = {
        str(Path(file["filePath"]).relative_to(client.resolve()))
        for file in json.loads(said.stdout)
        if any(message["ruleId"] == "no-restricted-imports" for message in file["messages"])
    }
    assert refused == set(planted)


def test_make_help_lists_what_there_is() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "demo", "test", "check", "journey", "bench", "build", "help"):
        assert f"make {target} " in said


def test_a_second_start_is_quick_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path, command=("make", "run"))
    server.start()
    server.stop()
    begun = time.monotonic()
    server.start()
    took = time.monotonic() - begun
    started = server.processes()
    assert len(started) > 1, "make run is expected to have a server below it"
    server.stop()
    until(lambda: not [pid for pid in started if Path(f"/proc/{pid}").exists()], what=f"none of {started} lives on", seconds=5)
    assert took < 10, f"the second start took {took:.1f} s"
