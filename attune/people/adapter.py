"""How allauth lets people in here: throttled by address and name, closing the sockets of a session that ends, telling nothing."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.adapter import DefaultHeadlessAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, JsonResponse
from typing_extensions import override

from attune.core.errors import Refusal
from attune.core.throttle import Bucket
from attune.people import actions

by_address = Bucket(burst=60, per_second=0.5)
by_login = Bucket(burst=8, per_second=1 / 30)


class AccountAdapter(DefaultAccountAdapter):
    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    @override
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            by_address.take(request.META["REMOTE_ADDR"])
            by_login.take(credentials.get("username"))
        except Refusal as refusal:
            raise ImmediateHttpResponse(JsonResponse(refusal.body(), status=refusal.status)) from refusal

    @override
    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Only failures count against a name, so that nobody is locked out by getting in often."""
        user = super().authenticate(request, **credentials)
        if user:
            by_login.give_back(credentials.get("username"))
            by_address.give_back(request.META["REMOTE_ADDR"])
        return user

    @override
    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        actions.set_length_of_session(request)

    @override
    def logout(self, request: HttpRequest) -> None:
        actions.sign_out(request)


class HeadlessAdapter(DefaultHeadlessAdapter):
    @override
    def serialize_user(self, user: AbstractBaseUser) -> dict[str, Any]:
        return {}
