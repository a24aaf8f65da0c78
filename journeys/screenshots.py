"""Pictures of every listed screen into journeys/out/shots: English and Arabic, 360 and 1280 px, by day and by night. `make screenshots`.

Names of screens as arguments: only these.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal, get_args

from playwright.sync_api import ViewportSize, sync_playwright

from journeys import media
from journeys.browser import launch, use_our_node
from journeys.server import Server
from journeys.visits import IN_CALL, SCREENS, World, build_world, standing_on

SHOTS = Path(__file__).parent / "out" / "shots"
Scheme = Literal["light", "dark"]
WIDTHS = {360: ViewportSize(width=360, height=760), 1280: ViewportSize(width=1280, height=800)}


def picture(world: World, screen: str, *, language: str) -> None:
    """All four pictures of a screen in one language, whole pages; a session's only as far as one sees."""
    with standing_on(world, screen, language=language, scheme="light") as page:
        for scheme in get_args(Scheme):
            page.emulate_media(color_scheme=scheme)
            for width, size in WIDTHS.items():
                page.set_viewport_size(size)
                page.screenshot(
                    path=SHOTS / f"{screen}-{language}-{width}-{scheme}.png", full_page=screen not in IN_CALL, animations="disabled"
                )


def main() -> None:
    use_our_node()
    screens = sys.argv[1:] or SCREENS
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    servers: list[Server] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:

        def fresh(**settings: str) -> Server:
            servers.append(Server(Path(folder) / f"server-{len(servers)}", settings=settings))
            return servers[-1].start()

        browsers = (
            launch(playwright, cast=media.THERAPIST, folder=Path(folder) / "a"),
            launch(playwright, cast=media.CLIENT, folder=Path(folder) / "b"),
        )
        try:
            world = build_world(fresh, browsers)
            for language in ("en", "ar"):
                for screen in screens:
                    picture(world, screen, language=language)
        finally:
            for browser in browsers:
                browser.close()
            for server in servers:
                server.stop()
    print(f"{len(list(SHOTS.glob('*.png')))} pictures in {SHOTS}")


if __name__ == "__main__":
    main()
