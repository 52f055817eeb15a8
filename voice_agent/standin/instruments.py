"""The one place where tests reach into the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Instruments:
    """Instruments that watch the clients and make services fail. These do nothing.

    `testing.instruments` has those that tests attach.
    """

    def refusal(self, service: str, model: str = "") -> str | None:
        """Return how this request to `service` gets no answer; None serves it.

        It is an HTTP status, "refuse" for a connection that is closed, or "stall" for one that is
        kept waiting. `model` is the one that the client asks for.
        """
        return None

    def fault(self, service: str, model: str = "") -> str | None:
        """Return how `service` fails in what it does next with `model`; None where it works.

        "error" or an HTTP status is an error message of the protocol, "drop" breaks the connection
        in mid-stream, "garbage" is an answer that is not of the protocol, "hang" never answers, and
        "die" ends the process in mid-stream.
        """
        return None

    def watch(
        self, number: int, service: str, method: str, path: str, headers: Mapping[str, str]
    ) -> Callable[[object], None]:
        """Return what is called with every message of this request, None for its beginning.

        `number` counts the requests from 1.
        """
        return lambda message: None
