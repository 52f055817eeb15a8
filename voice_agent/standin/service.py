"""What is behind a tool: the requests that it expects, and how it answers each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

FAULTS = (
    "timeout",
    "drop",
    "redirect",
    "html",
    "huge",
    "invalid_json",
    "drip",
    "hostile",
)
"""How a service may fail beside a status such as 500, in the order of `Answer`'s explanation."""
OUTCOMES = ("answered", "busy", "no_answer", "rejected", "voicemail")
"""What may become of a transfer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a service answers one request.

    Without `response` and `body`, it answers as usual. A `fault` takes the place of the answer:
    nothing comes ("timeout"); the connection breaks ("drop"); another address is named
    ("redirect"); a page comes in place of data ("html"), or 5 MB ("huge"), or data that breaks off
    ("invalid_json"), or a byte now and then ("drip"), or data that gives orders ("hostile").
    """

    status: int = 200
    response: Any = None
    """Data, sent as JSON."""
    body: str | None = None
    """Text, sent as it is."""
    delay_ms: int = 0
    fault: str = ""
    outcome: str = "answered"
    """Of a transfer."""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Answer:
        """Return the answer that plain data describes, such as `{status: 409}` or `{drop: true}`.

        Raises ValueError or TypeError.
        """
        written = {key: value for key, value in data.items() if key not in FAULTS}
        struck = [fault for fault in FAULTS if data.get(fault)]
        if struck:
            written["fault"] = struck[0]
        answer = cls(**written)
        if answer.fault not in ("", *FAULTS) or answer.outcome not in OUTCOMES:
            raise ValueError("A service has no such answer.")
        return answer


@dataclass(frozen=True, slots=True)
class Service:
    """The service behind one tool, as the profile declares it.

    `url`, and the texts in `headers`, `query` and `body`, may have `{{ name }}` in them.
    """

    kind: str = "http"
    """"http", "rpc", "telephone" or "mcp"."""
    method: str = "GET"
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    """None where the arguments are the body."""
    form: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """The JSON Schema of the arguments, with those that the language model does not choose."""
    example: Any = None
    """What it answers; None for `{"ok": true}`."""
    answers: tuple[Mapping[str, Any], ...] = ()
    """How it answers the first requests, as `Answer.of` takes it; the last one holds for the rest.

    Without any, it answers with `example`.
    """

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Service:
        """Return the service that plain data describes; raise ValueError or TypeError."""
        known = {each.name for each in fields(cls)}
        if unknown := data.keys() - known:
            raise ValueError(f"A service has no {', '.join(sorted(unknown))}.")
        service = cls(**{**data, "answers": tuple(data.get("answers", ()))})
        for number in range(len(service.answers)):
            service.answer(number)
        return service

    def answer(self, number: int) -> Answer:
        """Return how it answers the request of this number, from 0."""
        if not self.answers:
            return Answer()
        return Answer.of(self.answers[min(number, len(self.answers) - 1)])
