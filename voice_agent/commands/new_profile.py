"""The command `new`: write a profile to start from."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import OK, UsageError
from ..format import catalog
from ..format.loader import examine_file
from ..format.schema import schema, schema_path
from ..format.yaml_source import read
from .parser import parser_of, program

_TEMPLATE = """\
# yaml-language-server: $schema={schema}
# The line above lets an editor complete keys, explain them and underline mistakes.

# What the agent is for, in a line, for the people who run it. The agent never sees it.
description: Answers the phone.

# What the agent is told to be and to do. Everything it writes is read aloud.
instructions: |
  You are a friendly assistant, and you are speaking with a caller on the phone.
  Answer in one or two short sentences, without lists or symbols, as people speak.
  When you do not know something, say so.

# Whether callers may cut in while the agent speaks. With false, they hear every word to its end.
allow_interruptions: true

# How the agent opens the call. Without it, the agent waits for the caller to speak.
# Instead of instructions, it may have "say", spoken word for word, or "user_input", which the
# agent answers as if the caller had said it.
on_enter:
  instructions: Greet the caller and ask how you can help.

# The models on LiveKit Inference that hear, think and speak. A language may follow the first
# after a colon, as in deepgram/nova-3:en, and a voice the last.
stt: {stt}
llm: {llm}
tts: {tts}

# What else there is:
# name: what the agent is called in logs and in LiveKit, if not by the name of this file
# extends: _base.yaml, for keys that several profiles share
# variables: values that differ from call to call, as in {{{{ customer_name }}}}
# timezone: that of {{{{ now }}}}, {{{{ today }}}} and {{{{ weekday }}}}, such as Europe/Berlin
# knowledge: text files that the agent knows by heart
# history: an earlier talk that it goes on with
# tools: what it can do beside talking: look something up, book, transfer, hang up
# mcp_servers: servers whose tools it has
# agents: several agents that hand the call over to each other, each with a part of it
# handoffs: agents that the call can go on to from any other
# allow_hosts: hosts in a private network that its tools may reach
# preemptive_generation: false, to pay for no answer that is begun early and thrown away
# turn_handling: how long a silence ends the caller's turn, and how many words interrupt the agent
# session: when a silent caller counts as away, and other settings of the call
# vad: what counts as speech, as a threshold and in seconds
# room: what the agent hears, speaks and writes in the call's room; without either, it only chats
# recording: what LiveKit Cloud keeps of a call
# avatar: a face for the agent
# background_audio: sounds behind the agent, such as an office, or typing while it thinks
# rehearsal: calls that "rehearse" checks the agent in, as in receptionist.yaml
"""


def run(arguments: Sequence[str]) -> int:
    """Write the profile that the arguments name, and return the exit code."""
    known = catalog.to_begin_with()
    options = parser_of("new", "Write a profile to start from, profiles/NAME.yaml.")
    options.add_argument("name", metavar="NAME", help="letters, digits, - and _")
    copying = f"start from a copy of this profile: {', '.join(known) or 'a file'}"
    options.add_argument("--from", dest="original", metavar="PROFILE", help=copying)
    given = options.parse_args(arguments)
    name = given.name
    _check(name)
    path = catalog.folder() / f"{name}.yaml"
    original = given.original and catalog.find(given.original, known)
    try:
        written = copy_of(read(original), path.parent) if original else text(path.parent)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(written)
        except FileExistsError:
            raise UsageError(_taken(path)) from None
    except OSError as error:
        raise UsageError(f'"{path}" cannot be written: {error.strerror}.') from None
    if examine_file(path).profile is None:
        print(f"Wrote {path}, which is not right yet. See: {program()} validate {name}")
        return OK
    print(f"Wrote {path}. Talk to it: {program()} console --offline --profile {name}")
    return OK


def _check(name: str) -> None:
    rule = schema()["properties"]["name"]
    if not re.search(rule["pattern"], name):
        bare = Path(name).stem
        meant = f' Did you mean "{bare}"?' if re.search(rule["pattern"], bare) else ""
        raise UsageError(f'A name {rule["patternErrorMessage"]}, and "{name}" is none.{meant}')
    if len(name) > rule["maxLength"]:
        raise UsageError(f"A name must be at most {rule['maxLength']} characters long.")
    if taken := catalog.by_name().get(name):
        raise UsageError(_taken(taken))


def _taken(path: Path) -> str:
    return f'There is a profile "{path.stem}" already, {path}. Choose another name, or edit it.'


def copy_of(profile: str, folder: Path) -> str:
    """Return the text of a profile without its name, as it is to stand in `folder`.

    Its first line then names the schema that is installed.
    """
    without = re.sub(r"(?m)^name:.*\n", "", profile)
    named = re.sub(r"(?m)\A# yaml-language-server:.*\n", "", without)
    return f"# yaml-language-server: $schema={_schema_for(folder)}\n{named}"


def text(folder: Path) -> str:
    """Return the text of a valid profile, with comments, that is to stand in `folder`."""
    first = {key: schema()["properties"][key]["examples"][0] for key in ("stt", "llm", "tts")}
    return _TEMPLATE.format(schema=_schema_for(folder), **first)


def _schema_for(folder: Path) -> str:
    """Return the path of the schema as a profile in `folder` names it."""
    try:
        schema_file = os.path.relpath(schema_path(), folder)
    except ValueError:  # Windows knows no way from one drive to another.
        schema_file = str(schema_path())
    return schema_file.replace(os.sep, "/")
