"""attune demo: the same product on a folder that is thrown away, with invented people, filled by a second process over the API."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from types import FrameType
from typing import Any

from attune.site.children import die_with_parent

SET_UP = "/set-up#"


def demo() -> None:
    signal.signal(signal.SIGTERM, _stop)
    with tempfile.TemporaryDirectory(prefix="attune-demo-") as folder:
        knocker = None
        server = _start(os.environ | {"ATTUNE_DATA": folder, "ATTUNE_DEMO": "yes"})
        try:
            _say("Inviting people who do not exist …")
            filled = _fill(_set_up_link(server))
            knocker = _knock(filled["knock"])
            _tell(filled["people"], knock=filled["knock"])
            server.wait()
        except KeyboardInterrupt:
            _say("Stopped, and thrown away.")
        finally:
            for process in (knocker, server):
                if process is not None:
                    process.terminate()
                    process.wait()


def _tell(people: dict[str, str], *, knock: str) -> None:
    therapist, *clients = people.items()
    _say(f"Therapist: {therapist[1]}  ({therapist[0]})")
    for name, link in clients:
        _say(f"Client:    {link}  ({name})")
    _say(f"Knock:     {knock}  (whoever says she is {clients[0][0]})")
    _say("Open each in a browser of its own, or all but one in private windows.")
    _say(f"The first session, with {clients[0][0]}, begins in two minutes. Somebody without a key waits at its door already:")
    _say("a program, so let her in, and nobody speaks. Open the knock's link yourself, and leave the client's closed, to be let in,")
    _say("read words to each other, and be given the room back. Ctrl-C ends it all.")


def _start(environment: dict[str, str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "attune", "run"]
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for us; we end it ourselves
        preexec_fn=die_with_parent,  # noqa: PLW1509 there are no threads yet
    )


def _set_up_link(server: "subprocess.Popen[str]") -> str:
    """The link that `attune run` prints once it is listening. Exits when it ends before."""
    for line in server.stdout or ():
        if SET_UP in line:
            return line.split()[-1]
        print(line, end="", flush=True)
    sys.exit("attune: the demo's server did not start.")


def _knock(link: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "attune.headless.knocker", link]
    return subprocess.Popen(command, text=True, start_new_session=True, preexec_fn=die_with_parent)  # noqa: PLW1509 there are no threads yet


def _fill(link: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "attune.headless.demo", link]
    filled = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if filled.returncode:
        sys.exit("attune: the invented people could not be let in.")
    told: dict[str, Any] = json.loads(filled.stdout)
    return told


def _say(line: str) -> None:
    print(line, flush=True)


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
