"""What values a type of Python's takes, and that as a part of a JSON Schema.

Beside JSON Schema's own keywords, a part has:

- `x-object`, the type of a Python object, of which a profile has none;
- `x-unlisted`, that no message tells people of the key;
- `x-unchecked`, a type that may be data and cannot be checked, or holds such data;
- `x-known`, texts that are known where any text is taken;
- `x-make`, what Python has to make of a value: {"number": ["datetime:timedelta"]};
- `x-python`, the class whose options a mapping has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, TypeAlias

Part: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """What values a type takes. `types` are names of JSON Schema's."""

    types: tuple[str, ...] = ()
    choices: tuple[Any, ...] | None = None
    """The texts and numbers that are taken; None where any are."""
    known: tuple[str, ...] = ()
    items: Kind | None = None
    length: int | None = None
    fields: Mapping[str, Kind] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    values: Kind | None = None
    """What the keys take that are not fields; None where there are no others."""
    python: str = ""
    makes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()
    """The types of what is in it and cannot be checked."""
    opaque: tuple[str, ...] = ()
    """The types that may be data and cannot be checked at all."""
    objects: tuple[str, ...] = ()

    def __or__(self, other: Kind) -> Kind:
        """Return the kind of a value that is of either kind."""
        both = set(self.types) & set(other.types)
        fields, required, values = self.fields, self.required, self.values
        if "object" in both:
            shared = self.fields.keys() & other.fields.keys()
            fields = {**self.fields, **other.fields}
            fields |= {key: self.fields[key] | other.fields[key] for key in shared}
            required, values = required & other.required, _either(values, other.values)
        elif "object" in other.types:
            fields, required, values = other.fields, other.required, other.values
        lengths = {each.length for each in (self, other) if "array" in each.types}
        choices, known = _choices(self, other)
        return Kind(
            types=_both(self.types, other.types),
            choices=choices,
            known=known,
            items=_either(self.items, other.items),
            length=lengths.pop() if len(lengths) == 1 else None,
            fields=fields,
            required=required,
            values=values,
            python=self.python or other.python,
            makes=_makes(self, other, both),
            unchecked=_both(self.unchecked, other.unchecked),
            opaque=_both(self.opaque, other.opaque),
            objects=_both(self.objects, other.objects),
        )

    @property
    def is_data(self) -> bool:
        """Whether a profile can have such a value at all."""
        return bool(set(self.types) - {"null"} or self.opaque)

    def part(self) -> Part:
        """Return the part of a schema that takes these values."""
        if not self.is_data:
            return _no_data(self.objects)
        if self.opaque:
            return {"x-unchecked": " or ".join(self.opaque)}
        types = sorted(self.types, key="null".__eq__)
        if "number" in types and "integer" in types:
            types.remove("integer")
        made: Part = {"type": types[0] if len(types) == 1 else types}
        if self.choices is not None:
            made |= _enumerated(types, self.choices)
        if "array" in types and self.items:
            made["items"] = self.items.part()
        if self.length is not None:
            made |= {"minItems": self.length, "maxItems": self.length}
        if "object" in types:
            made |= self._mapping()
        if self.known:
            made["x-known"] = list(self.known)
        if self.makes:
            made["x-make"] = {key: list(each) for key, each in self.makes.items()}
        if self.unchecked:
            made["x-unchecked"] = " or ".join(self.unchecked)
        return made

    def _mapping(self) -> Part:
        made: Part = {}
        if self.fields or self.python:
            made["properties"] = {key: each.part() for key, each in self.fields.items()}
            made["x-python"] = self.python
        if self.required:
            made["required"] = [each for each in self.fields if each in self.required]
        others = self.values.part() if self.values else False
        return {**made, "additionalProperties": others}


NULL = Kind(("null",))


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _either(one: Kind | None, other: Kind | None) -> Kind | None:
    return one | other if one and other else one or other


def _choices(one: Kind, other: Kind) -> tuple[tuple[Any, ...] | None, tuple[str, ...]]:
    """Return what either kind takes where it lists that, and the texts that are merely known."""
    known = dict.fromkeys((*one.known, *other.known))
    listed = [each for each in (one, other) if each.choices is not None]
    chosen = tuple(dict.fromkeys(choice for each in listed for choice in each.choices or ()))
    free = {name for each in (one, other) if each.choices is None for name in each.types}
    if not listed:
        return None, tuple(known)
    for kind in listed:
        if free & set(kind.types):  # "a" or any text
            known |= dict.fromkeys(each for each in kind.choices or () if isinstance(each, str))
            rest = tuple(each for each in chosen if each not in (kind.choices or ()))
            return rest or None, tuple(known)
    return chosen, tuple(known)


def _makes(one: Kind, other: Kind, both: set[str]) -> Mapping[str, tuple[str, ...]]:
    """Return what is made of the values of each type; what Python takes as it is stays so."""
    made = {}
    for name in {*one.makes, *other.makes}:
        pair = (one.makes.get(name), other.makes.get(name))
        if name in both and None in pair:
            continue
        made[name] = _both(pair[0] or (), pair[1] or ())
    return made


def _no_data(objects: tuple[str, ...]) -> Part:
    named = " or ".join(objects) or "None"
    message = f"takes a Python object ({named}), and a profile has none; leave it out"
    return {"not": {}, "errorMessage": message, "x-object": named, "x-unlisted": True}


def _enumerated(types: list[str], choices: tuple[Any, ...]) -> Part:
    everything = [*choices, *[True, False] * ("boolean" in types), *[None] * ("null" in types)]
    names = {str: "string", int: "integer", bool: "boolean", type(None): "null"}
    listed = list(dict.fromkeys(names[type(each)] for each in everything))
    if set(types) <= set(listed):
        return {"enum": everything}
    return {"if": {"type": listed}, "then": {"enum": everything}}


def union(kinds: Iterable[Kind]) -> Kind:
    """Return the kind of a value that is of one of these kinds."""
    return reduce(or_, kinds, Kind())
