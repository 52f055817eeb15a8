"""The places where this program leans on the insides of LiveKit, with the reason for each.

LiveKit promises none of them, so `tests/test_livekit_internals.py` says which one a new version
breaks, and `pyproject.toml` allows only versions that pass it.
"""

from __future__ import annotations

import multiprocessing
import signal
import socket
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, cli, llm
from livekit.agents.llm.chat_context import Instructions
from livekit.agents.testing import fake_job_context
from livekit.agents.utils import http_context
from livekit.agents.voice.agent_activity import ActivityClosedError
from livekit.agents.voice.remote_session import SessionHost
from livekit.agents.worker import ServerEnvOption
from livekit.protocol.agent_pb.agent_session import SessionRequest

from ..errors import INTERRUPTED, OK, UNUSABLE, UsageError
from . import sound

if TYPE_CHECKING:  # Its package may not be installed.
    from livekit.agents.llm.mcp import MCPServer

# Seconds. LiveKit allows 10, which a busy machine with two cores can need for the imports alone.
_INITIALIZE_TIMEOUT = 60.0


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


def is_closing(session: AgentSession[None]) -> bool:
    """Tell whether a session has begun to end, or has ended.

    LiveKit raises RuntimeError for text that comes then, as it does for much else.
    """
    return session._is_closing()


async def becomes_idle(session: AgentSession[Any]) -> bool:
    """Wait until neither side speaks; return False where the session ends before that.

    LiveKit raises an exception then that it does not export.
    """
    try:
        await session.wait_for_idle()
    except ActivityClosedError:
        return False
    return True


def mcp_client(server: MCPServer) -> Any:
    """Return the `ClientSession` with an MCP server; None before it connects, or once it is lost.

    LiveKit asks it for the first page of the tools alone, drops the schemas of their answers, and
    raises for a result that is an error.
    """
    return server._client


def keyterm_model(session: AgentSession[Any]) -> llm.LLM[Any] | None:
    """Return the model that a session has made to detect keyterms; None without one.

    LiveKit never closes it, and nothing else leads to it.
    """
    return session._keyterm_detector._llm


def take_turns_as(task: Agent, agent: Agent, allow_interruptions: bool | None = None) -> None:
    """Have a task take turns with the caller as an agent does, or be cut as it says itself.

    LiveKit's tasks take few of these options, or none, and they cannot be set later.
    """
    for name in _TURNS:
        setattr(task, name, getattr(agent, name))
    if allow_interruptions is not None:
        task._allow_interruptions = allow_interruptions


def instruct(task: Agent, instructions: Instructions) -> None:
    """Give a task that has not begun other instructions.

    LiveKit's own method for it takes a text alone, which cannot differ for who speaks or types.
    """
    task._instructions = instructions


_TURNS = (
    *("_turn_handling", "_turn_detection", "_allow_interruptions", "_interruption_detection"),
    *("_min_endpointing_delay", "_max_endpointing_delay"),
)


@asynccontextmanager
async def outside_a_job() -> AsyncIterator[JobContext]:
    """Give calls that no worker was asked for what LiveKit's jobs have: a context, and HTTP.

    LiveKit has both for its tests only.
    """
    async with http_context.open():
        with fake_job_context() as context:
            yield context


class Server(AgentServer):
    """LiveKit's worker; where it cannot run, the process ends with a sentence and exit code 2.

    LiveKit's own command line logs a traceback there, and exits as if all were well.
    """

    def __init__(self, port: int, **options: Any) -> None:
        super().__init__(
            port=ServerEnvOption(dev_default=0, prod_default=port),
            initialize_process_timeout=_INITIALIZE_TIMEOUT,
            **options,
        )

    async def run(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        """Serve until closed; see `AgentServer.run`."""
        try:
            await super().run(devmode=devmode, unregistered=unregistered)
        except Exception as error:
            print(f"The agent cannot serve calls: {error}", file=sys.stderr)
            raise SystemExit(UNUSABLE) from None

    async def aclose(self) -> None:
        """Stop serving; see `AgentServer.aclose`."""
        _close_audio()
        await super().aclose()


def _close_audio() -> None:
    # LiveKit's audio console leaves its streams open at Ctrl-C, and once the call's event loop is
    # closed, their callbacks print a traceback each ("Event loop is closed"). The console that
    # `lk` connects to has no streams.
    console = cli.AgentsConsole.get_instance()
    for name in ("set_microphone_enabled", "set_speaker_enabled"):
        if set_enabled := getattr(console, name, None):
            set_enabled(False)


def run_command(
    server: AgentServer, program: str, command: str, arguments: Sequence[str] = ()
) -> int:
    """Hand a command to LiveKit's command line; return the exit code, 130 after Ctrl-C.

    LiveKit reads `sys.argv`, whose first word it shows as the program's name, and handles the
    signals itself, so that how it ends does not tell what ended it. Raises UsageError where the
    sound devices fail.
    """
    sys.argv = [program, command, *arguments]
    with _noticing(signal.SIGINT) as noticed:
        try:
            cli.run_app(server)
            code: int | str | None = 0
        except SystemExit as end:
            # What stops the audio console is lost to the exit that its clean-up raises over it.
            if sound.failed(end.__context__):
                raise UsageError(
                    f"The microphone or the speakers cannot be used: {end.__context__}. Choose "
                    "others with --input-device and --output-device, or write: add --text."
                ) from None
            code = end.code
        if noticed():
            return INTERRUPTED
    return UNUSABLE if code else OK


def started_by_livekit() -> bool:
    """Tell whether LiveKit's own command line (`python -m livekit.agents`, `lk`) imports us.

    It imports agent.py without a word about which command it is for.
    """
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    by_livekit = spec is not None and spec.name == "livekit.agents.__main__"
    # Job processes look the same, but what they need was checked before they were made.
    return by_livekit and multiprocessing.parent_process() is None


@contextmanager
def _noticing(wanted: signal.Signals) -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether `wanted` has arrived, whoever handles it."""
    # Python writes every signal's number here, beside calling the handlers LiveKit installs.
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)

    def noticed() -> bool:
        try:
            return wanted in reader.recv(4096)
        except BlockingIOError:
            return False

    try:
        yield noticed
    finally:
        signal.set_wakeup_fd(before)
        reader.close()
        writer.close()
