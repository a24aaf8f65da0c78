"""How this house says no: one exception with a code that clients turn into words."""


class Refusal(Exception):
    """Answered as `{"code", "message"}` with `status`; `message` is English for developers, `retry_at` Unix ms (429 only)."""

    def __init__(self, code: str, message: str, *, status: int, retry_at: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status
        self.retry_at = retry_at

    def body(self) -> dict[str, object]:
        said: dict[str, object] = {"code": self.code, "message": self.message}
        return said if self.retry_at is None else {**said, "retry_at": self.retry_at}


def unknown() -> Refusal:
    """What a stranger is told, whether the thing exists or not."""
    return Refusal("unknown", "There is nothing here, or it is not yours.", status=404)


def conflict(code: str, message: str) -> Refusal:
    return Refusal(code, message, status=409)


def unfit(code: str, message: str) -> Refusal:
    """The request was understood and cannot be accepted as it is."""
    return Refusal(code, message, status=422)
