"""A key of the room that does not fit: what is sealed with it is said to be closed, everything else stays readable."""

import re
from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import Browser, expect

from attune.headless import writing
from attune.headless.client import Client
from attune.headless.sealing import wrap
from attune.headless.unlocking import to_base64url
from attune.protocol.encoding import Value
from journeys import acts
from journeys.person import Person
from journeys.server import Server


def test_a_key_that_does_not_fit_is_said_where_it_stands(
    server: Server, person: Callable[..., Person], clients_browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    noor = Client(server.url)
    noor.set_up(server.set_up_link(), name="Noor", login="noor", passphrase="copper lantern tidy moth river eleven")
    alma = person(clients_browser, url=server.url)
    acts.step_in(alma, noor.invite("Alma"))
    (sid,) = noor.refresh()
    client_pid = noor.accept_founding(sid)
    noor.say(sid, "before the new key")
    acts.open_talk(alma)
    acts.expect_said(alma, "before the new key")

    def wrap_wrongly(recv_pk: bytes, context: Sequence[Value], key: bytes) -> bytes:
        return wrap(recv_pk, context, bytes(32) if context[-1] == client_pid else key)

    def new_key() -> None:
        noor.refresh()
        room = noor.room_of[sid]
        frame = writing.write_epoch(room, room.epoch.members)
        noor.server.send("POST", f"/api/spaces/{to_base64url(sid)}/entries", {"frame": frame})
        noor.refresh()

    with monkeypatch.context() as wrong:
        wrong.setattr(writing, "wrap", wrap_wrongly)
        new_key()
    noor.say(sid, "under the new key")
    page = alma.page
    expect(acts.said(page, "made here does not fit on this device.")).to_have_count(1)
    expect(acts.said(page, "This does not open here: its key does not fit.")).to_have_count(1)
    expect(page.get_by_text("The newest key of this room does not fit on this device.")).to_be_visible()
    acts.expect_said(alma, "before the new key")
    acts.write(alma, "waits for a key")
    expect(page.locator(".said").filter(has_text="waits for a key").get_by_text(re.compile("waits on this device"))).to_be_visible()

    new_key()
    noor.say(sid, "under one that fits")
    acts.expect_said(alma, "under one that fits")
    expect(page.get_by_text("The newest key of this room")).to_be_hidden()
    expect(acts.said(page, "its key does not fit")).to_have_count(1)
    expect(page.locator(".said").filter(has_text="waits for a key").get_by_text(re.compile("sent"))).to_be_visible(timeout=30_000)
