"""The options of the commands that LiveKit runs, in our words.

LiveKit's own help begins by calling itself deprecated, and comes only after the two seconds that
its import takes.
"""

from __future__ import annotations

import argparse
import os

from .parser import Parser, add_profile_option, program
from .variable_options import add_variable_option

_ABOUT = {
    "console": "Talk to the agent here, by voice; without a microphone or a terminal, by text.",
    "dev": "Serve calls from a LiveKit server while you develop, and say much in the log.",
    "start": "Serve calls from a LiveKit server in production.",
    "connect": "Join one room of a LiveKit server, which is made if it is not there.",
    "download-files": "Fetch the model files of a profile's plugins, once after installing them.",
}


def parser(command: str) -> Parser:
    """Return the parser of a command that LiveKit runs, with our options and LiveKit's."""
    made = Parser(f"{program()} {command}", description=_ABOUT[command])
    if command == "download-files":
        add_profile_option(made)
    else:
        add_our_options(made)
    if command == "console":
        add_variable_option(made)
        _add_sound(made)
    if command in ("dev", "start", "connect"):
        _add_server(made)
    if command == "dev":
        made.add_argument(
            "--reload",
            action=argparse.BooleanOptionalAction,
            help='without effect: only "lk agent dev" starts again when code changes',
        )
    if command == "start":
        made.add_argument(
            "--drain-timeout",
            metavar="SECONDS",
            help="how long calls may go on after the agent is told to stop",
        )
    if command == "connect":
        made.add_argument("--room", metavar="NAME", help="the room to join (required)")
        made.add_argument(
            "--participant-identity",
            metavar="NAME",
            help="who the agent is in the room; by default, a name made up for the call",
        )
    if command != "download-files":
        made.add_argument(
            "--log-level",
            metavar="LEVEL",
            default=os.environ.get("LIVEKIT_LOG_LEVEL") or None,
            help="trace, debug, info, warn, error or critical (or set LIVEKIT_LOG_LEVEL)",
        )
    return made


def add_our_options(made: argparse.ArgumentParser) -> None:
    """Add our own options, which most commands that LiveKit runs have."""
    add_profile_option(made)
    made.add_argument(
        "--offline",
        action="store_true",
        help="run with no account, key or network: a stand-in on this machine plays the models",
    )


def _add_sound(made: argparse.ArgumentParser) -> None:
    made.add_argument("--text", action="store_true", help="write and read instead of talking")
    made.add_argument(
        "--transcript",
        metavar="FILE",
        help="with --text, keep what both sides say in a file, after what is in it already",
    )
    number_or_name = "its number, or a part of its name"
    made.add_argument("--input-device", metavar="DEVICE", help=f"the microphone: {number_or_name}")
    made.add_argument("--output-device", metavar="DEVICE", help=f"the speakers: {number_or_name}")
    made.add_argument("--list-devices", action="store_true", help="show the sound devices, and end")
    made.add_argument(
        "--record",
        action=argparse.BooleanOptionalAction,
        help="keep the call's sound in the folder console-recordings",
    )


def _add_server(made: argparse.ArgumentParser) -> None:
    made.add_argument("--url", help="the address of your LiveKit server (or set LIVEKIT_URL)")
    made.add_argument(
        "--api-key", metavar="KEY", help="the key of your LiveKit project (or set LIVEKIT_API_KEY)"
    )
    made.add_argument(
        "--api-secret",
        metavar="SECRET",
        help="the secret that belongs to the key (or set LIVEKIT_API_SECRET)",
    )
