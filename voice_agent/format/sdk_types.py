"""Parts of a schema that are read from the types of the installed LiveKit.

`part_of("inference/stt:DeepgramOptions")` is the part for a mapping with the keys of that
TypedDict, and `part_of("inference/stt:STT")` for one with the parameters of that class.
`extra_kwargs_of("inference/stt:STT", "deepgram/nova-3")` is what the parameter `extra_kwargs` of
the class takes for a model. `schema_problems(source, part, where)` says what a part forbids.
`python.kinds` describes the keywords beyond JSON Schema's own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any

from .python.kinds import Kind
from .python.source import FUNCTIONS, Definition, Function, Module, definition, method, resolve
from .python.types import kind_of, kind_of_class, kind_of_parameters


@cache
def part_of(reference: str) -> dict[str, Any]:
    """Return the part of a schema for a TypedDict, or for the parameters of a class of LiveKit's.

    Raises LookupError where the installed LiveKit has no such class.
    """
    found = _class(reference)
    kind = kind_of_class(found)
    if kind is None:
        owner, functions = method(found, "__init__")
        kind = Kind(("object",))
        if functions:
            kind = kind_of_parameters(owner.module, functions[-1])
    return {**kind.part(), "x-python": found.reference}


@cache
def extra_kwargs_of(reference: str, model: str | None) -> dict[str, Any]:
    """Return the part for `extra_kwargs` of a class of LiveKit Inference beside a model.

    The overloads of the class say which models of a provider have which options. A model that none
    of them lists has those of the listed one whose name begins most like its own. Where the
    provider is not listed, or the model is not named, any mapping conforms.
    """
    found = _class(reference)
    owner, functions = method(found, "__init__")
    best, closest = None, ""
    for function in functions:
        annotations = _annotations(function)
        for listed in kind_of(owner.module, annotations.get("model")).choices or ():
            begins = _common_beginning(str(listed), model or "")
            if "/" in begins and len(begins) > len(closest):
                best, closest = annotations.get("extra_kwargs"), begins
    if best is None and len(functions) == 1:  # one for all, as the LLM has
        best = _annotations(functions[0]).get("extra_kwargs")
    mappings = map(_fields, _classes_in(owner.module, best))
    return next(filter(None, mappings), {"type": "object", "x-unchecked": "dict[str, Any]"})


def _fields(found: Definition) -> dict[str, Any] | None:
    kind = kind_of_class(found)
    return kind.part() if kind and kind.python else None


def _classes_in(inside: Module, annotation: ast.expr | None) -> Iterator[Definition]:
    """Yield the classes that an annotation names, outermost first."""
    for each in ast.walk(annotation) if annotation else ():
        if isinstance(each, (ast.Name, ast.Attribute)):
            found = resolve(inside, each)
            if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
                yield found


def _common_beginning(one: str, other: str) -> str:
    pairs = enumerate(zip(one, other, strict=False))
    return one[: next((at for at, pair in pairs if pair[0] != pair[1]), min(len(one), len(other)))]


def _annotations(function: Function) -> dict[str, ast.expr | None]:
    parameters = (*function.args.args, *function.args.kwonlyargs)
    return {each.arg: each.annotation for each in parameters}


def _class(reference: str) -> Definition:
    where, _, name = reference.partition(":")
    found = definition(f"livekit.agents.{where.replace('/', '.')}", name)
    if not isinstance(found, Definition) or isinstance(found.node, (ast.expr, *FUNCTIONS)):
        raise LookupError(f"The installed LiveKit has no {name} in {where}.")
    return found
