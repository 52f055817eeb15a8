"""LiveKit's server and command line, ending in sentences and exit codes of ours."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from livekit.agents import AgentServer, cli
from livekit.agents.worker import ServerEnvOption

from ..errors import INTERRUPTED, OK, UNUSABLE
from .environment import health_port

# Seconds. LiveKit allows 10, which a busy machine with two cores can need for the imports alone.
_INITIALIZE_TIMEOUT = 60.0


class Server(AgentServer):
    """LiveKit's worker; where it cannot run, the process ends with a sentence and exit code 2.

    LiveKit's own command line logs a traceback there, and exits as if all were well.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            port=ServerEnvOption(dev_default=0, prod_default=health_port()),
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
    # closed, their callbacks print a traceback each ("Event loop is closed").
    console = cli.AgentsConsole.get_instance()
    for name in ("set_microphone_enabled", "set_speaker_enabled"):
        if set_enabled := getattr(console, name, None):
            set_enabled(False)


def run_livekit(server: AgentServer, command: str, arguments: Sequence[str]) -> int:
    """Hand `command` to LiveKit's command line; return the exit code, 130 after Ctrl-C."""
    sys.argv = ["agent.py", command, *arguments]
    with _noticing(signal.SIGINT) as noticed:
        try:
            cli.run_app(server)
            code: int | str | None = 0
        except SystemExit as end:
            code = end.code
        if noticed():
            return INTERRUPTED
    return UNUSABLE if code else OK


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
