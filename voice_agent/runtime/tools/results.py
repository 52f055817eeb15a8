"""What the llm is told of what a tool brought, and what of it is kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ...format.tools import Treatment
from ..variables import Values
from .outcome import Outcome
from .response import MISSING, at, picked, written

logger = logging.getLogger(__name__)

FAILED = (
    "It did not work. Tell the caller that this cannot be done right now, and do not make up a "
    "result."
)
"""What the llm is told of a failure where the operator has not said it."""


def told(name: str, tool: Treatment, outcome: Outcome, values: Values) -> str:
    """Return what the llm is told of the outcome of a tool."""
    if outcome.failure is not None:
        logger.warning("%s failed (%s). %s", name, outcome.failure, outcome.reason)
        return outcome.text or of_failure(tool.on_error, outcome.failure, values)
    if outcome.text is not None:
        return outcome.text
    data = picked(outcome.data, tool.response.fields)
    return written(data, tool.response.max_size, whole=outcome.whole)


def of_failure(on_error: str | Mapping[str, str] | None, failure: str, values: Values) -> str:
    """Return what the llm is told of a failure, as the operator wrote it."""
    texts = {"default": on_error} if isinstance(on_error, str) else on_error or {}
    return values.told(texts.get(failure) or texts.get("default") or FAILED)


def refusal(requires: Mapping[str, str], values: Values) -> str | None:
    """Return what the llm is told where a variable that a tool requires has no value."""
    for variable, otherwise in requires.items():
        if not values.is_set(variable):
            return values.told(otherwise)
    return None


def save(tool: Treatment, outcome: Outcome, values: Values) -> dict[str, Any]:
    """Give variables the values that an outcome has for them, and return those.

    The log says which one it has none for.
    """
    saved: dict[str, Any] = {}
    brings = outcome.failure is None and outcome.text is None
    for variable, path in tool.response.save.items() if brings else ():
        value = at(outcome.data, path)
        if value is MISSING:
            logger.warning("%s keeps its value: the answer has no %s", variable, path)
            continue
        try:
            values.save(variable, value)
            saved[variable] = values.get(variable)
        except ValueError as error:
            logger.warning(
                "%s keeps its value: what the answer has at %s %s", variable, path, error
            )
    return saved
