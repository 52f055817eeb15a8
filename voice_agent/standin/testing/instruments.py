"""The instruments that tests attach to the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..instruments import Instruments
from .faults import Fault, Faults
from .recording import Recorder, Request


class TestInstruments(Instruments):
    """Keeps what clients send in `recorder`, and has services fail as `misbehave` says."""

    __test__ = False  # for pytest, which takes classes of such names for tests

    def __init__(
        self, *, recorder: Recorder | None = None, misbehave: Sequence[Fault] = ()
    ) -> None:
        self._recorder = recorder
        self._faults = Faults(misbehave)

    def refusal(self, service: str, model: str = "") -> str | None:
        """Return the kind of the fault that strikes this request at once, if one does."""
        return self._faults.refusal(service, model)

    def fault(self, service: str, model: str = "") -> str | None:
        """Return the kind of the fault that strikes what `service` does next, if one does."""
        return self._faults.kind(service, model)

    def watch(
        self, number: int, service: str, method: str, path: str, headers: Mapping[str, str]
    ) -> Callable[[object], None]:
        """Return what keeps a message of this request."""
        if self._recorder is None:
            return super().watch(number, service, method, path, headers)
        return Request(self._recorder, number, service, method, path, headers).add
