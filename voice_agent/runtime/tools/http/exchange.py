"""What went over the wire for a tool, as people are shown it: without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ....format.credentials import covered
from ...secrets import hidden


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and what came back: no status where nothing did.

    `answer` is the body as text, as much of it as was read, and `size` its length in bytes.
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


def shown(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
    """Return a request with *** in place of secrets."""
    return {
        "method": method,
        "url": hidden(url),
        "headers": {name: hidden(value) for name, value in covered(dict(headers)).items()},
        "body": None if body is None else hidden(body.decode(errors="replace")),
    }
