"""Logs as JSON lines, without personal data."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

# Digits that could be an ID number or a telephone: an 18-character number, or an 11-digit one that begins with 1.
PERSONAL = re.compile(r"(?<!\d)(\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")

PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One object a line: t, level, logger, text, and what the call added."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self._place = place

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"t": at, "level": record.levelname.lower(), "node": self._place}
        line |= {"logger": record.name, "text": masked(record.getMessage())}
        line |= {k: masked(str(v)) for k, v in record.__dict__.items() if k not in PLAIN}
        if record.exc_info:
            line["error"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def masked(text: str) -> str:
    """Whatever slips into a log, ID numbers and telephones do not."""
    return PERSONAL.sub(lambda found: found[0][:3] + "*" * (len(found[0]) - 5) + found[0][-2:], text)


def start(place: int, *, level: str = "INFO") -> None:
    """Logs to stderr; the caller decides where that goes."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(place))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("nats", "asyncio", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
