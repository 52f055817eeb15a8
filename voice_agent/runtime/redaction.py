"""What callers say in confidence, kept out of logs, transcripts and reports.

A field that is redacted is private while it is collected: whatever either side says then is shown
as "(redacted)". Its value is hidden from then on wherever it turns up, also with spaces or dashes
between its digits. Whoever shows or keeps something of a call asks here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from logging import Formatter, LogRecord
from typing import Any
from weakref import WeakSet

REDACTED = "(redacted)"
"""What is shown in place of what is private."""

_CONTENTS = frozenset({"arguments", "told", "requests", "reason", "value", "keys"})
"""The details of an event that have what somebody has said."""
_SHORTEST = 8  # characters of what was said; less is said by everybody
_BETWEEN = r"[\W_]{0,3}"  # what may stand between two digits
_PLACEHOLDER = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]")

_calls: WeakSet[Redaction] = WeakSet()
"""The calls of this process in which something is, or was, private."""


class Redaction:
    """What is private in one call."""

    def __init__(self) -> None:
        self._depth = 0
        self._values: dict[str, re.Pattern[str]] = {}
        self._said: set[str] = set()

    @property
    def is_private(self) -> bool:
        """Whether something is being collected that nobody else may see."""
        return self._depth > 0

    @contextmanager
    def private(self) -> Iterator[None]:
        """Keep what both sides say private for as long as the block lasts."""
        _calls.add(self)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def hide(self, value: Any) -> None:
        """Hide a value from now on, and all that is in it."""
        if isinstance(value, Mapping):
            value = [*value.values()]
        if isinstance(value, list):
            for each in value:
                self.hide(each)
        elif not isinstance(value, bool) and str(value).strip():
            _calls.add(self)
            self._values[str(value)] = _pattern(str(value))

    def heard(self, text: str) -> None:
        """Keep what was said in private out of logs that quote it later."""
        if len(text) >= _SHORTEST or any(map(str.isdigit, text)):
            quoted = (json.dumps(text, ensure_ascii=each)[1:-1] for each in (True, False))
            self._said.update((text, repr(text)[1:-1], *quoted))

    def shown(self, text: str) -> str:
        """Return what may be shown of something that is said now."""
        return REDACTED if self.is_private and text.strip() else self.without(text)

    def details(self, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return what may be shown of the details of an event."""
        return {
            name: REDACTED if self.is_private and name in _CONTENTS and each else self._in(each)
            for name, each in details.items()
        }

    def without(self, text: str) -> str:
        """Return a text without the values that are hidden in this call."""
        for pattern in self._values.values():
            text = pattern.sub(REDACTED, text)
        return text

    def without_words(self, text: str) -> str:
        """Return a text without what was said in private in this call."""
        for said in sorted(self._said, key=len, reverse=True):
            text = text.replace(said, REDACTED)
        return text

    def _in(self, data: Any) -> Any:
        if isinstance(data, str):
            return self.without(data)
        if isinstance(data, Mapping):
            return {name: self._in(each) for name, each in data.items()}
        if isinstance(data, list | tuple):
            return [self._in(each) for each in data]
        if isinstance(data, int | float) and not isinstance(data, bool):
            return REDACTED if self.without(str(data)) == REDACTED else data
        return data


def without(text: str) -> str:
    """Return a text without the values that are hidden in any call of this process."""
    for call in list(_calls):
        text = call.without(text)
    return text


def clean(record: LogRecord) -> None:
    """Take what is private, and was said in private, out of what a log record says.

    While something is private, nothing is left of what a library logs but its own words: it may
    be what was said, which nobody knows yet to be a value.
    """
    calls = list(_calls)
    if any(call.is_private for call in calls) and not record.name.startswith("voice_agent."):
        for name in [each for each in vars(record) if "pii" in each.split(".")]:
            setattr(record, name, REDACTED)
        if record.args:
            record.msg, record.args = _PLACEHOLDER.sub(REDACTED, str(record.msg)), None
    for call in calls:
        _without_words(record, call)


def _without_words(record: LogRecord, call: Redaction) -> None:
    message = record.getMessage()
    cleaned = call.without_words(message)
    if cleaned != message:
        record.msg, record.args = cleaned, None
    for name, value in vars(record).items():
        if isinstance(value, str) and name not in ("msg", "name"):
            setattr(record, name, call.without_words(value))
    if record.exc_info:
        text = Formatter().formatException(record.exc_info)
        if call.without_words(text) != text:
            # LiveKit's own formatter would format the exception again.
            record.exc_info, record.exc_text = None, call.without_words(text)


def is_needed() -> bool:
    """Tell whether anything is to be kept out of logs."""
    return bool(_calls)


def _pattern(value: str) -> re.Pattern[str]:
    letters = [each for each in value if each.isalnum()]
    if letters and all(map(str.isdigit, letters)):
        written = re.escape(value.strip())
        return re.compile(rf"(?<!\d)(?:{written}|{_BETWEEN.join(letters)})(?!\d)")
    words = r"[\s_-]+".join(re.escape(each) for each in value.split())
    return re.compile(rf"(?<!\w){words}(?!\w)", re.I)
