"""Every path that answers, but for the built client (shell.py) and the socket (asgi.py)."""

from allauth.headless.account import views
from allauth.headless.constants import Client
from django.urls import path

from attune.site import pages
from attune.site.api import api

AUTH = "_allauth/browser/v1/auth"  # only what is used of allauth is mounted

urlpatterns = [
    path("api/", api.urls),
    path(f"{AUTH}/login", pages.readable(views.LoginView.as_api_view(client=Client.BROWSER))),
    path(f"{AUTH}/session", pages.readable(views.SessionView.as_api_view(client=Client.BROWSER))),
    path("healthz", pages.healthz),
    *(path(way, pages.into_app) for way in ("", "i", "r", "s", "set-up")),
]
handler400 = pages.bad_request
handler404 = pages.not_found
handler500 = pages.broken
