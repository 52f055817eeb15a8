"""The places where this program leans on the insides of LiveKit, with the reason for each.

LiveKit promises none of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

from livekit.agents import AgentSession
from livekit.agents.voice.remote_session import SessionHost
from livekit.protocol.agent_pb.agent_session import SessionRequest


class RemotelyTyped(AgentSession[None], ABC):
    """A session in which text that is typed to it from afar waits its turn.

    `lk agent console` and `RemoteSession` send typed text to LiveKit's `SessionHost`, which
    interrupts the agent by force before it answers. There is no option for it, and a session
    whose `interrupt` waited would also make LiveKit's own callers of it wait. `start` keeps the
    host that it makes in `_session_host`.
    """

    @abstractmethod
    async def wait_to_type(self) -> None:
        """Wait until typed text may be answered."""

    @property
    def _session_host(self) -> SessionHost | None:
        return self._waiting_host

    @_session_host.setter
    def _session_host(self, made: SessionHost | None) -> None:
        self._waiting_host = made and _WaitingHost(made, self.wait_to_type)


class _WaitingHost(SessionHost):
    """LiveKit's host of a session, which waits before it takes typed text."""

    def __init__(self, made: SessionHost, wait_to_type: Callable[[], Awaitable[None]]) -> None:
        super().__init__(made._transport, made._audio_input, made._audio_output)
        self._wait_to_type = wait_to_type

    async def _handle_request(self, req: SessionRequest) -> None:
        if req.HasField("run_input"):
            await self._wait_to_type()
        await super()._handle_request(req)
