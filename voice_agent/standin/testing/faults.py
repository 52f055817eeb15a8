"""The ways in which a test has the stand-in's services fail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SERVICES = ("llm", "stt", "tts", "realtime")
KINDS = ("error", "drop", "garbage", "hang", "die", "refuse", "stall")

_PATTERN = re.compile(
    rf"(?P<service>{'|'.join(SERVICES)})(:(?P<model>[^=]+))?"
    rf"=(?P<kind>{'|'.join(KINDS)}|[45]\d\d)(\*(?P<times>[1-9]\d*))?"
)
# With these, the gateway has answered before it asks the provider of a model, and can ask another.
_ASKS_LATER = ("stt", "tts")


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which one service fails.

    `kind` is an HTTP status ("500"), "refuse" (the connection is closed without an answer), "stall"
    (it stays open without one), "error" (an error message of the protocol), "drop" (the connection
    breaks in mid-stream), "garbage" (an answer that is not of the protocol), "hang" (accepted,
    never answered) or "die" (the process ends in mid-stream). `times` is how many requests it
    strikes; None is every one. With `model`, it strikes those for this model alone.
    """

    service: str
    kind: str
    times: int | None = None
    model: str | None = None

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read `SERVICE[:MODEL]=KIND[*TIMES]`, such as `llm=500*2`; raise ValueError."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(
                f'"{text}" is not SERVICE[:MODEL]=KIND[*TIMES]: SERVICE is one of '
                f"{', '.join(SERVICES)}, KIND one of {', '.join(KINDS)} or an HTTP status from "
                "400 to 599."
            )
        times = match["times"]
        return cls(match["service"], match["kind"], int(times) if times else None, match["model"])

    @property
    def early(self) -> bool:
        """Whether it strikes in place of the first answer to a request."""
        if self.kind.isdigit():
            return self.model is None or self.service not in _ASKS_LATER
        return self.kind in ("refuse", "stall")


class Faults:
    """The faults that are left to strike, counted down with every request they strike."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._left: list[tuple[Fault, int | None]] = [(fault, fault.times) for fault in faults]

    def refusal(self, service: str, model: str = "") -> str | None:
        """Return how this request to `service` for `model` gets no answer, if it gets none."""
        return self._take(service, model, early=True)

    def kind(self, service: str, model: str = "") -> str | None:
        """Return how `service` fails with `model` in a request that it has accepted, if it does."""
        return self._take(service, model, early=False)

    def _take(self, service: str, model: str, *, early: bool) -> str | None:
        for place, (fault, times) in enumerate(self._left):
            concerned = fault.service == service and fault.model in (None, model)
            if concerned and fault.early == early and times != 0:
                self._left[place] = (fault, None if times is None else times - 1)
                return fault.kind
        return None
