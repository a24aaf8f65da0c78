"""Every listed screen, in English by day and Arabic by night; in full in three languages, by day and by night."""

import os
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser

from journeys.looking import faults, has_way_out
from journeys.server import Server
from journeys.visits import SCREENS, VISITS, World, build_world, listed, standing_on

Scheme = Literal["light", "dark"]
SOME: list[tuple[str, Scheme]] = [("en", "light"), ("ar", "dark")]
ALL: list[tuple[str, Scheme]] = [(language, scheme) for language in ("en", "fr", "ar") for scheme in ("light", "dark")]
FACES = ALL if os.environ.get("JOURNEY") == "full" else SOME


@pytest.fixture(scope="module")
def world(fresh: Callable[..., Server], therapists_browser: Browser, clients_browser: Browser) -> Iterator[World]:
    built = build_world(fresh, (therapists_browser, clients_browser))
    yield built
    for person in built.everybody():
        # What nothing is kept at, a server that asks to wait or is away, a session that ended.
        person.expects("status of (401|404|429)|ERR_FAILED")
        person.close()


def is_inside(screen: str) -> bool:
    """Whether somebody's room or session is open behind it."""
    return screen not in VISITS or VISITS[screen].who in ("client", "therapist")


def test_every_listed_screen_has_a_way_to_it() -> None:
    assert sorted(SCREENS) == sorted(listed())


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize(("language", "scheme"), FACES)
def test_a_screen_has_no_fault(world: World, screen: str, language: str, scheme: Scheme) -> None:
    with standing_on(world, screen, language=language, scheme=scheme) as page:
        assert faults(page, language=language) == []
        assert not is_inside(screen) or has_way_out(page)
