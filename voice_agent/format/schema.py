"""The schema of the format, and a quick yes to data that is certainly valid."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import NoneType
from typing import Any, NamedTuple, TypeAlias

from .sdk_source import default, literal, realtime_models


@cache
def schema() -> dict[str, Any]:
    """Return the schema of the format, with the realtime models of the installed LiveKit."""
    loaded: dict[str, Any] = json.loads(schema_path().read_text("utf-8"))
    realtime = loaded["$defs"]["realtime"]
    listed = [each["const"] for each in realtime.pop("oneOf")]
    # The installed LiveKit may be newer than the schema.
    realtime["enum"] = list(dict.fromkeys([*listed, *realtime_models()]))
    return loaded


@cache
def scenario_schema() -> dict[str, Any]:
    """Return the schema of a scenario file, whose one key is the profile's."""
    path = schema_path().with_name("rehearsal.schema.json")
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    of_profiles = schema()["properties"]
    loaded["properties"] = {key: of_profiles[key] for key in loaded["properties"]}
    # To be told to an operator who writes a profile where a scenario file is expected.
    loaded["x-elsewhere"] = dict.fromkeys(of_profiles, "it goes into a profile")
    return {**loaded, "$defs": schema()["$defs"]}


def schema_path() -> Path:
    """Return the file of the schema: in the checkout, or within the installed package."""
    here = Path(__file__).parents[1]
    folder = next(each for each in (here / "schema", here.parent / "schema") if each.is_dir())
    return folder / "profile.schema.json"


def is_realtime(llm: Any) -> bool:
    """Tell whether an llm hears and speaks by itself: what a profile has under that key."""
    return _realtime_test()(llm)


@cache
def _realtime_test() -> Test:
    return _Compiler(schema()).test({"$ref": "#/$defs/realtime_llms"}).passes


def part_at(where: Sequence[str | int]) -> dict[str, Any]:
    """Return the part of the schema for the value at a path into a profile; {} for none."""
    part = schema()
    for step in where:
        other = part.get("items" if isinstance(step, int) else "additionalProperties")
        inner = other if isinstance(step, int) else keys_of(part).get(step, other)
        part = resolved(inner) if isinstance(inner, dict) else {}
    return part


def takes_variables(where: Sequence[str | int]) -> bool:
    """Tell whether the names of variables may stand in a value at a path into a profile."""
    above = (part_at(where[:length]) for length in range(len(where), 0, -1))
    return next((part["x-template"] for part in above if "x-template" in part), False)


def keys_of(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys that a mapping may have, those among them that it has on a condition."""
    keys: dict[str, Any] = {}
    for keyword in ("else", "then"):
        if isinstance(inner := resolved(part.get(keyword)), dict):
            keys |= keys_of(inner)
    return {**keys, **part.get("properties", {})}


def offered(part: Mapping[str, Any]) -> list[Any]:
    """Return the values that a part of the schema shows: its examples, and what editors complete.

    They stand apart, as editors show every example whenever they explain a key.
    """
    snippets = [each["body"] for each in part.get("defaultSnippets", ())]
    examples = part.get("examples", [])
    return [*examples, *(each for each in snippets if each not in examples)]


def livekit_name(where: Sequence[str]) -> str:
    """Return whose option a key of LiveKit's is: "voice/turn:EndpointingOptions.min_delay".

    It is "" for a key of ours.
    """
    part = part_at(where)
    if "x-livekit" in part and "properties" not in part:
        return str(part["x-livekit"])
    above = part_at(where[:-1]).get("x-livekit") if where[1:] else None
    return f"{above}.{where[-1]}" if above else ""


def livekit_default(where: Sequence[str], *, detector: bool = True) -> tuple[Any, ...]:
    """Return LiveKit's default for a key of its own alone in a tuple.

    It is empty where LiveKit decides in the call, and where a profile cannot say it. `detector`
    tells whether LiveKit's turn detector listens, as some defaults are others without it.
    """
    name = livekit_name(where)
    others = part_at(where[:-1]).get("x-defaults-without-detector")
    found = default(name)
    if others and not detector:
        of_module = literal(name.partition(":")[0], others)
        found = (of_module[where[-1]],) if where[-1] in of_module else ()
    # LiveKit's own code may take None for what is not given.
    is_null_said = "null" in part_at(where).get("type", ())
    return tuple(each for each in found if each is not None or is_null_said)


def resolved(part: Any) -> Any:
    """Return a part of the schema with the definition that it refers to put in its place."""
    if not (isinstance(part, dict) and "$ref" in part):
        return part
    target: Any = schema()
    for step in part["$ref"].split("/")[1:]:
        target = target[step]
    return {**resolved(target), **{key: part[key] for key in part if key != "$ref"}}


def nested_keys(part: dict[str, Any], *where: str) -> Iterator[tuple[str, ...]]:
    """Yield the path of every key below a part of the schema, other than those in lists."""
    for key, inner in part.get("properties", {}).items():
        if key not in where:  # A definition may contain itself.
            yield (*where, key)
            yield from nested_keys(resolved(inner), *where, key)


def exclude(part: Mapping[str, Any], one: str, other: str) -> bool:
    """Tell whether two keys of a mapping exclude each other, whichever of them has the rule."""
    rules = part.get("dependentSchemas", {})
    return any(
        rules.get(first, {}).get("properties", {}).get(second) is False
        for first, second in ((one, other), (other, one))
    )


def _is_integer(data: Any) -> bool:
    # To JSON Schema, 200.0 is an integer; to LiveKit and to Python's range() it is not.
    return isinstance(data, int) and not isinstance(data, bool)


def _is_number(data: Any) -> bool:
    # YAML can write .nan and .inf; JSON cannot, and neither is a time or an amount.
    return _is_integer(data) or (isinstance(data, float) and math.isfinite(data))


Test: TypeAlias = Callable[[Any], bool]

TYPES: dict[str, Test] = {
    "object": lambda data: isinstance(data, dict),
    "array": lambda data: isinstance(data, list),
    "string": lambda data: isinstance(data, str),
    "boolean": lambda data: isinstance(data, bool),
    "null": lambda data: data is None,
    "integer": _is_integer,
    "number": _is_number,
}
"""Whether data from YAML is of a type that the schema names; jsonschema is given the same."""


def conforms(data: Any, wanted: Any = None) -> bool:
    """Tell whether data is certainly valid; False where it is not, or where that is unsure.

    Without `wanted`, the schema is that of the format. A yes comes ten times as fast as from
    jsonschema, which takes 0.1 s to import; what is unsure is left to it.
    """
    try:
        return (_whole().passes if wanted is None else compiled(wanted))(data)
    except RecursionError:  # A schema can lead in a circle, and data be very deep.
        return False


def compiled(part: Any) -> Test:
    """Return what `conforms` asks of data, for a part that is asked for many profiles."""
    return _Compiler(part).test(part).passes


@cache
def _whole() -> _Test:
    return _Compiler(schema()).test(schema())


class _Test(NamedTuple):
    """A part of a schema as a function, which may be unsure of a no, never of a yes."""

    passes: Test
    sure: bool = True


_UNSURE = _Test(lambda _: False, sure=False)
# What describes and asserts nothing; `then` and `else` are read beside `if`.
_SILENT = {"$comment", "$defs", "title", "description", "default", "examples", "deprecated"}
_SILENT |= {"defaultSnippets", "patternErrorMessage", "errorMessage", "then", "else"}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Keywords that bind one type and compare it, or its length, with a number.
_BOUNDS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "minimum": ("number", lambda data, limit: data >= limit),
    "maximum": ("number", lambda data, limit: data <= limit),
    "exclusiveMinimum": ("number", lambda data, limit: data > limit),
    "exclusiveMaximum": ("number", lambda data, limit: data < limit),
    "minLength": ("string", lambda data, limit: len(data) >= limit),
    "maxLength": ("string", lambda data, limit: len(data) <= limit),
    "minItems": ("array", lambda data, limit: len(data) >= limit),
    "maxItems": ("array", lambda data, limit: len(data) <= limit),
    "minProperties": ("object", lambda data, limit: len(data) >= limit),
    "maxProperties": ("object", lambda data, limit: len(data) <= limit),
}


class _Compiler:
    """Makes functions of the parts of one schema; a keyword or a value it does not know is unsure.

    Every branch below checks the value of its keyword: what JSON Schema would refuse or read
    differently is left to jsonschema.
    """

    def __init__(self, root: Any) -> None:
        self._root = root
        self._known: dict[int, _Test] = {}

    def test(self, part: Any) -> _Test:
        """Return the function for a part of the schema."""
        if isinstance(part, bool):
            return _Test(lambda _: part)
        if not isinstance(part, dict):
            return _UNSURE
        if id(part) not in self._known:
            # A part that refers to itself asks for what is made of it below.
            self._known[id(part)] = _Test(lambda data: self._known[id(part)].passes(data), False)
            self._known[id(part)] = self._all(
                self._keyword(keyword, value, part)
                for keyword, value in part.items()
                if keyword not in _SILENT and not keyword.startswith("x-")
            )
        return self._known[id(part)]

    @staticmethod
    def _all(tests: Iterator[_Test]) -> _Test:
        made = list(tests)
        functions = [each.passes for each in made]
        sure = all(each.sure for each in made)
        return _Test(lambda data: all(passes(data) for passes in functions), sure)

    def _keyword(self, keyword: str, value: Any, part: dict[str, Any]) -> _Test:
        if keyword in _BOUNDS and _is_number(value):
            kind, within = _BOUNDS[keyword]
            return _only(kind, lambda data: within(data, value))
        match keyword, value:
            case "$schema", str() if value == _DIALECT:
                return _Test(lambda _: True)
            case "$ref", str():
                return self._referred(value)
            case "type", str() | list():
                return _of_type([value] if isinstance(value, str) else value)
            case "enum", list() if {type(each) for each in value} <= {str, bool, NoneType, int}:
                kinds = [(type(each), each) for each in value]  # To Python, 1 is True.
                sure = int not in map(type, value)  # To JSON Schema, 8000.0 is 8000.
                return _Test(lambda data: (type(data), data) in kinds, sure)
            case "const", str() | bool() | None:
                return _Test(lambda data: type(data) is type(value) and data == value)
            case "pattern", str():
                return _matching(value)
            case "items", dict() | bool() if "prefixItems" not in part:
                every = self.test(value)
                return _only("array", lambda data: all(map(every.passes, data)), every.sure)
            case "allOf", list() if value:
                return self._all(self.test(each) for each in value)
            case "anyOf", list() if value:
                branches = [self.test(each) for each in value]
                return _Test(
                    lambda data: any(each.passes(data) for each in branches),
                    all(each.sure for each in branches),
                )
            case "if", dict() | bool():
                return self._conditional(value, part)
            case "required", list() if _are_names(value):
                return _only("object", lambda data: all(key in data for key in value))
            case "properties", dict():
                return self._properties(value)
            case "additionalProperties", dict() | bool() if "patternProperties" not in part:
                rest, named = self.test(value), part.get("properties", {})
                return _only(
                    "object",
                    lambda data: all(rest.passes(data[key]) for key in data if key not in named),
                    rest.sure,
                )
            case "uniqueItems", bool():
                return _only("array", lambda data: not value or _differ(data), not value)
            case "propertyNames", dict() | bool():
                names = self.test(value)
                return _only("object", lambda data: all(map(names.passes, data)), names.sure)
            case "dependentRequired", dict() if all(map(_are_names, value.values())):
                return _only(
                    "object",
                    lambda data: all(
                        each in data for key in value if key in data for each in value[key]
                    ),
                )
            case "dependentSchemas", dict():
                tests = {key: self.test(each) for key, each in value.items()}
                return _only(
                    "object",
                    lambda data: all(tests[key].passes(data) for key in tests if key in data),
                    all(each.sure for each in tests.values()),
                )
        return _UNSURE

    def _referred(self, reference: str) -> _Test:
        target = self._root
        if not re.fullmatch(r"#(/[A-Za-z0-9_$-]+)+", reference):
            return _UNSURE
        for step in reference.split("/")[1:]:
            if not (isinstance(target, dict) and step in target):
                return _UNSURE
            target = target[step]
        return self.test(target)

    def _conditional(self, condition: Any, part: dict[str, Any]) -> _Test:
        when = self.test(condition)
        if not when.sure:  # A no that is unsure would choose the wrong branch.
            return _UNSURE
        then, otherwise = self.test(part.get("then", True)), self.test(part.get("else", True))
        return _Test(
            lambda data: (then if when.passes(data) else otherwise).passes(data),
            then.sure and otherwise.sure,
        )

    def _properties(self, parts: dict[str, Any]) -> _Test:
        tests = {key: self.test(part) for key, part in parts.items()}
        return _only(
            "object",
            lambda data: all(tests[key].passes(data[key]) for key in data if key in tests),
            all(each.sure for each in tests.values()),
        )


def _differ(data: list[Any]) -> bool:
    """Tell whether the entries of a list certainly differ, as those of other types may not."""
    if not all(isinstance(each, str | bool | int | float | None) for each in data):
        return False
    # To JSON Schema, 1 is 1.0, and true is not 1.
    return len({(isinstance(each, bool), each) for each in data}) == len(data)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _only(kind: str, passes: Test, sure: bool = True) -> _Test:
    """Return the test for a keyword that asserts nothing of data of other types."""
    is_kind = TYPES[kind]
    return _Test(lambda data: not is_kind(data) or passes(data), sure)


def _of_type(names: list[Any]) -> _Test:
    if not all(isinstance(each, str) and each in TYPES for each in names):
        return _UNSURE
    kinds = [TYPES[each] for each in names]
    return _Test(lambda data: any(is_kind(data) for is_kind in kinds))


def _matching(pattern: str) -> _Test:
    try:
        search = partial(re.search, pattern)
        search("")
    except re.error:
        return _UNSURE
    return _only("string", lambda data: search(data) is not None)
