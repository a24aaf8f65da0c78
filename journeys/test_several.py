"""Several clients at once: whose keys these are, compared by words and by code; a key that changed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from attune.headless.client import Client
from attune.headless.identity import Identity
from attune.headless.unlocking import from_base64url, to_base64url
from attune.protocol.fingerprint import safety_number, write_qr
from journeys import acts
from journeys.person import Person
from journeys.server import Server
from journeys.writers import change_keys

Come = Callable[..., Person]
# A browser whose camera reads codes: it "sees" whatever the journey holds before it.
READS_CODES = """
globalThis.BarcodeDetector = class { async detect() { return globalThis.__held ? [{ rawValue: globalThis.__held }] : []; } };
"""
LOUD = re.compile("New keys for .+, perhaps another person")


@pytest.fixture(scope="module")
def noor(server: Server, person: Come, therapists_browser: Browser) -> Person:
    therapist = person(therapists_browser, url=server.url)
    acts.set_up(therapist, server.set_up_link())
    acts.make_sheet(therapist, now=acts.NAMES.passphrase)
    return therapist


def pid_of(page: Page) -> bytes:
    return from_base64url(page.evaluate("async () => (await (await fetch('/api/me')).json()).person.pid"))


def digits_on(page: Page) -> str:
    return page.get_by_role("group", name="The digits").inner_text()


def words_on(page: Page) -> list[str]:
    return page.get_by_role("list", name="The words").get_by_role("listitem").all_inner_texts()


def room_with(noor: Person, name: str) -> Page:
    acts.open_room(noor, name)
    return noor.page


def test_two_people_compare_by_words_and_by_code(server: Server, noor: Person, person: Come, clients_browser: Browser) -> None:
    alma = person(clients_browser, url=server.url)
    alma.context.add_init_script(READS_CODES)
    acts.step_in(alma, acts.invite(noor))
    hers = alma.page
    acts.place(hers, "You").click()
    expect(hers.get_by_text("Not compared yet")).to_be_visible()
    acts.press(hers, "Compare")
    page = room_with(noor, "Alma")
    acts.press(page, "Compare")

    pids = pid_of(page), pid_of(hers)
    expect(page.get_by_role("group", name="The digits")).to_be_visible()
    assert digits_on(page) == digits_on(hers) == safety_number(*pids).replace(" | ", " ")
    assert words_on(page) == words_on(hers)
    acts.press(page, "They match")
    expect(page.get_by_text(re.compile("^Compared .+ in use now"))).to_be_visible()
    page.reload()
    expect(page.get_by_text(re.compile("^Compared .+ in use now"))).to_be_visible()

    acts.press(hers, re.compile("Look at .?Noor.*code"))
    hers.evaluate("text => { globalThis.__held = text }", "https://example.org/menu")
    expect(hers.get_by_text("This is some other code.")).to_be_visible()
    hers.evaluate("text => { globalThis.__held = text }", to_base64url(write_qr(*pids)))
    expect(hers.get_by_text(re.compile("^Compared .+ in use now"))).to_be_visible()
    expect(hers.get_by_role("button", name="Stop looking")).to_be_hidden()
    acts.place(hers, "You").click()
    expect(hers.get_by_text(re.compile("^Compared "))).to_be_visible()


def test_a_code_of_other_keys_and_differing_words_mark_nothing(
    server: Server, noor: Person, person: Come, clients_browser: Browser
) -> None:
    robin = person(clients_browser, url=server.url)
    robin.context.add_init_script(READS_CODES)
    names = acts.Names(client="Robin", client_says="Robin")
    acts.step_in(robin, acts.invite(noor, names=names), names=names)
    page = robin.page
    acts.place(page, "You").click()
    acts.press(page, "Compare")
    acts.press(page, re.compile("Look at .?Noor.*code"))
    page.evaluate("text => { globalThis.__held = text }", to_base64url(write_qr(Identity.make().pid, pid_of(page))))
    expect(page.get_by_text("They do not match, so nothing was marked.")).to_be_visible()
    acts.press(page, "Read once more")
    expect(page.get_by_text("Not compared yet.")).to_be_visible()
    acts.press(page, "They do not match")
    expect(page.get_by_text("by a number you already had")).to_be_visible()


def test_a_changed_key_is_said_until_it_is_compared(server: Server, noor: Person) -> None:
    rana = Client(server.url)
    sid = rana.join(acts.invite(noor, names=acts.Names(client="Rana")), name="Rana")
    page = room_with(noor, "Rana")
    acts.press(page, "Compare")
    acts.press(page, "They match")
    expect(page.get_by_text(re.compile("^Compared .+ in use now"))).to_be_visible()
    rana.refresh()
    rana.say(sid, "with the keys she came with")
    room_with(noor, "Rana")
    acts.expect_said(noor, "with the keys she came with")
    expect(page.get_by_text(LOUD)).to_be_hidden()

    change_keys(rana, sid)
    expect(page.get_by_role("alert").filter(has_text=LOUD)).to_be_visible()
    expect(page.get_by_text("They do not open what was written before.")).to_be_visible()
    expect(page.get_by_text(re.compile("^Not compared yet ·"))).to_be_visible()
    expect(page.get_by_text("whoever holds the new keys")).to_be_visible()
    page.reload()
    expect(page.get_by_role("alert").filter(has_text=LOUD)).to_be_visible()
    acts.write(noor, "Is that you?")
    expect(page.locator(".said").filter(has_text="Is that you?").get_by_text(re.compile("sent$"))).to_be_visible()
    acts.press(page, "Sessions")
    expect(page.get_by_role("alert").filter(has_text=LOUD)).to_be_visible()

    acts.press(page, "Compare")
    expect(page.get_by_text("So far nothing says whose key this new one is.")).to_be_visible()
    acts.press(page, "They match")
    expect(page.get_by_text(re.compile("^Compared .+ in use now"))).to_be_visible()
    room_with(noor, "Rana")
    expect(page.get_by_text(LOUD)).to_be_hidden()
    expect(page.get_by_text(re.compile("Rana.? has new keys, compared"))).to_be_visible()


def test_a_list_of_names_becomes_a_link_each(server: Server, noor: Person, person: Come, clients_browser: Browser) -> None:
    page = noor.page
    page.goto("/app/invite")
    acts.press(page, "Invite several")
    listed = acts.field(page, "Names, one on each line")
    long = "x" * 61
    listed.fill(f"Kim\n\n  Lea  \nkim\n{long}\nSam")
    expect(page.get_by_text("counted once")).to_be_visible()
    page.get_by_role("button", name="Invite several").click()
    expect(page.get_by_text(re.compile("in line .?5"))).to_be_visible()
    assert long in listed.input_value()

    # The server goes away for the second: the first stands below, the others stay in the list, over a reload too.
    noor.expects("ERR_FAILED")
    posted = []

    def second_fails(route: Route) -> None:
        posted.append(route)
        if len(posted) == 2:
            route.abort()
        else:
            route.continue_()

    page.route(
        lambda url: url.endswith("/api/invitations"),
        lambda route: second_fails(route) if route.request.method == "POST" else route.continue_(),
    )
    listed.fill("Kim\n\n  Lea  \nkim\nSam")
    page.get_by_role("button", name="Invite several").click()
    expect(page.get_by_text(re.compile("1.? of .?3.? were made"))).to_be_visible()
    assert [line.strip() for line in listed.input_value().split() if line] == ["Lea", "Sam"]
    page.unroute_all()
    page.reload()
    expect(listed).to_have_value(re.compile("Lea"))
    made = page.get_by_role("region", name="from your list")
    expect(made.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Invite several").click()
    expect(made.get_by_role("listitem")).to_have_count(3)
    expect(listed).to_have_value(re.compile(r"^\s*$"))

    acts.press(page, "Copy all as a list")
    lines = [line.split("\t") for line in page.evaluate("navigator.clipboard.readText()").splitlines()]
    assert [name for name, _ in lines] == ["Kim", "Lea", "Sam"]
    made.get_by_role("button", name=re.compile("^Copy text for .?Lea")).click()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("Hello Lea, ")
    assert lines[1][1] in text
    sam = person(clients_browser, url=server.url)
    acts.step_in(sam, lines[2][1], names=acts.Names(client_says="Sam"))
    expect(made.get_by_role("listitem").filter(has_text="Sam").get_by_text("used")).to_be_visible()
    for name in ("Kim", "Lea"):
        expect(page.get_by_role("region", name="Invitations").get_by_role("listitem").filter(has_text=name)).to_have_count(1)


def test_notes_are_another_paper_that_only_she_opens(server: Server, noor: Person, person: Come, clients_browser: Browser) -> None:
    jo = person(clients_browser, url=server.url)
    names = acts.Names(client="Jo", client_says="Jo")
    acts.step_in(jo, acts.invite(noor, names=names), names=names)
    page = room_with(noor, "Jo")
    acts.press(page, "Notes")
    page.wait_for_url("**/notes")
    tab = noor.new_page()
    tab.goto(page.url)
    acts.field(page, "A note for yourself").fill("Came late, spoke of the two chairs.")
    expect(acts.field(tab, "A note for yourself")).to_have_value("Came late, spoke of the two chairs.")
    page.reload()
    expect(acts.field(page, "A note for yourself")).to_have_value("Came late, spoke of the two chairs.")
    acts.press(page, "Keep this note")
    paper = page.get_by_role("region", name="Notes about")
    expect(paper.get_by_role("listitem").filter(has_text="the two chairs")).to_have_count(1)
    expect(tab.get_by_role("listitem").filter(has_text="the two chairs")).to_have_count(1)
    expect(acts.field(tab, "A note for yourself")).to_have_value("")
    tab.close()

    # Another client of the same protocol is another browser of hers.
    sid = from_base64url(page.url.split("/")[-2])
    again = Client(server.url)
    again.log_in(acts.NAMES.login, acts.NAMES.passphrase)
    assert again.notes_about(sid) == ["Came late, spoke of the two chairs."]
    pid = next(contact.pid for contact in again.contacts() if contact.sid == sid)
    again.note(pid, "Written elsewhere.")
    expect(paper.get_by_role("listitem").filter(has_text="Written elsewhere.")).to_have_count(1)
    acts.place(page, "People").click()
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("Jo"))).to_have_count(1)

    expect(jo.page.get_by_role("link", name="Notes")).to_have_count(0)
    counts = jo.page.evaluate("async () => (await (await fetch('/api/spaces')).json()).length")
    assert counts == 2  # her own, and the room
