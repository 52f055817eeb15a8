"""The roles that the classes and functions of installed LiveKit plugins can play."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from ..python.source import (
    FUNCTIONS,
    Definition,
    Function,
    Module,
    bases,
    definition,
    method,
    module,
    public_names,
    resolve,
)

PACKAGE = "livekit.plugins"
_MOST_DEPTH = 3  # packages within a plugin

# The classes of LiveKit that are inherited from in each role, by their package and their name.
_BASES = {
    "stt": [("livekit.agents.stt", "STT")],
    "llm": [
        ("livekit.agents.llm", "LLM"),
        ("livekit.agents.llm", "RealtimeModel"),
        ("livekit.agents.llm", "DuplexModel"),
    ],
    "tts": [("livekit.agents.tts", "TTS")],
    "vad": [("livekit.agents.vad", "VAD")],
    "avatar": [("livekit.agents.voice.avatar", "AvatarSession")],
    "turn_detection": [],
    "noise_cancellation": [
        ("livekit.rtc", "FrameProcessor"),
        ("livekit.rtc", "NoiseCancellationOptions"),
    ],
}
_METHODS = {"turn_detection": "predict_end_of_turn"}  # LiveKit asks for nothing but such a method.
PREFERRED = {
    "stt": ("STT",),
    "llm": ("LLM", "RealtimeModel"),
    "tts": ("TTS",),
    "vad": ("VAD",),
    "avatar": ("AvatarSession",),
    "turn_detection": ("MultilingualModel",),
}
"""The names of the classes that are taken first where a plugin alone is named."""

ROLES = {
    "stt": "speech-to-text",
    "llm": "language model",
    "tts": "text-to-speech",
    "vad": "voice activity detection",
    "turn_detection": "turn detection",
    "noise_cancellation": "noise cancellation",
    "avatar": "avatar",
}
"""The roles that a plugin can play, by the names of their keys, in words."""


def is_installed(plugin: str) -> bool:
    """Tell whether a plugin is installed, by the name of its module: "turn_detector"."""
    return bool(plugin.isidentifier()) and module(f"{PACKAGE}.{plugin}") is not None


def offered(plugin: str, role: str) -> Iterator[str]:
    """Yield the names of the classes and functions that a plugin has for a role."""
    found = module(f"{PACKAGE}.{plugin}")
    if found is not None:
        yield from (name for name, _ in classes(found, plugin, role))


def everything(plugin: str) -> Iterator[tuple[str, str]]:
    """Yield each role and name of what a plugin has, with the constructors of its classes."""
    found = module(f"{PACKAGE}.{plugin}")
    for role in ROLES:
        for name, each in classes(found, plugin, role) if found else ():
            yield role, name
            yield from ((role, f"{name}.{inner}") for inner in static_constructors(each))


@cache
def classes(inside: Module, name: str, role: str) -> tuple[tuple[str, Definition], ...]:
    """Return what a package has for a role: each by its shortest name, which begins with `name`."""
    found: dict[str, tuple[str, Definition]] = {}
    for whole, each in sorted(_walk(inside, name, 0), key=lambda pair: pair[0].count(".")):
        if role in roles(each):
            found.setdefault(each.reference, (whole, each))
    return tuple(found.values())


def _walk(inside: Module, name: str, depth: int) -> Iterator[tuple[str, Definition]]:
    for word in public_names(inside):
        found = definition(inside.name, word)
        if isinstance(found, Definition):
            yield f"{name}.{word}", found
        elif (
            isinstance(found, Module)
            and found.name.startswith(f"{inside.name}.")
            and depth < _MOST_DEPTH
        ):
            yield from _walk(found, f"{name}.{word}", depth + 1)


@cache
def roles(found: Definition) -> tuple[str, ...]:
    """Return the roles that a class, or what a function returns, can play; usually one or none."""
    if isinstance(found.node, ast.expr) or found.name.startswith("_"):
        return ()
    above = {
        (each.module.name, each.name)
        for made in _results(found)
        for each in bases(made)
        if isinstance(each, Definition)
    }
    return tuple(role for role in ROLES if _plays(found, above, role))


def _plays(found: Definition, above: set[tuple[str, str]], role: str) -> bool:
    if isinstance(found.node, FUNCTIONS) and role != "noise_cancellation":
        return False
    if role == "avatar" and found.name == "AvatarSession":
        return True  # Some have no class above them.
    if role in _METHODS:
        return bool(method(found, _METHODS[role])[1])
    return any(
        name == wanted and package.startswith(prefix)
        for prefix, wanted in _BASES[role]
        for package, name in above
    )


def _results(found: Definition) -> Iterator[Definition]:
    """Yield a class itself, or the classes of what a function returns."""
    if isinstance(found.node, ast.ClassDef):
        yield found
    elif isinstance(found.node, FUNCTIONS):
        written = [found.node.returns] if found.node.returns else []
        for each in ast.walk(found.node):
            if isinstance(each, ast.Return) and isinstance(each.value, ast.Call):
                written.append(each.value.func)
        for each in written:
            result = resolve(found.module, each)
            if isinstance(result, Definition):
                yield result


def static_constructors(found: Definition) -> Iterator[str]:
    """Yield the static and class methods of a class that return an instance of it."""
    for each in found.body:
        if (
            isinstance(each, FUNCTIONS)
            and is_static(each)
            and not each.name.startswith("_")
            and each.returns
            and _is_instance(found, each.returns)
        ):
            yield each.name


def _is_instance(found: Definition, returned: ast.expr) -> bool:
    """Tell whether a type is that of a class, or of one that it inherits from."""
    if isinstance(returned, ast.Constant):  # a name in quotes
        returned = ast.Name(str(returned.value))
    meant = resolve(found.module, returned)
    is_self = isinstance(returned, ast.Name) and returned.id == "Self"
    return is_self or (isinstance(meant, Definition) and meant in bases(found))


def is_static(function: Function) -> bool:
    """Tell whether a method is called on the class, not on an instance."""
    written = {ast.unparse(each) for each in function.decorator_list}
    return not written.isdisjoint({"staticmethod", "classmethod"})
