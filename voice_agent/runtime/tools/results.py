"""What the llm is told of what a tool brought, and what of it is kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from ...format.tools import Response
from ..variables import Values
from .http.response import MISSING, at, picked, told
from .outcome import Outcome

logger = logging.getLogger(__name__)

FAILED = (
    "It did not work. Tell the caller that this cannot be done right now, and do not make up a "
    "result."
)
"""What the llm is told of a failure where the operator has not said it."""


def of_data(outcome: Outcome, response: Response) -> str:
    """Return what the llm is told of data: JSON with the fields that are wanted, up to a size."""
    if outcome.data is None:
        return "It is done."
    # As JSON a text is plainly a value, whatever it says.
    text = json.dumps(picked(outcome.data, response.fields), ensure_ascii=False)
    return told(text, response.max_size, whole=outcome.whole)


def of_failure(on_error: str | Mapping[str, str] | None, failure: str) -> str:
    """Return what the llm is told of a failure, as the operator wrote it."""
    texts = {"default": on_error} if isinstance(on_error, str) else on_error or {}
    return texts.get(failure) or texts.get("default") or FAILED


def save(data: Any, wanted: Mapping[str, str], values: Values) -> None:
    """Give variables the values that data has for them; log which one it has none for."""
    for variable, path in wanted.items():
        value = at(data, path)
        if value is MISSING:
            logger.warning("%s keeps its value: the answer has no %s", variable, path)
            continue
        try:
            values.save(variable, value)
        except ValueError as error:
            logger.warning(
                "%s keeps its value: what the answer has at %s %s", variable, path, error
            )
