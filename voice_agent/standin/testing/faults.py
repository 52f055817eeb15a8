"""The ways in which a test has the stand-in's services fail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SERVICES = ("llm", "stt", "tts")
KINDS = ("error", "drop", "hang", "die")

_PATTERN = re.compile(
    rf"(?P<service>{'|'.join(SERVICES)})=(?P<kind>{'|'.join(KINDS)}|[45]\d\d)(\*(?P<times>[1-9]\d*))?"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which one service fails.

    `kind` is an HTTP status ("500"), or "error" (an error message of the protocol), "drop" (the
    connection breaks in mid-stream), "hang" (accepted, never answered) or "die" (the process ends
    in mid-stream). `times` is how many requests it strikes; None is every one.
    """

    service: str
    kind: str
    times: int | None = None

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read `SERVICE=KIND[*TIMES]`, such as `llm=500*2`; raise ValueError with a sentence."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(
                f'"{text}" is not SERVICE=KIND[*TIMES]: SERVICE is one of {", ".join(SERVICES)}, '
                f"KIND one of {', '.join(KINDS)} or an HTTP status from 400 to 599."
            )
        times = match["times"]
        return cls(match["service"], match["kind"], int(times) if times else None)

    @property
    def status(self) -> int | None:
        """The HTTP status to answer with; None for a fault that strikes after the handshake."""
        return int(self.kind) if self.kind.isdigit() else None


class Faults:
    """The faults that are left to strike, counted down with every request they strike."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._left: list[tuple[Fault, int | None]] = [(fault, fault.times) for fault in faults]

    def status(self, service: str) -> int | None:
        """Return the HTTP status that this request to `service` fails with, if it does."""
        fault = self._take(service, answered=False)
        return fault.status if fault else None

    def kind(self, service: str) -> str | None:
        """Return how `service` fails in a request that it has accepted, if it does."""
        fault = self._take(service, answered=True)
        return fault.kind if fault else None

    def _take(self, service: str, *, answered: bool) -> Fault | None:
        for place, (fault, times) in enumerate(self._left):
            if fault.service == service and (fault.status is None) == answered and times != 0:
                self._left[place] = (fault, None if times is None else times - 1)
                return fault
        return None
