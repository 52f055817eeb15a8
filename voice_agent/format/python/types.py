"""What a type in Python's source takes, read without importing it; `kinds` is the result."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import Any

from .classes import FROM_NUMBER, class_kind, parameters
from .kinds import NULL, Kind, union
from .source import FUNCTIONS, Definition, Foreign, Function, Module, resolve

_SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_LISTS = {"list", "tuple", "set", "frozenset", "List", "Tuple", "Set", "FrozenSet", "Sequence"}
_LISTS |= {"MutableSequence", "Iterable", "Collection", "AbstractSet"}
_MAPPINGS = {"dict", "Dict", "Mapping", "MutableMapping"}
_WRAPPERS = {"Annotated", "Required", "NotRequired", "ReadOnly", "Final", "NotGivenOr"}
_ANYTHING = {"Any", "object"}
_LEFT_OUT = {"NotGiven", "Omit"}
_FROM_TEXT = {"pathlib:Path", "os:PathLike"}

_classes: dict[str, Kind | None] = {}


def kind_of_parameters(inside: Module, function: Function) -> Kind:
    """Return the mapping of the parameters of a function in a module."""
    return parameters(inside, function, kind_of)


def kind_of_class(found: Definition) -> Kind | None:
    """Return what a profile writes for an instance of a class; None where it has nothing for it."""
    if found.reference not in _classes:
        _classes[found.reference] = Kind(opaque=(found.name,))  # for a class that contains itself
        _classes[found.reference] = class_kind(found, kind_of)
    return _classes[found.reference]


def kind_of(inside: Module, annotation: ast.expr | None) -> Kind:
    """Return what values an annotation in a module takes."""
    match annotation:
        case None:
            return Kind(opaque=("a type that is not told",))
        case ast.Constant(value=None):
            return NULL
        case ast.Constant(value=str() as text):
            return kind_of(inside, _parsed(text))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return kind_of(inside, left) | kind_of(inside, right)
        case ast.Subscript(value=value, slice=inner):
            arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _generic(inside, value, arguments)
        case ast.Name() | ast.Attribute():
            return _named(inside, annotation)
    return Kind(opaque=(ast.unparse(annotation),))


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def _generic(inside: Module, value: ast.expr, arguments: list[ast.expr]) -> Kind:
    """Return what values a type such as `Optional[str]` takes."""
    name = _short(inside, value)
    if name == "Literal":
        return union(_of_values([each for argument in arguments for each in _values(argument)]))
    if name == "Optional":
        return kind_of(inside, arguments[0]) | NULL
    if name == "Union":
        return union(kind_of(inside, each) for each in arguments)
    if name in _WRAPPERS:
        return kind_of(inside, arguments[0])
    if name in _MAPPINGS:
        values = kind_of(inside, arguments[-1])
        return Kind(("object",), values=values, unchecked=_unchecked(values))
    if name in _LISTS:
        return _list(inside, name.lower(), arguments)
    return _named(inside, value)


def _list(inside: Module, name: str, arguments: list[ast.expr]) -> Kind:
    written = [each for each in arguments if ast.unparse(each) != "..."]
    items = union(kind_of(inside, each) for each in written)
    if not items.is_data:
        return Kind(objects=tuple(f"{name}[{each}]" for each in items.objects))
    made = {"array": (f"builtins:{name}",)} if name in ("tuple", "set", "frozenset") else {}
    length = len(written) if name == "tuple" and written == arguments else None
    return Kind(("array",), items=items, length=length, makes=made, unchecked=_unchecked(items))


def _unchecked(inner: Kind) -> tuple[str, ...]:
    return (*inner.opaque, *inner.unchecked)


def _values(argument: ast.expr) -> Iterator[Any]:
    match argument:
        case ast.Constant(value=value):
            yield value
        case ast.Attribute(attr=member):  # Literal[Colour.RED]
            yield member


def _of_values(values: list[Any]) -> Iterator[Kind]:
    if texts := tuple(each for each in values if isinstance(each, str)):
        yield Kind(("string",), choices=texts)
    if numbers := tuple(each for each in values if type(each) is int):
        yield Kind(("integer",), choices=numbers)
    if any(isinstance(each, bool) for each in values):
        yield Kind(("boolean",))
    if None in values:
        yield NULL


def _short(inside: Module, expression: ast.expr) -> str:
    """Return the last word of the name of a type of Python's own, LiveKit's or OpenAI's."""
    match resolve(inside, expression):
        case Foreign(name):
            return name.rpartition(".")[2]
        case Definition(module=found) if found.name.endswith((".types", "._types")):
            return ast.unparse(expression).rpartition(".")[2]
    return ""


def _named(inside: Module, name: ast.expr) -> Kind:
    written = ast.unparse(name)
    short = _short(inside, name)
    if short in _LEFT_OUT:
        return Kind()
    match resolve(inside, name):
        case Foreign(whole):
            return _foreign(whole, short, written)
        case Definition(node=ast.ClassDef()) as found:
            return kind_of_class(found) or Kind(objects=(written,))
        case Definition(module=where, node=ast.expr() as value) if _is_type(value):
            return kind_of(where, value)
        case Definition(node=node) if isinstance(node, FUNCTIONS):
            return Kind(objects=(written,))
    return Kind(opaque=(written,))


def _is_type(value: ast.expr) -> bool:
    # A TypeVar or a NewType is a call; the value of a constant is no type either.
    return isinstance(value, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp))


def _foreign(whole: str, short: str, written: str) -> Kind:
    """Return what values a type takes that is Python's own, or is in no installed module."""
    reference = ":".join(whole.rsplit(".", 1))
    package = whole.partition(".")[0]
    if package == "builtins" and short in _SCALARS:
        return Kind((_SCALARS[short],))
    if short in _ANYTHING:
        return Kind(opaque=("Any",))
    if short in _MAPPINGS:
        return Kind(("object",), values=Kind(opaque=("Any",)), unchecked=("Any",))
    if short in _LISTS:
        return Kind(("array",), unchecked=("Any",))
    if reference in FROM_NUMBER:
        return Kind(("number",), makes={"number": (reference,)})
    if reference in _FROM_TEXT:
        return Kind(("string",), makes={"string": ("pathlib:Path",)})
    if package in {*sys.stdlib_module_names, "typing_extensions"}:
        return Kind(objects=(written,))
    return Kind(opaque=(written,))
