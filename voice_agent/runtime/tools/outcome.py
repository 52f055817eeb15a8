"""What the work of a tool came to, whatever kind of tool it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """The data that a tool brought, as much of it as was read, or why it failed.

    `failure` is a key of `on_error`: a status such as "409", "timeout", "connection", or another
    word; `reason` then says more, for the log. `text` is what the llm is told word for word,
    where that is no data from outside. `answered` is set where the tool itself has spoken to the
    caller. `whole` is False where `data` is only the beginning of a text. `requests` is what went
    over the wire, without secrets.
    """

    data: Any = None
    whole: bool = True
    failure: str | None = None
    reason: str = ""
    text: str | None = None
    answered: bool = False
    requests: tuple[Mapping[str, Any], ...] = ()
