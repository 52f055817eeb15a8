"""Facts read from the source of the installed LiveKit, as importing it takes two seconds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from .python.source import module_path

# A type alias such as `XAIModels = Literal["xai/grok-4.3"]`, and the retired realtime models.
_LITERAL = re.compile(r"^\w+(?:: \w+)? = Literal(\[[^\]]*\])", re.MULTILINE)
_RETIRED = re.compile(r"^DEPRECATED_REALTIME_MODELS[^=]*= (\{[^}]*\})", re.MULTILINE)


@cache
def listed_models(module: str) -> tuple[str, ...]:
    """Return the provider/model names in the type aliases of a module of `inference`."""
    literals = _LITERAL.findall(source(f"inference/{module}"))
    found = [each for literal in literals for each in ast.literal_eval(literal)]
    # LiveKit also takes "deepgram" and "auto", which leave the choice of a model to the gateway.
    return tuple(dict.fromkeys(each for each in found if isinstance(each, str) and "/" in each))


@cache
def realtime_models() -> tuple[str, ...]:
    """Return the models that hear and speak by themselves."""
    return tuple(dict.fromkeys((*listed_models("_realtime_models"), *retired_models())))


@cache
def retired_models() -> tuple[str, ...]:
    """Return the realtime models that LiveKit still takes, and advises against."""
    found = _RETIRED.findall(source("inference/_realtime_models"))
    return tuple(name for each in found for name in ast.literal_eval(each))


@dataclass(frozen=True, slots=True)
class Options:
    """A mapping of options, or the parameters of a class, as LiveKit's source declares them."""

    names: tuple[str, ...]
    defaults: Mapping[str, Any]
    """What LiveKit takes for those left out; those that it decides in a call are not there."""
    is_mapping: bool
    """Whether they are the keys of a TypedDict."""


@cache
def options(reference: str) -> Options:
    """Return the options that a reference such as "voice/turn:EndpointingOptions" names.

    It may end in the method that makes the object: "plugins/silero/vad:VAD.load". Raises
    LookupError where the installed LiveKit has no such class.
    """
    module, _, name = reference.partition(":")
    name, _, maker = name.partition(".")
    tree = _tree(module)
    found = [each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == name]
    if not found:
        raise LookupError(f"The installed LiveKit has no {name} in {module}.")
    made_by = [
        each
        for each in found[0].body
        if isinstance(each, ast.FunctionDef) and each.name == (maker or "__init__")
    ]
    if made_by:
        return _parameters(made_by[-1], _constants(tree))  # those before it are overloads
    fields = [each for each in found[0].body if isinstance(each, ast.AnnAssign)]
    written = {each.target.id: each.value for each in fields if isinstance(each.target, ast.Name)}
    defaults = {**_plain(written), **_defaults_of(name, tree)}  # a dataclass has its own
    return Options(tuple(written), defaults, is_mapping=True)


@cache
def members(reference: str) -> Mapping[str, Any]:
    """Return the members of an enumeration such as "voice/background_audio:BuiltinAudioClip".

    It is {} where the installed LiveKit has no such class.
    """
    module, _, name = reference.partition(":")
    found = [each for each in _tree(module).body if isinstance(each, ast.ClassDef)]
    return {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for each in found
        if each.name == name
        for statement in each.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }


def has_option(holder: str, name: str) -> bool:
    """Tell whether "voice/turn:EndpointingOptions" has an option; False where it is not found."""
    try:
        return name in options(holder).names
    except (LookupError, SyntaxError):
        return False


@cache
def literal(module: str, name: str) -> Mapping[str, Any]:
    """Return the dict that a module of LiveKit assigns to `name`; {} where there is none."""
    for each in _tree(module).body:
        if (
            isinstance(each, ast.AnnAssign)
            and isinstance(each.target, ast.Name)
            and each.target.id == name
            and isinstance(each.value, ast.Dict)
        ):
            return dict(ast.literal_eval(each.value))
    return {}


def default(reference: str) -> tuple[Any, ...]:
    """Return LiveKit's default for "voice/turn:EndpointingOptions.min_delay" alone in a tuple.

    It is empty where LiveKit decides in the call, and where it cannot be read.
    """
    holder, _, name = reference.rpartition(".")
    try:
        found = options(holder).defaults
    except (LookupError, SyntaxError):
        return ()
    return (found[name],) if name in found else ()


def _parameters(function: ast.FunctionDef, constants: Mapping[str, ast.expr]) -> Options:
    arguments = function.args
    positional = arguments.args[1:]  # without self
    pairs = [
        *zip(positional[::-1], arguments.defaults[::-1], strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    names = tuple(each.arg for each in (*positional, *arguments.kwonlyargs))
    written = {each.arg: value for each, value in pairs}
    defaults = _plain({**written, **dict(_instead_of_not_given(function, constants))})
    return Options(names, defaults, is_mapping=False)


def _instead_of_not_given(
    function: ast.FunctionDef, constants: Mapping[str, ast.expr]
) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a function takes for parameters: "x if is_given(x) else DEFAULT"."""
    for node in ast.walk(function):
        match node:
            case ast.IfExp(
                test=ast.Call(func=ast.Name("is_given"), args=[ast.Name(name)]),
                body=ast.Name(value),
                orelse=other,
            ) if name == value:
                known = constants.get(other.id) if isinstance(other, ast.Name) else None
                yield name, known or other


def _constants(tree: ast.Module) -> Mapping[str, ast.expr]:
    """Return the constants of a module, as they are written."""
    found: dict[str, ast.expr] = {}
    for each in tree.body:
        match each:
            case ast.Assign(targets=[ast.Name(name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value):
                found[name] = value
    return found


def _defaults_of(name: str, tree: ast.Module) -> Mapping[str, Any]:
    """Return the defaults of a TypedDict: LiveKit keeps them in a dict of that type beside it."""
    found: dict[str, ast.expr | None] = {}
    for each in tree.body:
        if (
            isinstance(each, ast.AnnAssign)
            and isinstance(each.annotation, ast.Name)
            and each.annotation.id == name
            and isinstance(each.value, ast.Dict)
        ):
            # Of several the last applies: of _ENDPOINTING_DEFAULTS and then
            # _STREAMING_ENDPOINTING_DEFAULTS, LiveKit's own turn detector has the second.
            keys = [key.value for key in each.value.keys if isinstance(key, ast.Constant)]
            found = dict(zip(map(str, keys), each.value.values, strict=True))
    return _plain(found)


def _plain(written: Mapping[str, ast.expr | None]) -> Mapping[str, Any]:
    values = {}
    for name, expression in written.items():
        with suppress(ValueError):  # NOT_GIVEN and the like: LiveKit decides in the call
            value = ast.literal_eval(expression) if expression is not None else ...
            if value is not ...:
                values[name] = list(value) if isinstance(value, tuple) else value
    return values


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(source(module))


@cache
def source(module: str) -> str:
    """Return the text of a module of `livekit.agents`, such as "voice/turn"; "" if not found.

    One beside that package, such as "rtc/_proto/room_pb2", is no Python that anybody wrote, and a
    stub declares what it has.
    """
    name = module.replace("/", ".")
    if path := module_path(f"livekit.agents.{name}"):
        return path.read_text("utf-8")
    beside = module_path(f"livekit.{name}")
    if beside and name.startswith("plugins."):
        return beside.read_text("utf-8")
    stub = beside.with_suffix(".pyi") if beside else None
    return stub.read_text("utf-8") if stub and stub.is_file() else ""
