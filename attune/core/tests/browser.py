"""A browser for tests: keeps cookies, sends Origin and the CSRF token as a page does, and lets what waits for the commit happen."""

import json
from typing import Any

from django.conf import settings
from django.test import Client, TestCase


class Browser:
    def __init__(self, *, address: str = "127.0.0.1") -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=True, REMOTE_ADDR=address)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"Sec-Fetch-Site": "same-origin"})

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None) -> Any:
        return self.send("PUT", path, body)

    def patch(self, path: str, body: Any = None) -> Any:
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        token = self.client.cookies.get("csrftoken")
        sent = {"Origin": settings.ORIGIN, "Sec-Fetch-Site": "same-origin", "X-CSRFToken": token.value if token else "", **headers}
        with TestCase.captureOnCommitCallbacks(execute=True):
            return self.client.generic(
                method, path, body if isinstance(body, bytes) else _json(body), content_type="application/json", headers=sent
            )


def _json(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()
