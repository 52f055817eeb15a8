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

from ..errors import OK, TERMINATED, UNUSABLE, UsageError
from ..format import catalog, mcp_package
from ..format.language import ENGLISH, base_of, language_of, name_of
from ..format.profile import Profile
from ..rehearsal.services import with_services
from ..runtime import environment, plugins
from ..runtime.offline import announcements
from ..runtime.omissions import omissions
from ..standin.calls import KnownCall
from ..standin.process import Standin
from ..standin.voices import check_needed, choose, named_voices
from . import console, livekit_options, variable_options
from .parser import program

_WORKER_COMMANDS = ("dev", "start", "connect")


def run(command: str, arguments: Sequence[str], profile_name: str | None, offline: bool) -> int:
    """Run a command of LiveKit's, and return its exit code.

    Raises UsageError or InvalidProfile for every mistake that can be found beforehand.
    """
    if {"--help", "-h"} & set(arguments):
        livekit_options.parser(command).print_help()
        return OK
    if arguments and not arguments[0].startswith("-"):
        raise UsageError(
            f'{command} has no use for "{arguments[0]}". A profile is named with --profile: '
            f"{program()} {command} --profile {arguments[0]}"
        )
    words, arguments = variable_options.taken_out(arguments)
    if words and command != "console":
        raise UsageError(f"--var is for the console and for rehearse, and not for {command}.")
    environment.read_dotenv()
    environment.health_port()
    if command == "download-files":
        return _run_livekit(command, arguments, _named_profile(profile_name))
    if command == "console" and "--list-devices" in arguments:
        return console.list_devices(partial(_run_livekit, command))
    profile = _choose_profile(profile_name)
    mcp_package.require(profile)
    if not offline:
        plugins.require(profile)
        environment.require_secrets(profile)
    if command == "console":
        variable_options.use(words, [profile])
    if command in _WORKER_COMMANDS:
        environment.require_working_directory()
        environment.require_variables(profile)
        _require_worker(command, arguments, profile)
    elif not offline:
        environment.require_inference_credentials(profile)
    if command == "start":
        environment.require_free_port(environment.health_port())
    for sentence in omissions(profile, in_room=command in _WORKER_COMMANDS):
        print(sentence, file=sys.stderr)
    if not offline:
        return _run_call(command, arguments, profile)
    call = _offline_call(profile)
    standin = Standin()
    standin.start()
    os.environ.update(standin.environment_with(call))
    notes = [*announcements(profile), *_notes(call)]
    return _run_call(command, arguments, profile, standin, notes)


def check_livekits_own(command: str, arguments: Sequence[str]) -> None:
    """Check what a command of LiveKit's own command line needs of us, as `run` does of ours."""
    environment.read_dotenv()
    port = environment.health_port()
    profile = _choose_profile()
    mcp_package.require(profile)
    plugins.require(profile)
    if command in ("console", *_WORKER_COMMANDS):
        environment.require_secrets(profile)
    if command in _WORKER_COMMANDS:
        environment.require_variables(profile)
    if command == "console":
        variable_options.use([], [profile])
        environment.require_inference_credentials(profile)
    elif command == "start":
        _require_worker(command, arguments, profile)
        if "--dev" not in arguments:
            environment.require_free_port(port)
    plugins.register(profile)


def _choose_profile(name: str | None = None) -> Profile:
    profile = catalog.load_chosen(name)
    # This is how the choice reaches job processes, whose working directory may differ.
    os.environ[catalog.PROFILE_VARIABLE] = str(Path(profile.path or "").absolute())
    return profile


def _require_worker(command: str, arguments: Sequence[str], profile: Profile) -> None:
    offline = f"{program()} console --offline --profile {profile.name}"
    environment.require_worker_credentials(command, arguments, offline)
    environment.require_trunk(profile)


def _offline_call(profile: Profile) -> KnownCall:
    """Return what the stand-in is to know of the calls; raise UsageError."""
    language = language_of(profile)
    piper_voices = named_voices()
    check_needed(piper_voices, {profile.name: language})
    voices = choose(language, name_of(language), piper_voices)
    return with_services(KnownCall(language=language, voices=voices), profile)


def _notes(call: KnownCall) -> list[str]:
    """Return sentences on what the stand-in can neither say nor hear as it should."""
    notes = [call.voices.note] if call.voices.note else []
    if base_of(call.language) != ENGLISH:
        notes.append(
            f"The offline stand-in hears nothing but English, and this agent expects "
            f"{name_of(call.language)}. To be understood, type: add --text to the console."
        )
    return notes


def _run_call(
    command: str,
    arguments: Sequence[str],
    profile: Profile,
    standin: Standin | None = None,
    notes: Sequence[str] = (),
) -> int:
    """Run a command that takes calls, and end the stand-in after it.

    `notes` are printed where speech is heard, which is everywhere but in the text console.
    """
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

    def run_livekit(arguments: Sequence[str]) -> int:
        for note in notes:
            print(note, file=sys.stderr)
        # Offline, the stand-in plays all models, and no plugin is needed.
        return _run_livekit(command, arguments, None if standin else profile)

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


def _named_profile(name: str | None) -> Profile | None:
    """Return the profile that is named, here or in the environment; None where none is."""
    if not (name or os.environ.get(catalog.PROFILE_VARIABLE)):
        return None
    profile = _choose_profile(name)
    plugins.require(profile)
    return profile


def _run_livekit(command: str, arguments: Sequence[str], profile: Profile | None = None) -> int:
    """Run a command of LiveKit's, with the plugins that a profile needs."""
    # Here, as they import LiveKit, which takes two seconds.
    from ..runtime.livekit_internals import run_command
    from ..runtime.server import make_server

    if profile:
        plugins.register(profile)
    try:
        return run_command(make_server(), program(), command, arguments)
    except OSError as error:  # Plugins fetch their files in ways of their own.
        if command != "download-files":
            raise
        sentence = f"The files of the plugins could not be fetched: {error}"
        raise UsageError(f"{sentence} Check the network and try again.") from None
