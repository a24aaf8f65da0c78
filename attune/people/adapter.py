"""How allauth lets people in here: throttled by address and name, closing the sockets of a session that ends, telling nothing."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.adapter import DefaultHeadlessAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, JsonResponse
from typing_extensions import override

from attune.core.db import writing
from attune.core.errors import Refusal
from attune.core.throttle import Bucket, network_of
from attune.people import access, actions, rules
from attune.people.access import Person

by_address = Bucket(burst=60, per_second=0.5)
by_login = Bucket(burst=8, per_second=1 / 30)  # of one name from one network: elsewhere, its owner gets in meanwhile


class AccountAdapter(DefaultAccountAdapter):
    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    @override
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            by_address.take(network_of(request))
            by_login.take(_guess(request, credentials))
        except Refusal as refusal:
            raise ImmediateHttpResponse(JsonResponse(refusal.body(), status=refusal.status)) from refusal

    @override
    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Only failures count against a name, so that nobody is locked out by getting in often."""
        user = super().authenticate(request, **credentials)
        if user:
            by_login.give_back(_guess(request, credentials))
            by_address.give_back(network_of(request))
        return user

    @override
    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """A way in that was replaced since it was tried lets nobody in; a session that stands before that is ended with the others."""
        with writing():
            if not (isinstance(user, Person) and access.still_opens(user)):
                refusal = Refusal("words-replaced", "This way in was just replaced.", status=400)
                raise ImmediateHttpResponse(JsonResponse(refusal.body(), status=refusal.status))
            super().login(request, user)
            actions.set_length_of_session(request)
            request.session.save()

    @override
    def logout(self, request: HttpRequest) -> None:
        actions.sign_out(request)


def _guess(request: HttpRequest, credentials: dict[str, Any]) -> tuple[str, str]:
    """The name that is tried and from where; what can be nobody's name counts as one, or each would be kept in memory."""
    login = str(credentials.get("username"))
    return (login if rules.is_login(login) else "", network_of(request))


class HeadlessAdapter(DefaultHeadlessAdapter):
    @override
    def serialize_user(self, user: AbstractBaseUser) -> dict[str, Any]:
        return {}
