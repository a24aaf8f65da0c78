"""Every way back in on a browser that holds nothing any more, in Arabic at 360 px, and every way that must not work."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from attune.headless.client import Client
from attune.headless.connection import Declined
from attune.headless.unlocking import to_base64url, write_code
from journeys import acts
from journeys.arabic import ARABIC, by_sheet, by_words, lose, place, says, shows, type_code, type_told
from journeys.clock import WORKER, write_in_the_past
from journeys.person import Person
from journeys.scenes import Knocking, rows_on
from journeys.server import Server

WRONG = "status of (400|401)"  # what a browser's console says of words that do not open, and of whom nobody knows
WORDS = "amber saddle quiet orchard velvet nine"
NEW_WORDS = "granite meadow slow lantern copper five"
LAST_WORDS = "thistle harbour window amber quiet two"

# Her language is Arabic from then on, in every browser but this one.
SPEAKS_ARABIC = """async () => {
  localStorage.setItem('attune.language', 'en');
  const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': /csrftoken=([^;]*)/.exec(document.cookie)[1] };
  const answer = await fetch('/api/me', { method: 'PATCH', headers, body: JSON.stringify({ language: 'ar' }) });
  if (!answer.ok) throw new Error(`the language was not taken: ${answer.status}`);
}"""


@dataclass
class House:
    server: Server
    noor: Person
    alma: Person
    link: str


@pytest.fixture(scope="module")
def house(server: Server, person: Callable[..., Person], therapists_browser: Browser, clients_browser: Browser) -> House:
    """A therapist and her client, who has said something; nobody has a second way in yet."""
    noor, alma = person(therapists_browser, url=server.url), person(clients_browser, url=server.url)
    acts.set_up(noor, server.set_up_link())
    link = acts.invite(noor)
    acts.step_in(alma, link)
    acts.open_talk(alma)
    acts.write(alma, "said before all was lost")
    acts.open_talk(noor)
    acts.expect_said(noor, "said before all was lost")
    return House(server, noor, alma, link)


def test_one_may_be_invited_without_a_sheet_and_a_second_not(house: House) -> None:
    page = house.noor.page
    page.goto("/app/invite")
    expect(page.get_by_role("heading", name="First a second way in, for you")).to_be_visible()
    expect(acts.button(page, "Invite")).to_be_hidden()
    acts.press(page, "Make a recovery sheet")
    page.get_by_label("What opens now").fill("not these words at all")
    acts.press(page, "Go on")
    expect(page.get_by_text("These words do not open it, so nothing was changed.")).to_be_visible()
    page.get_by_label("What opens now").fill(acts.NAMES.passphrase)
    acts.press(page, "Go on")
    groups = acts.groups_of(page)
    assert not any(group in page.title() + page.url for group in groups)
    acts.press(page, "Make it a way in")
    expect(page.get_by_text(re.compile("This is not group"))).to_have_count(2)
    acts.read_back(page, groups)
    acts.press(page, "Go on inviting")
    expect(acts.field(page, "Name, as you will see it")).to_be_visible()


def keep_by_words(who: Person, *, words: str, login: str) -> None:
    page = who.page
    page.goto("/app/")
    acts.press(page, "Keep this room")
    acts.press(page, "Add a passphrase")
    acts.press(page, "Use my own")
    acts.field(page, "Your sign-in name").fill(login)
    page.get_by_label("Your new passphrase").fill(words)
    acts.press(page, "Keep it with these words")
    expect(page.get_by_role("heading", name="Your room is kept")).to_be_visible()


def pid_of(who: Person) -> str:
    return str(who.page.evaluate("async () => (await (await fetch('/api/me')).json()).person.pid"))


def change_words(who: Person, *, now: str, words: str) -> None:
    page = who.page
    page.goto("/app/passphrase")
    page.get_by_label("What opens now").fill(now)
    acts.press(page, "Use my own")
    page.get_by_label("Your new passphrase").fill(words)
    acts.press(page, "Change the passphrase")
    expect(page.get_by_role("heading", name="The new words open now")).to_be_visible()


def elsewhere(house: House, person: Callable[..., Person], browser: Browser) -> Person:
    """At a browser that holds nothing, in Arabic, on a phone; it may be refused, and signed out from another one."""
    somebody = person(browser, url=house.server.url, **ARABIC)
    somebody.expects("status of (400|401|409)")
    return somebody


def is_in(page: Page) -> None:
    """Her room, with all that was said."""
    place(page, says("house", "talk")).click()
    expect(acts.said(page, "said before all was lost")).to_have_count(1)
    expect(page.get_by_role("alert")).to_have_count(0)


def as_a_hand_writes(code: str) -> str:
    """Small letters, Arabic digits, O for 0, spaces for dashes."""
    return code.lower().replace("0", "o").translate(str.maketrans("23456789", "٢٣٤٥٦٧٨٩")).replace("-", " ")


@dataclass
class Ways:
    sheet: str
    login: str = "copper-lantern"
    words: str = WORDS


@pytest.fixture(scope="module")
def ways(house: House) -> Ways:
    """Alma's two, made one after the other in the browser that holds her."""
    before = pid_of(house.alma)
    second = house.alma.new_page()
    second.goto("/app/talk")
    expect(acts.composer(second)).to_be_visible()
    keep_by_words(house.alma, words=WORDS, login="copper-lantern")
    made = Ways(acts.make_sheet(house.alma, now=WORDS))
    assert pid_of(house.alma) == before
    # The tab that was open all along goes on, with the same key.
    acts.composer(second).fill("written in the other tab")
    acts.press(second, "Send")
    acts.open_talk(house.noor)
    acts.expect_said(house.noor, "written in the other tab")
    second.close()
    house.alma.page.evaluate(SPEAKS_ARABIC)
    return made


def test_the_sheet_opens_on_a_browser_that_holds_nothing(
    house: House, ways: Ways, person: Callable[..., Person], clients_browser: Browser
) -> None:
    for code in (ways.sheet, as_a_hand_writes(ways.sheet)):
        page = elsewhere(house, person, clients_browser).page
        by_sheet(page, code)
        is_in(page)
        page.reload()
        expect(acts.said(page, "said before all was lost")).to_have_count(1)


def test_the_passphrase_opens_on_a_browser_that_holds_nothing(
    house: House, ways: Ways, person: Callable[..., Person], clients_browser: Browser
) -> None:
    page = elsewhere(house, person, clients_browser).page
    by_words(page, ways.login, ways.words)
    is_in(page)


def test_a_kept_room_whose_store_was_cleared_says_so_and_opens(
    house: House, ways: Ways, person: Callable[..., Person], clients_browser: Browser
) -> None:
    alma = elsewhere(house, person, clients_browser)
    by_words(alma.page, ways.login, ways.words)
    is_in(alma.page)
    page = lose(alma)
    shows(page, "lost")
    acts.press(page, says("keys", "have_sheet"))
    type_code(page, ways.sheet)
    is_in(page)
    page = lose(alma)
    shows(page, "lost")
    page.get_by_label(says("entrance", "passphrase"), exact=True).fill(ways.words)
    acts.press(page, says("entrance", "unlock"))
    is_in(page)


def test_who_kept_nothing_is_told_what_is_left_and_comes_in_anew(
    house: House, person: Callable[..., Person], clients_browser: Browser
) -> None:
    robin = elsewhere(house, person, clients_browser)
    noor = house.noor
    robin.expects(WRONG)
    robin.page.goto(acts.invite(noor, names=acts.Names(client="Robin")))
    step_in_arabic(robin.page)
    page = lose(robin)
    shows(page, "lost")
    shows(page, "lost_ways")
    page.goto(acts.invite(noor, names=acts.Names(client="Robin again")))
    step_in_arabic(page)
    page.reload()
    expect(place(page, says("house", "talk"))).to_be_visible()
    expect(page.get_by_text(says("keys", "lost"))).to_have_count(0)


def test_the_link_of_a_session_brings_back_who_kept_nothing(house: House, person: Callable[..., Person], clients_browser: Browser) -> None:
    """On the wiped browser itself, told by telephone: in the call the room is given back, from now on."""
    noor, salma = house.noor, elsewhere(house, person, clients_browser)
    write_in_the_past(salma.context)
    salma.page.goto(acts.invite(noor, names=acts.Names(client="Salma")))
    step_in_arabic(salma.page, name="Salma")
    acts.open_room(noor, "Salma")
    acts.plan_session(noor, room=noor.page.url.rpartition("/")[2])
    salma.context.unroute(WORKER)
    page = lose(salma)
    shows(page, "lost_ways")
    noor.page.get_by_text("Read it out").click()
    said = noor.page.get_by_role("list", name="Code of this session in seven groups of four").get_by_role("listitem")
    expect(said).to_have_count(7)
    acts.press(page, says("entrance", "was_told"))
    type_told(page, write_code(secrets.token_bytes(16)))
    shows(page, "told_fault", area="knock")
    type_told(page, as_a_hand_writes(" ".join(said.all_inner_texts())))
    session = noor.page.evaluate("async () => (await (await fetch('/api/appointments')).json()).at(-1).id")
    walk = Knocking(noor, salma, link=None, session=session, whose=lambda: "Salma")
    walk.to("give-back-matched")
    heard = noor.page.locator(".side .aloud [lang=en]").inner_text()
    acts.press(page, says("giving", "have_read"))
    rows_on(page).filter(has_text=heard).click()
    expect(acts.button(page, says("giving", "to_room"))).to_be_visible()
    page.goto("/app/talk")
    expect(page.get_by_role("main").get_by_role("textbox")).to_be_visible()


def test_a_link_that_leads_nowhere_brings_nobody_in(house: House, person: Callable[..., Person], clients_browser: Browser) -> None:
    """Torn, and of no session: said, and nothing was begun."""
    somebody = elsewhere(house, person, clients_browser)
    somebody.expects("status of 404")
    page = somebody.page
    for secret, area, key in (("torn", "entrance", "closed_torn"), (to_base64url(secrets.token_bytes(16)), "knock", "over")):
        page.goto("/healthz")
        page.goto(f"/s#{secret}")
        shows(page, key, area=area)
    assert page.evaluate("async () => (await (await fetch('/api/me')).json()).person") is None


def step_in_arabic(page: Page, *, name: str = "Robin") -> None:
    page.get_by_role("textbox").fill(name)
    acts.press(page, says("entrance", "step_in"))
    expect(place(page, says("house", "talk"))).to_be_visible()


def test_what_must_not_open_does_not(house: House, ways: Ways, person: Callable[..., Person], clients_browser: Browser) -> None:
    alma = elsewhere(house, person, clients_browser)
    alma.expects(WRONG)
    page = alma.page
    by_words(page, ways.login, "these are other words")
    shows(page, "do_not_open", area="entrance")
    by_sheet(page, write_code(secrets.token_bytes(16)))
    shows(page, "opens_nothing")
    type_code(page, ways.sheet[:17])
    shows(page, "half")
    expect(acts.field(page, says("keys", "typed_code"))).to_have_value(ways.sheet[:17])
    first = "1" if ways.sheet[0] != "1" else "2"
    type_code(page, first + ways.sheet[1:])
    shows(page, "mistyped")


def test_the_sheet_of_somebody_else_opens_nothing_where_she_is_held(
    house: House, ways: Ways, person: Callable[..., Person], clients_browser: Browser
) -> None:
    sheet_of_noor = acts.make_sheet(house.noor, now=acts.NAMES.passphrase)
    alma = elsewhere(house, person, clients_browser)
    alma.expects(WRONG)
    page = alma.page
    by_words(page, ways.login, ways.words)
    is_in(page)
    place(page, "أنت").click()
    acts.press(page, says("you", "lock"))
    acts.press(page, says("keys", "have_sheet"))
    type_code(page, sheet_of_noor)
    shows(page, "not_hers")
    assert page.evaluate("async () => (await (await fetch('/api/me')).json()).person") is None
    type_code(page, ways.sheet)
    is_in(page)


def test_what_was_replaced_opens_no_more_and_the_others_are_signed_out(
    house: House, ways: Ways, person: Callable[..., Person], clients_browser: Browser
) -> None:
    other = elsewhere(house, person, clients_browser)
    other.expects(WRONG)
    page = other.page
    by_sheet(page, ways.sheet)
    is_in(page)
    change_words(house.alma, now=ways.words, words=NEW_WORDS)
    shows(page, "was_signed_out")
    assert page.evaluate("async () => (await fetch('/api/spaces')).status") == 401
    page.reload()
    shows(page, "was_signed_out")
    page.get_by_label(says("entrance", "passphrase"), exact=True).fill(ways.words)
    acts.press(page, says("entrance", "unlock"))
    shows(page, "do_not_open", area="entrance")
    page.get_by_label(says("entrance", "passphrase"), exact=True).fill(NEW_WORDS)
    acts.press(page, says("entrance", "unlock"))
    is_in(page)

    fresh = elsewhere(house, person, clients_browser)
    fresh.expects(WRONG)
    by_words(fresh.page, ways.login, ways.words)
    shows(fresh.page, "do_not_open", area="entrance")
    old, ways.words = ways.sheet, NEW_WORDS
    ways.sheet = acts.make_sheet(house.alma, now=NEW_WORDS)
    by_sheet(fresh.page, old)
    shows(fresh.page, "opens_nothing")
    type_code(fresh.page, ways.sheet)
    is_in(fresh.page)


def test_other_browsers_are_signed_out_and_open_again_with_words(
    house: House, ways: Ways, person: Callable[..., Person], clients_browser: Browser
) -> None:
    other = elsewhere(house, person, clients_browser)
    other.expects(WRONG)
    by_words(other.page, ways.login, ways.words)
    is_in(other.page)
    page = house.alma.page
    page.goto("/app/you")
    expect(page.get_by_text(re.compile("The server counts (one|.*) other browser"))).to_be_visible()
    acts.press(page, "Sign other browsers out")
    page.get_by_role("dialog").get_by_role("button", name="Sign other browsers out").click()
    expect(page.get_by_text("The other browsers are signed out.")).to_be_visible()
    shows(other.page, "was_signed_out")
    # Hers stays.
    page.reload()
    expect(page.get_by_role("heading", name="Ways in")).to_be_visible()
    other.page.get_by_label(says("entrance", "passphrase"), exact=True).fill(ways.words)
    acts.press(other.page, says("entrance", "unlock"))
    is_in(other.page)


def test_a_change_that_breaks_off_is_finished_by_itself_and_alarms_nobody(house: House, ways: Ways) -> None:
    alma = house.alma
    alma.expects("ERR_FAILED|" + WRONG)
    page = alma.page
    page.goto("/app/passphrase")
    page.route("**/api/records/*", lambda route: route.abort())
    page.get_by_label("What opens now").fill(ways.words)
    acts.press(page, "Use my own")
    page.get_by_label("Your new passphrase").fill(LAST_WORDS)
    acts.press(page, "Change the passphrase")
    expect(page.get_by_text("The server stopped answering before this was done.")).to_be_visible()
    assert opens(house.server, ways.login, ways.words)
    assert not opens(house.server, ways.login, LAST_WORDS)
    page.unroute("**/api/records/*")
    with page.expect_response("**/api/records/*"):
        page.reload()
    assert opens(house.server, ways.login, LAST_WORDS)
    assert not opens(house.server, ways.login, ways.words)
    ways.words = LAST_WORDS
    page.goto("/app/you")
    expect(page.get_by_role("heading", name="Ways in")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def opens(server: Server, login: str, words: str) -> bool:
    try:
        Client(server.url).log_in(login, words)
    except Declined as refused:
        if refused.status == 400:
            return False
        raise
    return True


def test_the_nudge_can_be_put_away_and_comes_back(house: House, person: Callable[..., Person], clients_browser: Browser) -> None:
    kim = person(clients_browser, url=house.server.url)
    acts.step_in(kim, acts.invite(house.noor, names=acts.Names(client="Kim")))
    page = kim.page
    acts.press(page, "Not now")
    expect(acts.button(page, "Keep this room")).to_be_hidden()
    page.reload()
    expect(acts.place(page, "Talk")).to_be_visible()
    expect(page.get_by_text("Your key lies in this browser only.")).to_be_visible()
    expect(acts.button(page, "Keep this room")).to_be_hidden()
    page.evaluate("localStorage.setItem('attune.keep_later', String(Date.now() - 8 * 86400000))")
    page.reload()
    expect(acts.button(page, "Keep this room")).to_be_visible()
