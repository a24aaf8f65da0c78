"""Log lines without content: what broke and where, never the words of an exception, which may quote what somebody wrote."""

import logging
import traceback


class WithoutContent(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        plain = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        if record.exc_info and record.exc_info[1]:
            plain.msg, plain.args = f"{record.name.rpartition('.')[2]}: {_places(record.exc_info[1])}", None
        return super().format(plain)


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join([type(error).__name__, *(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))])
