"""Valid data from YAML as the frozen classes that the rest of the program works with."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

_T = TypeVar("_T")


def decode(kind: type[_T], data: Any) -> _T:
    """Return data as an instance of a dataclass; the fields' types say how.

    A list becomes a tuple, a mapping the dataclass of its field, a mapping by name one of
    dataclasses by name, and a single value where a tuple is wanted a tuple of one. Where a
    dataclass is wanted, anything but a mapping is its short form: the value of the field that the
    class names in `short_form`, or its words those of several. So is a mapping without the key
    that it names in `long_form`. Null is a class with the defaults alone where that is `bare`.
    The field that it names in `others` takes the keys for which it has no field, and `renamed` has
    the fields of keys that are no names in Python. All else, LiveKit's options among it, stays
    exactly as it is. The data must have been found valid.
    """
    hashable: Any = kind
    return cast(_T, _decoder(hashable)(data))


@cache
def _decoder(kind: Hashable) -> Callable[[Any], Any]:
    if _is_class(kind):
        return lambda data: _of_class(kind)(data)  # A class may contain itself.
    if get_origin(kind) is tuple:
        entry = _decoder(get_args(kind)[0])
        return lambda data: tuple(map(entry, data if isinstance(data, list) else [data]))
    if get_origin(kind) in (Union, UnionType):
        return _of_union(get_args(kind))
    if get_origin(kind) is Mapping and _is_made(get_args(kind)[1]):
        value = _decoder(get_args(kind)[1])
        return lambda data: {name: value(each) for name, each in data.items()}
    return lambda data: data


@cache
def _of_class(kind: Any) -> Callable[[Any], Any]:
    types = get_type_hints(kind)
    decoders = {field.name: _decoder(types[field.name]) for field in dataclasses.fields(kind)}

    long_form, others = getattr(kind, "long_form", None), getattr(kind, "others", None)
    renamed: Mapping[str, str] = getattr(kind, "renamed", {})

    def long(data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and not (long_form and long_form not in data):
            return data
        names = kind.short_form.split()
        return dict(
            zip(names, data.split(None, len(names) - 1) if names[1:] else [data], strict=True)
        )

    def make(data: Any) -> Any:
        data = {renamed.get(key, key): value for key, value in long(data).items()}
        if others:
            rest = {key: value for key, value in data.items() if key not in decoders}
            data = {**{key: data[key] for key in data if key in decoders}, others: rest}
        return kind(**{key: decoders[key](value) for key, value in data.items()})

    return make


def _of_union(members: tuple[Any, ...]) -> Callable[[Any], Any]:
    kinds = [each for each in members if each is not NoneType]
    made = next((_decoder(each) for each in kinds if _is_class(each)), None)
    several = next((_decoder(each) for each in kinds if get_origin(each) is tuple), None)
    has_scalars = any(each in (str, int, float, bool) for each in kinds)
    bare = next((each for each in kinds if getattr(each, "bare", False)), lambda: None)

    def choose(data: Any) -> Any:
        if data is None:
            return bare()
        if several and isinstance(data, list):
            return several(data)
        if made and (isinstance(data, dict) or not has_scalars):
            return made(data)
        return data if has_scalars or not several else several(data)

    return choose


def _is_class(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind)


def _is_made(kind: Any) -> bool:
    return _is_class(kind) or get_origin(kind) is tuple
