"""What a failing model means to an operator: what went wrong, and what to do next."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError, llm

from .secrets import hidden

_LONGEST = 200  # characters of what a server says; some send a whole page
_KINDS = {
    "llm_error": "language model",
    "stt_error": "speech recognition",
    "tts_error": "voice",
    "realtime_model_error": "realtime model",
}


def describe(failure: object) -> str:
    """Return sentences for what LiveKit's `error` event carries: a model's failure and its kind.

    A server that quotes a key is not repeated in that.
    """
    return hidden(_describe(failure))


def _describe(failure: object) -> str:
    kind = _KINDS.get(getattr(failure, "type", ""), "model")
    error = getattr(failure, "error", failure)
    for each in _causes(error):
        if _of(each, "type") == "offline_stand_in":
            return str(_of(each, "message"))  # which is a sentence already
    match error:
        case APIStatusError():
            return _refused(error, kind)
        case APITimeoutError():
            return f"the {kind} did not answer in time. Try again, or choose a quicker one."
        case APIConnectionError():
            cause = list(_causes(error))[-1]
            reason = _short(str(cause) or type(cause).__name__)
            return f"the {kind} cannot be reached ({reason}). Check the network, and try again."
    return f"the {kind} failed ({_short(f'{type(error).__name__}: {error}')})."


def _refused(error: APIStatusError, kind: str) -> str:
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    what = f"{error.status_code}: {_short(str(said or error.message))}"
    match error.status_code:
        case 401 | 403:
            return (
                f"the {kind} refuses the key ({what}). Check LIVEKIT_API_KEY and "
                "LIVEKIT_API_SECRET in .env."
            )
        case 404:
            return f"there is no such {kind} ({what}). Correct its name in the profile."
        case 429:
            return (
                f"the {kind} takes no more requests for now ({what}). Wait a minute, or see the "
                "limits of your project at https://cloud.livekit.io."
            )
        case status if status < 500:
            return f"the {kind} refuses the request ({what}). Check its options in the profile."
    return f"the {kind} failed ({what}). Try again in a minute."


def _of(error: BaseException, key: str) -> object:
    """Return what the body of an error has under a key; None where it has no body, or no key."""
    body = getattr(error, "body", None)
    return body.get(key) if isinstance(body, dict) else getattr(body, key, None)


def is_retried(failure: object) -> bool:
    """Tell whether LiveKit tries again by itself after what its `error` event carries.

    A realtime model that could not answer is not asked again, although its session goes on.
    """
    error = getattr(failure, "error", None)
    answered = isinstance(error, APIError) and not isinstance(error, APIConnectionError)
    if getattr(failure, "type", "") == "realtime_model_error" and answered:
        return False
    return bool(getattr(failure, "recoverable", False))


def _causes(error: object) -> Iterator[BaseException]:
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def _short(text: str) -> str:
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def is_told_otherwise(record: logging.LogRecord) -> bool:
    """Tell whether a log line repeats what events of the call say, or is about a retry."""
    error = record.exc_info[1] if record.exc_info else None
    return (
        isinstance(error, APIError | llm.RealtimeError)
        or hasattr(record, "attempt")
        or "closing due to unrecoverable error" in record.getMessage()
        or "ToolError while executing tool" in record.getMessage()
    )
