"""What the program takes from its surroundings: `.env`, credentials, the port it answers on."""

from __future__ import annotations

import errno
import io
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from dotenv import load_dotenv
from dotenv.parser import parse_stream

from ..errors import UsageError
from ..format import needs
from ..format.profile import Profile
from ..format.tools import UNSET, McpServer, Tool
from ..format.variable_types import Unfit, read

PORT_VARIABLE = "AGENT_PORT"
DEFAULT_PORT = 8081  # LiveKit's own, for the health check of `start`

_WORKER = {
    "LIVEKIT_URL": "--url",
    "LIVEKIT_API_KEY": "--api-key",
    "LIVEKIT_API_SECRET": "--api-secret",
}
_WHERE = "in a file named .env in this folder, or in the environment"


def read_dotenv() -> None:
    """Read `.env` in the working directory; variables that are already set win.

    Raises UsageError where it is there and cannot be read.
    """
    path = Path(".env")
    if not path.exists():
        return
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"The file .env cannot be read: {reason}. Save it as UTF-8.") from None
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            raise UsageError(
                f"Line {binding.original.line} of the file .env cannot be understood. "
                "Write NAME=value, and close quotes on the line they open on."
            )
    load_dotenv(stream=io.StringIO(text))


def require_working_directory() -> None:
    """Raise UsageError where the working directory has been removed.

    Processes for calls are made in it.
    """
    try:
        Path.cwd()
    except OSError:
        raise UsageError("The working directory has been removed. Change to another.") from None


def require_worker_credentials(command: str, arguments: Sequence[str], offline: str) -> None:
    """Raise UsageError unless a worker can reach its server.

    `arguments` are the command's own, as LiveKit's options for these settings count as well.
    `offline` is what to type to do without.
    """
    missing = [
        variable
        for variable, option in _WORKER.items()
        if not os.environ.get(variable) and not _has_option(arguments, option)
    ]
    if missing:
        raise UsageError(
            f'"{command}" connects to a LiveKit server and needs {_listed(missing)}. '
            f"Put {_them(missing)} {_WHERE}; "
            f"or talk to the agent without an account: {offline}"
        )


def require_secrets(profile: Profile, tool: Tool | McpServer | None = None) -> None:
    """Raise UsageError unless the environment has every secret of a profile, or of one tool."""
    missing = [each for each in needs.secrets(tool or profile) if not os.environ.get(each)]
    if missing:
        raise UsageError(
            f'The profile "{profile.name}" names {_listed(missing)} as '
            f"{'a secret' if len(missing) == 1 else 'secrets'}. Put {_them(missing)} {_WHERE}; "
            "or add --offline to run without an account."
        )


def require_variables(profile: Profile) -> None:
    """Raise UsageError where variables come from the environment, and it has no such value."""
    problems = []
    for name, variable in profile.variables.items():
        where, _, own = (variable.origin or "").partition(".")
        text = os.environ.get(own)
        if where != "env" or not (text or variable.default is UNSET):
            continue
        if not text:
            problems.append(own)
            continue
        try:
            read(text, variable.type, variable.enum)
        except Unfit as why:
            raise UsageError(
                f"{own}, from which the variable {name} of the profile "
                f'"{profile.name}" comes, {why}.'
            ) from None
    if problems:
        raise UsageError(
            f'The profile "{profile.name}" has variables that come from {_listed(problems)}. '
            f"Put {_them(problems)} {_WHERE}."
        )


def require_trunk(profile: Profile) -> None:
    """Raise UsageError where a profile would call somebody without a SIP trunk to do it with."""
    if any(not os.environ.get(each) for each in needs.trunk(profile)):
        raise UsageError(
            f'The profile "{profile.name}" has warm transfers, which need a SIP trunk for outgoing '
            f'calls. Write its id as "sip_trunk_id" under "warm", or put {needs.TRUNK} {_WHERE}.'
        )


def require_inference_credentials(profile: Profile) -> None:
    """Raise UsageError unless the models of a profile that are on LiveKit Inference are reached."""
    missing = needs.missing_keys(profile, os.environ)
    if missing:
        raise UsageError(
            f'The models of the profile "{profile.name}" run on LiveKit Inference, which needs '
            f"{_listed(missing)}. Put {_them(missing)} {_WHERE}; "
            "or add --offline to run without an account."
        )


def health_port(environment: Mapping[str, str] = os.environ) -> int:
    """Return the port `start` answers health checks on: AGENT_PORT, or LiveKit's 8081."""
    text = environment.get(PORT_VARIABLE, "")
    if not text:
        return DEFAULT_PORT
    if not (text.isdecimal() and int(text) < 65536):
        raise UsageError(f'{PORT_VARIABLE} is "{text}", but a port is a number from 0 to 65535.')
    return int(text)


def require_free_port(port: int) -> None:
    """Raise UsageError where another program listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = "is already taken by another program"
            else:
                reason = f"cannot be used ({error.strerror})"
            raise UsageError(
                f"Port {port}, on which this agent answers health checks, {reason}. "
                f"Stop that program, or set {PORT_VARIABLE} to another port (0 picks a free one)."
            ) from None


def _has_option(arguments: Sequence[str], option: str) -> bool:
    return any(word == option or word.startswith(f"{option}=") for word in arguments)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
