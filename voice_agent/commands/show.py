"""The command that shows a profile with every default filled in, and where each value is from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import yaml
from yaml.emitter import Emitter
from yaml.nodes import ScalarNode
from yaml.representer import SafeRepresenter
from yaml.serializer import Serializer

from ..errors import OK, UsageError
from ..format import catalog
from ..format.credentials import covered
from ..format.diagnostics import InvalidProfile, printable
from ..format.loader import examine_file
from ..format.schema import is_realtime, livekit_default, part_at, resolved, schema
from ..format.short_forms import has, short_forms, written_at
from ..format.yaml_source import PlainResolver, Source
from . import prompt, selection
from .graph.output import show_graph
from .parser import Parser, add_profile_option, parser_of
from .variable_options import add_variable_option

# Where a value comes from, as programs read it and as people do.
_ORIGINS = {
    "profile": "profile",
    "file": "the file's name",
    "schema": "default",
    "livekit": "LiveKit's default",
}


@dataclass(frozen=True, slots=True)
class Effective:
    """A value in effect, where it comes from, and the key it is taken over from, if any.

    `file` is the file that has it, where that is not the profile's own. `hides` tells that secrets
    in it are replaced.
    """

    value: Any
    origin: str
    line: int | None = None
    through: str | None = None
    file: str | None = None
    hides: bool = False

    def __str__(self) -> str:
        said = self.file or _ORIGINS[self.origin]
        said += f", line {self.line}" if self.line else ""
        said += ", with a secret that is not shown" if self.hides else ""
        return f"as {self.through}: {said}" if self.through else said

    def as_data(self) -> dict[str, str | int]:
        """Return where the value comes from, for programs."""
        fields = {
            "from": self.origin,
            "file": self.file,
            "line": self.line,
            "through": self.through,
            "hides": self.hides or None,
        }
        return {key: value for key, value in fields.items() if value is not None}


# The values of a mapping by their keys, those of the mappings in it likewise.
Values: TypeAlias = "dict[str, Effective | Values]"


def parser() -> Parser:
    """Return the options of the command."""
    made = parser_of(
        "show", "Show a profile with every default filled in, and where each value comes from."
    )
    made.add_argument("name", nargs="?", metavar="PROFILE", help="a path, or a name in profiles/")
    add_profile_option(made)
    made.add_argument(
        "--format",
        choices=["yaml", "json", "mermaid"],
        help="yaml is a profile again, with comments (the default); json is for programs; mermaid "
        "is a drawing, with --graph",
    )
    made.add_argument(
        "--prompt",
        nargs="?",
        const="",
        metavar="AGENT",
        help="show what the llm is sent instead: instructions, values and tools, with their sizes; "
        "of several agents, those of the first, or of the one named",
    )
    made.add_argument(
        "--graph",
        action="store_true",
        help="show where calls go instead: from agent to agent, and when",
    )
    add_variable_option(made)
    return made


def run(arguments: Sequence[str]) -> int:
    """Print the profile that the arguments name, and return the exit code."""
    options = parser().parse_args(arguments)
    name, agent = options.name, options.prompt
    if agent and not (name or options.profile):  # show --prompt PROFILE
        name, agent = agent, ""
    names = selection.named([name] if name else [], options.profile)
    if not names:
        raise UsageError(catalog.nothing_named())
    path = catalog.find(names[0])
    checked = examine_file(path)
    if checked.profile is None or checked.source is None:
        raise InvalidProfile(checked.diagnostics, checked.sources)
    if agent is not None and options.graph:
        raise UsageError("--prompt and --graph show different things, so leave one of them out.")
    if agent is not None:
        if options.format == "mermaid":
            raise UsageError("--format mermaid goes with --graph, which it draws.")
        prompt.show(checked.profile, agent, options.var, as_json=options.format == "json")
        return OK
    if options.var:
        raise UsageError("--var goes with --prompt, which shows what becomes of the value.")
    if options.graph:
        show_graph(checked.profile, options.format)
        return OK
    if options.format == "mermaid":
        raise UsageError("--format mermaid goes with --graph, which it draws.")
    values = effective(checked.source, checked.profile.name)
    if options.format == "json":
        print(as_json(values))
    else:
        print(*as_yaml(values, str(path)), sep="\n")
    return OK


def effective(source: Source, name: str) -> Values:
    """Return every value of a profile that is in effect, in the order of the schema.

    `name` is what the profile is called where it does not say so itself.
    """
    return _Filling(source, name).mapping(schema(), [])


class _Filling:
    """Goes through the schema and a profile side by side, and fills in what is left out.

    What goes by names of the operator's own is shown as it is written, other than what the schema
    marks with `x-filled-in`. A mapping in that which has `x-as-written` only adds to the profile's.
    """

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self._name = name
        self._realtime = is_realtime(source.data.get("llm"))
        is_written, detection = self._find(["turn_handling", "turn_detection"])
        default_detector = not is_written and not self._realtime
        self._has_detector = default_detector or isinstance(detection, dict)
        self._has_tools = bool(source.data.get("tools") or source.data.get("mcp_servers"))
        # The forms in which a setting that has two is not shown.
        self._other_forms = [
            [key] if written_at(source.data, key) != [key] else [*long]
            for key, long in short_forms().items()
        ]

    def mapping(self, part: dict[str, Any], where: list[str]) -> Values:
        """Return the values of a mapping of the schema."""
        values: Values = {}
        keys = part.get("properties", {})
        if any("x-other-defaults" in keys[key] and self._find([*where, key])[0] for key in keys):
            keys = {key: keys[key] for key in keys if self._find([*where, key])[0]}
        for key, inner in keys.items():
            value = self._value(resolved(inner), [*where, key])
            if value is not None:
                values[key] = self._by_file(value, [*where, key])
        _, written = self._find(where)
        if isinstance(others := part.get("additionalProperties"), dict):  # names of one's own
            for key in (each for each in written if each not in keys):
                place = [*where, key]
                value = self.mapping(resolved(others), place) if _is_filled_in(others) else {}
                values[key] = self._by_file(value or self._written(place, written[key]), place)
        return values

    def _by_file(self, value: Effective | Values, where: list[str]) -> Effective | Values:
        """Return what several files make up as the values of its keys, each from one of them."""
        if not (isinstance(value, Effective) and value.origin == "profile"):
            return value
        data = value.value
        if not (isinstance(data, dict) and self._is_of_several_files(where, data)):
            return value
        places = {key: [*where, key] for key in data}
        return {
            key: self._by_file(self._written(places[key], data[key]), places[key]) for key in data
        }

    def _is_of_several_files(self, where: list[str], data: dict[str, Any]) -> bool:
        """Tell whether other files than that of its key have keys of a mapping, however deep."""
        source = self._source
        path = source.path_of(source.key(where))
        return bool(source.parts) and any(
            source.path_of(source.key([*where, key])) != path
            or (isinstance(value, dict) and self._is_of_several_files([*where, key], value))
            for key, value in data.items()
        )

    def _value(self, part: dict[str, Any], where: list[str]) -> Effective | Values | None:
        written, data = self._find(where)
        if not written:
            return self._left_out(part, where)
        by_name = part.get("additionalProperties")
        has_keys = "properties" in part or (isinstance(by_name, dict) and _is_filled_in(by_name))
        if has_keys and isinstance(data, dict) and not part.get("x-as-written"):
            return self.mapping(part, where) or self._written(where, data)
        if short_form := part.get("x-short-form"):
            left_out, short = self.mapping(part, where), self._written(where, data)
            return {short_form: short, **left_out} if left_out else short
        return self._written(where, data)

    def _left_out(self, part: dict[str, Any], where: list[str]) -> Effective | Values | None:
        if (part.get("x-pipeline-only") and self._realtime) or where in self._other_forms:
            return None
        long = short_forms().get(where[-1], ())
        if where[:1] == ["agents"] and long and self._find([*where[:-1], *long])[0]:
            return None
        found = self._default(part, where)
        if found is None and "properties" in part:
            is_shown = "x-livekit" in part and not part.get("x-optional")
            return (self.mapping(part, where) or None) if is_shown else None
        return found

    def _default(self, part: dict[str, Any], where: list[str]) -> Effective | None:
        if inherited := part.get("x-inherits"):
            there = self._inherited(inherited, where)
            other = self._value(part_at(there), there)
            return replace(other, through=".".join(there)) if isinstance(other, Effective) else None
        if part.get("x-default") == "file":
            return Effective(self._name, "file")
        if "default" in part:
            return Effective(part["default"], "schema")
        if "x-default-with-tools" in part and self._has_tools:
            return Effective(part["x-default-with-tools"], "schema")
        found = livekit_default(where, detector=self._has_detector)
        return next((Effective(value, "livekit") for value in found), None)

    def _inherited(self, key: str, where: list[str]) -> list[str]:
        """Return what a value is taken over from: a key of the same agent's, or of the profile."""
        agent = where[:2]
        if where[:1] == ["agents"] and where[2:] != [key]:
            own = self._find(agent)[1]
            if has(own, there := written_at(own, key)):
                return [*agent, *there]
        return written_at(self._source.data, key)

    def _find(self, where: list[str]) -> tuple[bool, Any]:
        """Return whether a key is written, and its value."""
        data = self._source.data
        for key in where:
            if not (isinstance(data, dict) and key in data):
                return False, None
            data = data[key]
        return True, data

    def _written(self, where: list[str], data: Any) -> Effective:
        source = self._source
        key, value = source.key(where), source.value(where)
        # A text in a file of its own is the whole of that file.
        in_file = source.path_of(key) != source.path_of(value)
        path = source.path_of(value if in_file else key)
        shown = covered(data, where[-1])
        return Effective(
            shown,
            "profile",
            None if in_file else source.line(key),
            file=None if path == source.path else printable(source.short(path)),
            hides=shown != data,
        )


def as_json(values: Values) -> str:
    """Return the values, and beside them the same keys with where each comes from."""

    def split(part: Effective | Values) -> tuple[Any, Any]:
        if isinstance(part, Effective):
            return part.value, part.as_data()
        both = {key: split(each) for key, each in part.items()}
        return {k: v[0] for k, v in both.items()}, {k: v[1] for k, v in both.items()}

    profile, origins = split(values)
    return json.dumps({"profile": profile, "origins": origins}, indent=2)


def as_yaml(values: Values, path: str) -> Iterator[str]:
    """Yield the lines of a profile that says the same with nothing left out."""
    yield f"# {json.dumps(path)[1:-1]}, with every default filled in"
    yield from _lines(values, schema())


def _lines(values: Values, part: dict[str, Any], indent: str = "") -> Iterator[str]:
    known, others = part.get("properties", {}), part.get("additionalProperties")
    unknown = others if isinstance(others, dict) and _is_filled_in(others) else {}
    for key, written in {**dict.fromkeys([*known, *values], unknown), **known}.items():
        inner, value = resolved(written), values.get(key)
        if isinstance(value, Effective):
            yield from (indent + line if line else "" for line in _entry(key, value))
        elif value:
            yield f"{indent}{key if re.fullmatch('[a-z_]+', key) else json.dumps(key)}:"
            yield from _lines(value, inner, f"{indent}  ")
        elif key in short_forms() and _is_said_in_long(key, values):
            continue
        elif said := re.search(r"\bLeft out, (.+?)\.(?: |$)", inner["description"]):
            yield f"{indent}# {key} is left out: {said[1]}"


def _is_said_in_long(key: str, values: Values) -> bool:
    """Tell whether a mapping says in its long form what a key is short for."""
    first, *below = short_forms()[key]
    there = values.get(first)
    return has(there.value if isinstance(there, Effective) else there, below)


def _is_filled_in(part: dict[str, Any]) -> bool:
    """Tell whether things of the operator's own are shown with what they leave out."""
    return bool(resolved(part).get("x-filled-in"))


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
        """Return a text as YAML; one of several lines is written as it is read."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, "|" if "\n" in text else None)


_Dumper.add_representer(str, _Dumper.represent_text)
