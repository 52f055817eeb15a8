"""The one place where tests reach into the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Instruments:
    """Instruments that watch the clients and make services fail. These do nothing.

    `testing.instruments` has those that tests attach.
    """

    def refusal(self, service: str) -> int | None:
        """Return the HTTP status that refuses this request to `service`; None serves it."""
        return None

    def fault(self, service: str) -> str | None:
        """Return how `service` fails in what it does next; None where it works.

        "error" is an error message of the protocol, "drop" breaks the connection in mid-stream,
        "hang" never answers, and "die" ends the process in mid-stream.
        """
        return None

    def watch(
        self, number: int, service: str, method: str, path: str, headers: Mapping[str, str]
    ) -> Callable[[object], None]:
        """Return what is called with every message of this request, None for its beginning.

        `number` counts the requests from 1.
        """
        return lambda message: None
