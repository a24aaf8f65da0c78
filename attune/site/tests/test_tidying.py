from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone

from attune.core.tests.browser import Browser
from attune.site.tidying import tidy
from attune.spaces.tests.cast import Player


def test_sessions_that_ended_are_cleared_and_no_others(transactional_db: None, owner: Player) -> None:
    nobody = Browser()
    nobody.get("/api/sign-in")
    assert Session.objects.count() == 2
    Session.objects.exclude(session_key=owner.browser.client.session.session_key).update(expire_date=timezone.now() - timedelta(seconds=1))
    tidy()
    assert Session.objects.count() == 1
    assert owner.browser.get("/api/me").json()["person"] is not None


def test_a_nonce_leaves_no_session_for_long(db: None, rested: Any) -> None:
    nobody = Browser()
    nobody.get("/api/sign-in")
    assert nobody.client.session.get_expiry_age() <= 120
