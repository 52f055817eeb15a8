"""What went over the wire for a tool, as people are shown it: without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ....format.credentials import covered
from ...secrets import hidden

_LONGEST = 2_000  # characters of an answer, as people look for what is wrong with it


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and what came back: no status where nothing did.

    `answer` is the beginning of the body as text, and `size` how many bytes of it were read.
    `seconds` is from the connection to the end of the answer.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None
    status: int | None
    answer: str | None
    size: int
    seconds: float

    def as_data(self) -> dict[str, Any]:
        """Return all of it for a report or a log."""
        return asdict(self)


def beginning(raw: bytes) -> str | None:
    """Return the beginning of an answer with *** in place of secrets; None where it is empty."""
    text = hidden(raw.decode(errors="replace"))
    return (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…") or None


def shown(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
    """Return a request with *** in place of secrets."""
    return {
        "method": method,
        "url": hidden(url),
        "headers": {name: hidden(value) for name, value in covered(dict(headers)).items()},
        "body": None if body is None else hidden(body.decode(errors="replace")),
    }
