"""attune demo: the same product on a folder that is thrown away, with invented people, filled by a second process over the API."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from types import FrameType

from attune.site.children import die_with_parent

SET_UP = "/set-up#"


def demo() -> None:
    signal.signal(signal.SIGTERM, _stop)
    with tempfile.TemporaryDirectory(prefix="attune-demo-") as folder:
        server = _start(os.environ | {"ATTUNE_DATA": folder, "ATTUNE_DEMO": "yes"})
        try:
            _say("Inviting people who do not exist …")
            therapist, *clients = _fill(_set_up_link(server)).items()
            _say(f"Therapist: {therapist[1]}  ({therapist[0]})")
            for name, link in clients:
                _say(f"Client:    {link}  ({name})")
            _say("Open each in a browser of its own, or all but one in private windows.")
            _say("The first session begins in two minutes. Ctrl-C ends it all.")
            server.wait()
        except KeyboardInterrupt:
            _say("Stopped, and thrown away.")
        finally:
            server.terminate()
            server.wait()


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


def _fill(link: str) -> dict[str, str]:
    command = [sys.executable, "-m", "attune.headless.demo", link]
    filled = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if filled.returncode:
        sys.exit("attune: the invented people could not be let in.")
    links: dict[str, str] = json.loads(filled.stdout)
    return links


def _say(line: str) -> None:
    print(line, flush=True)


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
