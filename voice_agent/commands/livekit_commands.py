"""The commands that LiveKit runs: what they need is checked before LiveKit is imported."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from ..errors import TERMINATED, UNUSABLE, UsageError
from ..format import catalog
from ..format.profile import Profile
from ..format.schema import is_realtime
from ..runtime import environment
from ..standin.process import Standin
from . import console
from .parser import program

_WORKER_COMMANDS = ("dev", "start", "connect")

_OPTIONS_OF_ALL = """\
Options of every command, before or after it:
  --profile PROFILE  a path, or a name in profiles/ (or set AGENT_PROFILE)
  --offline          run with no account, key or network

LiveKit's own options for this command:
"""


def run(command: str, arguments: Sequence[str], profile_name: str | None, offline: bool) -> int:
    """Run a command of LiveKit's, and return its exit code.

    Raises UsageError or InvalidProfile for every mistake that can be found beforehand.
    """
    environment.read_dotenv()
    environment.health_port()
    if {"--help", "-h"} & set(arguments):
        print(_OPTIONS_OF_ALL)
        return _run_livekit(command, ["--help"])
    if command == "download-files":
        return _run_livekit(command, arguments)
    if command == "console" and "--list-devices" in arguments:
        return console.list_devices(partial(_run_livekit, command))
    profile = _choose_profile(profile_name)
    if command in _WORKER_COMMANDS:
        environment.require_working_directory()
        _require_worker(command, arguments, profile)
    elif not offline:
        environment.require_inference_credentials(profile.name)
    if command == "start":
        environment.require_free_port(environment.health_port())
    return _run_call(command, arguments, profile, _start_standin(profile) if offline else None)


def check_livekits_own(command: str, arguments: Sequence[str]) -> None:
    """Check what a command of LiveKit's own command line needs of us, as `run` does of ours."""
    environment.read_dotenv()
    port = environment.health_port()
    profile = _choose_profile()
    if command == "console":
        environment.require_inference_credentials(profile.name)
    elif command == "start":
        _require_worker(command, arguments, profile)
        if "--dev" not in arguments:
            environment.require_free_port(port)


def _choose_profile(name: str | None = None) -> Profile:
    profile = catalog.load_chosen(name)
    # This is how the choice reaches job processes, whose working directory may differ.
    os.environ[catalog.PROFILE_VARIABLE] = str(Path(profile.path or "").resolve())
    return profile


def _require_worker(command: str, arguments: Sequence[str], profile: Profile) -> None:
    offline = f"{program()} console --offline --profile {profile.name}"
    environment.require_worker_credentials(command, arguments, offline)


def _start_standin(profile: Profile) -> Standin:
    if is_realtime(profile.llm):
        raise UsageError(
            f'"{profile.llm}" hears and speaks by itself, which the offline stand-in cannot '
            "play. Leave out --offline, or try the rest of the profile with another llm."
        )
    standin = Standin()
    standin.start()
    os.environ.update(standin.environment)
    return standin


def _run_call(
    command: str, arguments: Sequence[str], profile: Profile, standin: Standin | None
) -> int:
    """Run a command that takes calls, and end the stand-in after it."""
    died = threading.Event()

    def end() -> None:
        over = "The offline stand-in has ended unexpectedly, so the call is over."
        print(f"{over} {standin.logged if standin else ''}".rstrip(), file=sys.stderr)
        died.set()
        os.kill(os.getpid(), signal.SIGTERM)

    def terminate(*_: object) -> NoReturn:
        raise SystemExit(UNUSABLE if died.is_set() else TERMINATED)

    signal.signal(signal.SIGTERM, terminate)
    if standin:
        standin.watch(end)
    run_livekit = partial(_run_livekit, command)
    try:
        if command == "console":
            code = console.run(profile, arguments, run_livekit)
        else:
            code = run_livekit(arguments)
    finally:
        # All is over but the tidying up, which a second Ctrl-C must not turn into a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if standin:
            standin.stop()
    return UNUSABLE if died.is_set() else code


def _run_livekit(command: str, arguments: Sequence[str]) -> int:
    # Here, as they import LiveKit, which takes two seconds.
    from ..runtime.livekit_internals import run_command
    from ..runtime.server import make_server

    return run_command(make_server(), program(), command, arguments)
