"""What a profile writes for Python to make an instance of a class, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from .kinds import Kind
from .source import FUNCTIONS, Definition, Foreign, Function, Module, bases, method, resolve

Reader: TypeAlias = Callable[[Module, "ast.expr | None"], Kind]
"""What reads an annotation in a module."""

FROM_NUMBER = {"httpx._config:Timeout", "httpx2._config:Timeout", "datetime:timedelta"}
"""What is made of a number of seconds, by where it is defined."""

_PYDANTIC, _PROTO = "pydantic.main:BaseModel", "proto.message:Message"
_ENUMS = {"enum.Enum", "enum.StrEnum", "enum.IntEnum"}


def class_kind(found: Definition, read: Reader) -> Kind | None:
    """Return what a profile writes for an instance of a class; None where it has nothing for it."""
    above = list(bases(found))
    foreign = {each.name for each in above if isinstance(each, Foreign)}
    classes = [each for each in above if isinstance(each, Definition)]
    references = {each.reference for each in classes}
    make = (found.reference,)
    if found.reference in FROM_NUMBER:
        return Kind(("number",), makes={"number": make})
    if any(each.endswith(".TypedDict") for each in foreign):
        return _of_fields(classes, read, is_typed_dict=True)
    if _ENUMS & foreign:
        return Kind(("string",), choices=_members(found), makes={"string": make})
    if _PYDANTIC in references or _is_dataclass(found):
        kind = _of_fields(classes, read)
        return replace(kind, makes={"object": make}) if kind.is_data else None
    if _PROTO in references:
        name = (found.name,)
        return Kind(("object",), values=Kind(opaque=name), unchecked=name, makes={"object": make})
    if "builtins.str" in foreign:
        return Kind(("string",), makes={"string": make})
    return _of_plain_class(found, read)


def _members(found: Definition) -> tuple[str, ...]:
    """Return the values of an enumeration where they are texts, else the names of its members."""
    members = {
        target.id: each.value
        for each in found.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    values = [each.value for each in members.values() if isinstance(each, ast.Constant)]
    texts = [each for each in values if isinstance(each, str)]
    return tuple(texts if len(texts) == len(members) else members)


def _of_fields(classes: list[Definition], read: Reader, *, is_typed_dict: bool = False) -> Kind:
    """Return the mapping whose keys are the fields of a class and of those it inherits from."""
    fields: dict[str, Kind] = {}
    required: set[str] = set()
    for owner in reversed(classes):
        if owner.reference in (_PYDANTIC, _PROTO):
            continue
        for name, annotation, value in _fields(owner):
            fields[name] = read(owner.module, annotation)
            wrapper = _wrapper(owner.module, annotation)
            needed = _has_no_default(value)
            if is_typed_dict:
                needed = wrapper == "Required" or (wrapper != "NotRequired" and _is_total(owner))
            (required.add if needed else required.discard)(name)
    # What a mapping needs and a profile cannot give, nobody can write.
    if any(not fields[each].is_data for each in required):
        return Kind(objects=(classes[0].name,))
    python = classes[0].reference
    return Kind(("object",), fields=fields, required=frozenset(required), python=python)


def _fields(owner: Definition) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
    """Yield the fields that may be given: each with its type and with the value after it."""
    for each in owner.body:
        match each:
            case ast.AnnAssign(ast.Name(name), annotation, value):
                is_of_class = _wrapper(owner.module, annotation) == "ClassVar"
                if not (is_of_class or name.startswith("_") or _keyword(value, "init") is False):
                    yield name, annotation, value


def _wrapper(inside: Module, annotation: ast.expr) -> str:
    """Return the name of what is around a type: "Required" for `Required[str]`."""
    if not isinstance(annotation, ast.Subscript):
        return ""
    found = resolve(inside, annotation.value)
    return found.name.rpartition(".")[2] if isinstance(found, Foreign) else ""


def _keyword(value: ast.expr | None, name: str) -> object:
    """Return a constant that a call such as `field(init=False)` is given; None where it is not."""
    for each in value.keywords if isinstance(value, ast.Call) else ():
        if each.arg == name and isinstance(each.value, ast.Constant):
            return each.value.value
    return None


def _is_total(owner: Definition) -> bool:
    """Tell whether a TypedDict needs all its keys."""
    keywords = owner.node.keywords if isinstance(owner.node, ast.ClassDef) else []
    return not any(each.arg == "total" and ast.unparse(each.value) == "False" for each in keywords)


def _has_no_default(value: ast.expr | None) -> bool:
    if not isinstance(value, ast.Call):
        return value is None
    first = value.args[0] if value.args else None  # pydantic's Field(default), and Field(...)
    if isinstance(first, ast.Constant):
        return first.value is ...
    given = {each.arg for each in value.keywords}
    return first is None and given.isdisjoint({"default", "default_factory"})


def _is_dataclass(found: Definition) -> bool:
    """Tell whether the fields of a class are what it is made of, and no constructor of its own."""
    if any(isinstance(each, FUNCTIONS) and each.name == "__init__" for each in found.body):
        return False
    decorators = found.node.decorator_list if isinstance(found.node, ast.ClassDef) else []
    return any("dataclass" in ast.unparse(each) for each in decorators)


def _of_plain_class(found: Definition, read: Reader) -> Kind | None:
    """Return the mapping for a class of a plugin that takes nothing but data."""
    owner, functions = method(found, "__init__")
    is_plain = isinstance(found.node, ast.ClassDef) and not found.node.bases
    if not (is_plain and functions and found.module.name.startswith("livekit.plugins.")):
        return None
    kind = parameters(owner.module, functions[-1], read)
    if not kind.fields or kind.values or not all(each.is_data for each in kind.fields.values()):
        return None
    return replace(kind, python=found.reference, makes={"object": (found.reference,)})


def parameters(inside: Module, function: Function, read: Reader) -> Kind:
    """Return the mapping of a function's parameters, without `self` and private ones."""
    pairs = list(parameters_with_defaults(function))
    given = {each.arg: each.annotation for each, _ in pairs if not each.arg.startswith("_")}
    fields = {name: read(inside, annotation) for name, annotation in given.items()}
    required = {each.arg for each, default in pairs if default is None} & given.keys()
    values = Kind(opaque=("Any",)) if function.args.kwarg else None
    return Kind(("object",), fields=fields, required=frozenset(required), values=values)


def parameters_with_defaults(function: Function) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Yield the parameters of a function, without `self` or `cls`, each with its default."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    defaults = [*[None] * (len(positional) - len(given.defaults)), *given.defaults]
    pairs = list(zip(positional, defaults, strict=True))
    if pairs and pairs[0][0].arg in ("self", "cls"):
        pairs = pairs[1:]
    yield from chain(pairs, zip(given.kwonlyargs, given.kw_defaults, strict=True))
