"""Values that a JSON Schema allows, made from the schema itself: a new key needs nothing here."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import getitem
from random import Random
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator

Part = dict[str, Any]

_KNOWN = {
    *("$schema", "$comment", "$defs", "$ref", "title", "description", "default", "examples"),
    "defaultSnippets",
    *("type", "enum", "const", "anyOf", "oneOf", "allOf", "not", "if", "then", "else"),
    *("properties", "required", "additionalProperties", "propertyNames", "minProperties"),
    "maxProperties",
    *("dependentSchemas", "dependentRequired", "items", "prefixItems", "minItems", "maxItems"),
    *("uniqueItems", "pattern", "minLength", "maxLength", "deprecated"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("errorMessage", "patternErrorMessage"),
}
_TYPES = ("null", "boolean", "integer", "number", "string")
# Parts of texts that are known to make trouble in YAML, in templates, or on the wire.
_ODD = [
    *("a", "Z", "0", " ", "\n", "\t", "-", "_", "/", ":", ".", "'", '"', "\\", "#", "{", "}"),
    *("yes", "no", "12:30", "1e3", "~", "<<", "*a", "&a", ": b", "...", "{{ name }}", "%s"),
    *("é", "ß", "İ", "日本", "🙂", "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{NO-BREAK SPACE}", "x" * 2_000),
]
NO_NAMES: Mapping[str, Sequence[str]] = MappingProxyType({})
_TRIES = 100
_DEEPEST = 14  # values in each other, of which a definition counts as one too


def document(schema: Part, random: Random, names: Mapping[str, Sequence[str]] = NO_NAMES) -> Any:
    """Make a document that `schema` allows; each key of an object is as often there as not.

    `names` has those that there are of what the schema marks with `x-names`.
    """
    return _Maker(schema, random, names).value(schema)


def of_one_file(whole: Part) -> Any:
    """Return a schema without the keys that name other files; see `self_contained`."""
    return _of_one_file(self_contained(whole, whole))


def self_contained(part: Part, whole: Part) -> Part:
    """Return a part of a schema with all that it refers to among its definitions."""
    definitions = {**whole["$defs"], "at_the_top": whole["properties"]}
    text = json.dumps({**part, "$defs": definitions})
    made: Part = json.loads(text.replace('"#/properties/', '"#/$defs/at_the_top/'))
    return made


def _of_one_file(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    files = {"file"} if "x-text-file" in part else {"extends"}
    part = {key: _of_one_file(value) for key, value in part.items() if key not in files}
    if "x-text-file" in part and not part["properties"]:
        part = {"type": "string", "pattern": part["pattern"], "examples": ["Be brief."]}
    return part


class _Maker:
    def __init__(self, root: Part, random: Random, names: Mapping[str, Sequence[str]]) -> None:
        self._root = root
        self._random = random
        self._names = names
        self._depth = 0

    def value(self, part: Part | bool) -> Any:
        """Make a value that a part of the schema allows."""
        if part is True:
            return self._plain({"type": list(_TYPES)})
        assert part, "nothing can be made that a schema forbids"
        unknown = [key for key in part if key not in _KNOWN and not key.startswith("x-")]
        assert not unknown, f"values cannot be made for the keywords {unknown}"
        validator = self._validator(part)
        self._depth += 1
        try:
            for _ in range(_TRIES):
                if validator.is_valid(made := self._attempt(part)):
                    return made
        finally:
            self._depth -= 1
        raise AssertionError(f"no value could be made for {part}")

    def _attempt(self, part: Part) -> Any:
        if "$ref" in part:
            rest = {key: each for key, each in part.items() if key != "$ref"}
            return self.value({**self._named(part["$ref"]), **rest})
        for keyword in ("anyOf", "oneOf"):
            if choices := [each for each in part.get(keyword, ()) if each.keys() != {"required"}]:
                rest = {key: each for key, each in part.items() if key != keyword}
                return self.value({**rest, **self._random.choice(choices)})
        if "const" in part:
            return part["const"]
        return self._random.choice(part["enum"]) if "enum" in part else self._plain(part)

    def _plain(self, part: Part) -> Any:
        types = part.get("type", "object" if "properties" in part else [*_TYPES])
        if isinstance(types, list):  # A mapping has keys that nothing else would reach.
            types = self._random.choice([*types, *(each for each in types if each == "object")])
        match types:
            case "null":
                return None
            case "boolean":
                return self._random.choice([True, False])
            case "integer":
                return self._number(part, whole=True)
            case "number":
                return self._number(part, whole=self._random.choice([True, False]))
            case "string":
                return self._text(part)
            case "array":
                return self._array(part)
            case kind:
                assert kind == "object"
                return self._object(part)

    def _number(self, part: Part, *, whole: bool) -> float:
        low = part.get("minimum", part.get("exclusiveMinimum", -1_000_000))
        high = part.get("maximum", part.get("exclusiveMaximum", 1_000_000))
        between = self._random.uniform(low, high)
        made: float = self._random.choice([low, high, between, low + (high - low) / 1_000_000])
        if whole:
            return min(max(round(made), math.ceil(low)), math.floor(high))
        return float(made)

    def _text(self, part: Part) -> str:
        """Make one of the examples, or one with a few odd parts in place of its own."""
        if names := self._names.get(part.get("x-names", "")):
            return self._random.choice(names)
        examples = [each for each in part.get("examples", ()) if isinstance(each, str)]
        made = self._random.choice(examples or _ODD)
        for _ in range(self._random.choice([0, 1, 2])):
            start = self._random.randint(0, len(made))
            end = min(len(made), start + self._random.randint(0, 3))
            made = made[:start] + self._random.choice(_ODD) + made[end:]
        return made

    def _array(self, part: Part) -> list[Any]:
        if "prefixItems" in part:
            return [self.value(each) for each in part["prefixItems"]]
        least = part.get("minItems", 0)
        count = self._random.randint(least, min(part.get("maxItems", math.inf), least + 2))
        return [self.value(part.get("items", True)) for _ in range(count)]

    def _object(self, part: Part) -> dict[str, Any]:
        properties = part.get("properties", {})
        whole = [each for each in part.get("examples", ()) if isinstance(each, dict)]
        if whole and "x-plugin" in part and not properties:
            return dict(self._random.choice(whole))
        # A definition may contain itself, and a document has an end.
        again = self._depth > _DEEPEST
        optional = [key for key in properties if not again and self._random.choice([True, False])]
        chosen = [
            key
            for keyword in ("anyOf", "oneOf")
            if (choices := [each for each in part.get(keyword, ()) if "required" in each])
            for key in self._random.choice(choices)["required"]
        ]
        wanted = _compatible(
            [*part.get("required", ()), *chosen, *optional], part.get("dependentSchemas", {})
        )
        data = {key: self.value(properties.get(key, True)) for key in wanted}
        if extra := part.get("additionalProperties"):
            least = part.get("minProperties", 0) - len(data)
            more = 0 if again or extra is True else self._random.choice([0, 1, 2])
            most = part.get("maxProperties", least + more) - len(data)
            for _ in range(max(least, min(more, most))):
                rules = {"x-names": part.get("x-names", ""), **part.get("propertyNames", {})}
                name = self.value({"type": "string", **rules})
                data.setdefault(name, self.value(extra))
        for rules in self._rules_for(part, data):
            for key in rules.get("required", ()):
                if key not in data:
                    data[key] = self.value(properties.get(key, True))
            for key, rule in rules.get("properties", {}).items():
                if key in data and not self._validator(rule).is_valid(data[key]):
                    del data[key]
        return data

    def _rules_for(self, part: Part, data: dict[str, Any]) -> Iterator[Part]:
        """Yield what else an object has to follow, because of the keys and values it has."""
        for each in (part, *part.get("allOf", ())):
            if "if" in each:
                branch = "then" if self._validator(each["if"]).is_valid(data) else "else"
                yield each.get(branch, {})
                yield from self._rules_for(each.get(branch, {}), data)
            for key, rules in each.get("dependentSchemas", {}).items():
                if key in data:
                    yield rules
            for key, others in each.get("dependentRequired", {}).items():
                if key in data:
                    yield {"required": others}

    def _named(self, reference: str) -> Part:
        return reduce(getitem, reference.split("/")[1:], self._root)

    def _validator(self, part: Part | bool) -> Draft202012Validator:
        rules = part if isinstance(part, dict) else {"not": {}} if part is False else {}
        return Draft202012Validator({"$defs": self._root.get("$defs", {}), **rules})


def _compatible(keys: list[str], dependent: dict[str, Part]) -> list[str]:
    """Leave out the keys that cannot stand beside an earlier one."""

    def forbids(one: str, other: str) -> bool:
        return dependent.get(one, {}).get("properties", {}).get(other) is False

    kept: list[str] = []
    for key in dict.fromkeys(keys):
        if not any(forbids(key, each) or forbids(each, key) for each in kept):
            kept.append(key)
    return kept
