"""The command that shows a profile with every default filled in, and where each value is from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml
from yaml.emitter import Emitter
from yaml.nodes import ScalarNode
from yaml.representer import SafeRepresenter
from yaml.serializer import Serializer

from ..errors import OK
from ..format import catalog
from ..format.diagnostics import InvalidProfile
from ..format.loader import examine_file
from ..format.profile import Profile
from ..format.schema import is_realtime, schema
from ..format.yaml_source import PlainResolver, Source, parse
from .parser import Parser, parser_of

# What LiveKit does where a profile leaves it to LiveKit: the `enabled` of
# _PREEMPTIVE_GENERATION_DEFAULTS in livekit/agents/voice/turn.py.
LIVEKIT_DEFAULTS = {"preemptive_generation": True}


# Where a value comes from, as programs read it and as people do.
_ORIGINS = {
    "profile": "profile",
    "file": "the file's name",
    "schema": "default",
    "livekit": "LiveKit's default",
}


@dataclass(frozen=True, slots=True)
class Effective:
    """A value that holds, where it comes from, and the key it comes through where it has none."""

    value: Any
    origin: str
    line: int | None = None
    through: str | None = None

    def __str__(self) -> str:
        said = _ORIGINS[self.origin] + (f", line {self.line}" if self.line else "")
        return f"as {self.through}: {said}" if self.through else said

    def as_data(self) -> dict[str, str | int]:
        """Where the value comes from, for programs."""
        fields = {"from": self.origin, "line": self.line, "through": self.through}
        return {key: value for key, value in fields.items() if value is not None}


def parser() -> Parser:
    """The options of the command."""
    made = parser_of(
        "show", "Show a profile with every default filled in, and where each value comes from."
    )
    made.add_argument("profile", metavar="PROFILE", help="a path, or a name in profiles/")
    made.add_argument(
        "--format",
        choices=["yaml", "json"],
        default="yaml",
        help="yaml is a profile again, with comments (the default); json is for programs",
    )
    return made


def run(arguments: Sequence[str]) -> int:
    """Print the profile that the arguments name, and return the exit code."""
    options = parser().parse_args(arguments)
    path = catalog.find(options.profile)
    checked = examine_file(path)
    if checked.profile is None:
        raise InvalidProfile(checked.diagnostics, checked.sources)
    source = parse(checked.sources[str(path)], str(path))
    values = effective(checked.profile, source)
    if options.format == "json":
        print(as_json(values))
    else:
        print(*as_yaml(values, str(path)), sep="\n")
    return OK


def effective(profile: Profile, source: Source) -> dict[str, Any]:
    """Every value that holds for a profile, in the order of the schema, mappings nested."""
    values: dict[str, Any] = {}
    for key, part in schema()["properties"].items():
        if key in source.data and key != "on_enter":
            values[key] = _written(source, key)
        elif key == "name":
            values[key] = Effective(profile.name, "file")
        elif key == "on_enter":
            if profile.on_enter:
                values[key] = _opening(source, values["allow_interruptions"])
        elif key in LIVEKIT_DEFAULTS:
            if not is_realtime(profile.llm):  # which has no use for it
                values[key] = Effective(LIVEKIT_DEFAULTS[key], "livekit")
        elif "default" in part:
            values[key] = Effective(part["default"], "schema")
    return values


def _opening(source: Source, allowed: Effective) -> dict[str, Effective]:
    opening = source.data["on_enter"]
    if isinstance(opening, str):
        values = {"user_input": _written(source, "on_enter")}
    else:
        values = {key: _written(source, "on_enter", key) for key in opening}
    if "allow_interruptions" not in values:
        values["allow_interruptions"] = replace(allowed, through="allow_interruptions")
    return values


def _written(source: Source, *where: str) -> Effective:
    value = source.data
    for key in where:
        value = value[key]
    return Effective(value, "profile", source.line(source.key(where)))


def as_json(values: dict[str, Any]) -> str:
    """The values, and beside them the same keys with where each comes from."""

    def split(part: Any) -> tuple[Any, Any]:
        if isinstance(part, Effective):
            return part.value, part.as_data()
        both = {key: split(each) for key, each in part.items()}
        return {k: v[0] for k, v in both.items()}, {k: v[1] for k, v in both.items()}

    profile, origins = split(values)
    return json.dumps({"profile": profile, "origins": origins}, indent=2)


def as_yaml(values: dict[str, Any], path: str) -> Iterator[str]:
    """The lines of a profile that says the same with nothing left out."""
    yield f"# {json.dumps(path)[1:-1]}, with every default filled in"
    for key, part in schema()["properties"].items():
        if isinstance(values.get(key), Effective):
            yield from _entry(key, values[key])
        elif key in values:
            yield f"{key}:"
            for inner, each in values[key].items():
                yield from ("  " + line for line in _entry(inner, each))
        elif said := re.search(r"\bLeft out, (.+?)\.(?: |$)", part["description"]):
            yield f"# {key} is left out: {said[1]}"


def _entry(key: str, value: Effective) -> Iterator[str]:
    dumped = yaml.dump({key: value.value}, Dumper=_Dumper, allow_unicode=True, width=float("inf"))
    first, *more = dumped.rstrip("\n").split("\n")
    yield f"{first}  # {value}"
    yield from more


class _Dumper(Emitter, Serializer, SafeRepresenter, PlainResolver):
    """Writes YAML that reads as what it was written from, by the rules of a profile."""

    def __init__(self, stream: Any, **options: Any) -> None:
        emitted = {key: options[key] for key in ("allow_unicode", "width")}
        Emitter.__init__(self, stream, **emitted)
        Serializer.__init__(self)
        SafeRepresenter.__init__(self, default_flow_style=False, sort_keys=False)
        PlainResolver.__init__(self)

    def represent_text(self, text: str) -> ScalarNode:
        """A text; one of several lines is written as it is read."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, "|" if "\n" in text else None)


_Dumper.add_representer(str, _Dumper.represent_text)
