"""Secrets: taken from the environment for options, and kept out of logs and reports."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, quote_plus

from ..format.credentials import MASK
from ..format.templates import render
from . import redaction

Fill: TypeAlias = Callable[[Mapping[str, Any]], dict[str, Any]]
"""What puts values into options in place of the names in their templates, as `rendered` does."""

_PREFIX = "secrets."
_SHORTEST = 4  # characters; a shorter one would stand in many a word by chance

# What was put into options in this process, as it may stand in a text.
_values: set[str] = set()


def rendered(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with the variables of the environment that their {{ secrets.NAME }} name.

    From then on, this process hides the values. Raises ValueError where a variable is not set.
    """
    return {key: render(value, from_environment) for key, value in options.items()}


def from_environment(name: str) -> str:
    """Return a secret, and hide it from then on; raise ValueError where it is not set."""
    variable = name.removeprefix(_PREFIX)
    value = os.environ.get(variable)
    if not value:
        raise ValueError(f"The environment has no {variable}, which the profile names as a secret.")
    if len(value) >= _SHORTEST:
        in_json = (json.dumps(value, ensure_ascii=each)[1:-1] for each in (True, False))
        in_urls = quote(value, safe=""), quote_plus(value)
        _values.update((value, *in_urls, repr(value)[1:-1], *in_json))
    return value


def hidden(text: str) -> str:
    """Return a text with *** in place of every secret, and without what callers keep private."""
    for secret in sorted(_values, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return redaction.without(text)


def _hidden_in(value: Any) -> Any:
    """Return what a log record has beside its message with *** in place of every secret."""
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, Mapping):
        return {key: _hidden_in(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_hidden_in(each) for each in value]
    if isinstance(value, BaseException) and hidden(str(value)) != str(value):
        return hidden(str(value))
    return value


def hide_in_logs() -> None:
    """Have every handler of this process log neither secrets nor what callers keep private.

    Tracebacks are cleaned as well.
    """
    for handler in logging.getLogger().handlers:
        if not any(isinstance(each, _Hiding) for each in handler.filters):
            handler.addFilter(_Hiding())


class _Hiding(logging.Filter):
    """Takes the secrets out of log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        if redaction.is_needed():
            redaction.clean(record)
        if _values or redaction.is_needed():
            _clean(record)
        return True


def _clean(record: logging.LogRecord) -> None:
    if isinstance(record.msg, str):
        message = record.getMessage()
        if hidden(message) != message:
            record.msg, record.args = hidden(message), None
    if record.exc_info:
        text = logging.Formatter().formatException(record.exc_info)
        if hidden(text) != text:
            # LiveKit's own formatter would format the exception again.
            record.exc_info, record.exc_text = None, hidden(text)
    # Beside the message, LiveKit's formatters print whatever else a record has.
    vars(record).update({name: _hidden_in(value) for name, value in vars(record).items()})
