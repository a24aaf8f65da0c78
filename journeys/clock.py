"""A device whose clock can be set while its pages are open: the pages and the worker that seals read the same one."""

import re

from playwright.sync_api import BrowserContext, Route

from journeys.person import Person

TWO_DAYS_AGO = "{ const now = Date.now.bind(Date); Date.now = () => now() - 2 * 86_400_000; }\n"
WORKER = re.compile(r"/worker-[^/]*\.js$")
CLOCK = """(() => {
  const Real = Date;
  let ahead = 0;
  new BroadcastChannel('clock').onmessage = ({ data }) => { ahead = data };
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + ahead); }
    static now() { return Real.now() + ahead; }
  };
})();
"""


def write_in_the_past(context: BrowserContext) -> None:
    """Whoever wrote within a day is still there, for all a therapist's device can tell: this one wrote two days ago."""

    def behind(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=TWO_DAYS_AGO + answer.text())

    context.route(WORKER, behind)


def wind(context: BrowserContext) -> None:
    """For pages that are opened from now on."""

    def into_worker(route: Route) -> None:
        served = route.fetch()
        route.fulfill(response=served, body=CLOCK + served.text())

    context.add_init_script(CLOCK)
    context.route(re.compile("/workers/worker-"), into_worker)


def set_clock(person: Person, *, hours: float) -> None:
    """So many hours ahead of the true time, behind it if negative, until it is set again or the page is loaded anew."""
    person.page.evaluate("ahead => { new BroadcastChannel('clock').postMessage(ahead) }", hours * 3_600_000)
