"""The classes of installed LiveKit plugins, and their options, read without importing them.

A name is that of a plugin (`openai`), of what is in it (`openai.realtime.RealtimeModel`), or of a
constructor of a class there (`openai.LLM.with_ollama`).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ..diagnostics import quote
from ..python.classes import parameters_with_defaults
from ..python.kinds import Kind, Part
from ..python.source import (
    FUNCTIONS,
    Definition,
    Found,
    Function,
    Module,
    bases,
    definition,
    method,
    module,
    resolve,
)
from ..python.types import kind_of_parameters
from ..typos import closest
from .roles import (
    PACKAGE,
    PREFERRED,
    ROLES,
    classes,
    everything,
    is_static,
    offered,
    roles,
    static_constructors,
)


class PluginError(LookupError):
    """A name means nothing that an installed plugin has; the words after it say what to write."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Constructor:
    """How an instance of a plugin's class is made."""

    name: str
    """What is called: "openai.LLM", also where the plugin alone was named."""
    role: str
    part: Part
    """The part of a schema for the options."""
    owner: Definition
    """The class or module that has the function."""
    function: Function | None

    @property
    def objects(self) -> list[str]:
        """The options that are needed, and take Python objects."""
        parts = self.part["properties"]
        return [each for each in self.part.get("required", ()) if "x-object" in parts[each]]


@cache
def constructor(name: str, role: str) -> Constructor:
    """Return how a plugin's class is made, by its name in a profile.

    Raises PluginError where an installed plugin has no such class for the role.
    """
    plugin, *path = name.split(".")
    found: Found | None = module(f"{PACKAGE}.{plugin}")
    if found is None:
        raise PluginError(f"there is no plugin {quote(plugin)}")
    words = [plugin]
    for number, word in enumerate(path):
        if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
            return _by_method(found, ".".join(words), path[number:], role)
        inner = definition(found.name, word) if isinstance(found, Module) else None
        if inner is None:
            raise PluginError(*_unknown(".".join(words), word, plugin, role))
        found = inner
        words.append(word)
    if isinstance(found, Module):
        return _by_role(found, ".".join(words), plugin, role)
    return _of_definition(found, ".".join(words), plugin, role)


def _unknown(within: str, word: str, plugin: str, role: str) -> tuple[str, str]:
    message = f"{quote(within)} has no {quote(word)}"
    names = list(offered(plugin, role))
    if close := closest(word, [each.rpartition(".")[2] for each in names]):
        whole = next(each for each in names if each.rpartition(".")[2] == close)
        return message, f"did you mean {quote(whole)}?"
    return message, _choice(plugin, role)


def _choice(plugin: str, role: str) -> str:
    """Return what a plugin has for a role, or for which roles it has something at all."""
    if names := list(offered(plugin, role)):
        return f"it has {_either(names)} for {role}"
    others = list(dict.fromkeys(each for each, _ in everything(plugin)))
    return f"it is for {_either(others)}" if others else "it is for nothing in a profile"


def _by_role(found: Module, name: str, plugin: str, role: str) -> Constructor:
    """Return how the class is made that a package has for a role."""
    for preferred in PREFERRED.get(role, ()):  # at hand, before all packages are searched
        at_hand = definition(found.name, preferred)
        if isinstance(at_hand, Definition) and role in roles(at_hand):
            return constructor(f"{name}.{preferred}", role)
    names = [each for each, _ in classes(found, name, role)]
    for preferred in PREFERRED.get(role, ()):
        ends = [each for each in names if each.rpartition(".")[2] == preferred]
        if ends:
            return constructor(min(ends, key=lambda each: each.count(".")), role)
    if len(names) == 1:
        return constructor(names[0], role)
    if names:
        raise PluginError(f"{quote(name)} has several", f"write {_either(names)}")
    raise PluginError(f"{quote(name)} has nothing for {role}", _choice(plugin, role))


def _either(names: list[str]) -> str:
    return " or ".join(map(quote, names))


def _of_definition(found: Found, name: str, plugin: str, role: str) -> Constructor:
    if not isinstance(found, Definition) or role not in roles(found):
        what = [ROLES[each] for each in roles(found)] if isinstance(found, Definition) else []
        is_other = f"is for {' and '.join(what)}" if what else "is no class of a model"
        raise PluginError(f"{quote(name)} {is_other}, not for {ROLES[role]}", _choice(plugin, role))
    if isinstance(found.node, FUNCTIONS):
        return _made(name, role, found, found, found.node)
    owner, functions = method(found, "__init__")
    made = _made(name, role, found, owner, functions[-1] if functions else None)
    others = list(static_constructors(found))
    if made.objects and len(others) == 1:  # VAD.load() of silero
        owner, functions = method(found, others[0])
        return _made(f"{name}.{others[0]}", role, found, owner, functions[-1])
    return made


def _by_method(found: Definition, name: str, path: list[str], role: str) -> Constructor:
    owner, functions = method(found, path[0])
    if path[1:] or not functions or not is_static(functions[-1]):
        whole = ".".join([name, *path])
        choices = [f"{name}.{each}" for each in static_constructors(found)]
        close = closest(whole, choices)
        hint = f"did you mean {quote(close)}?" if close else f"write {_either([name, *choices])}"
        raise PluginError(f"{quote(name)} has no constructor {quote('.'.join(path))}", hint)
    if role not in roles(found):
        return _of_definition(found, name, name.partition(".")[0], role)  # which says so
    return _made(f"{name}.{path[0]}", role, found, owner, functions[-1])


def _made(
    name: str, role: str, found: Definition, owner: Definition, function: Function | None
) -> Constructor:
    kind = Kind(("object",))
    if function is not None:
        kind = kind_of_parameters(owner.module, function)
        if _hands_on(function) and (above := _above(found, owner)):
            below, inherited = kind, above
            kind = replace(below, fields={**inherited.fields, **below.fields}, values=None)
    part = replace(kind, python=found.reference).part()
    defaults = _defaults(owner.module, function) if function else {}
    for option, value in defaults.items():
        if option in part["properties"]:
            part["properties"][option]["default"] = value
    return Constructor(name, role, part, owner, function)


def _hands_on(function: Function) -> bool:
    """Tell whether a constructor gives the options that it does not know to the one above."""
    rest = function.args.kwarg.arg if function.args.kwarg else None
    return rest is not None and any(
        ast.unparse(call.func) == "super().__init__"
        and any(each.arg is None and ast.unparse(each.value) == rest for each in call.keywords)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
    )


def _above(found: Definition, owner: Definition) -> Kind | None:
    """Return the parameters of the constructor above that of `owner`."""
    classes = [each for each in bases(found) if isinstance(each, Definition)]
    for each in classes[classes.index(owner) + 1 :]:
        higher, functions = method(each, "__init__")
        if functions:
            return kind_of_parameters(higher.module, functions[-1])
    return None


def _defaults(inside: Module, function: Function) -> dict[str, Any]:
    """Return the defaults of a function's parameters that are plain data."""
    found = {}
    for parameter, default in parameters_with_defaults(function):
        if isinstance(default, (ast.Name, ast.Attribute)):
            meant = resolve(inside, default)
            default = meant.node if isinstance(meant, Definition) else None  # type: ignore[assignment]
        match default:
            case ast.Constant(value=str() | int() | float() as value):
                found[parameter.arg] = value
    return found
