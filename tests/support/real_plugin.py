"""Prints, as JSON, what installed plugins of LiveKit's really have, by importing them.

A process of its own does so, as a plugin that was imported stays registered with LiveKit.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from livekit import agents, rtc

from voice_agent.runtime.plugins import construct

BASES = {
    "stt": agents.stt.STT,
    "llm": (agents.llm.LLM, agents.llm.RealtimeModel, agents.llm.DuplexModel),
    "tts": agents.tts.TTS,
    "vad": agents.vad.VAD,
    "noise_cancellation": rtc.FrameProcessor,
    "avatar": agents.voice.avatar.AvatarSession,
}


def role(found: Any) -> str | None:
    """Return what a class is for in a profile; None for any other object."""
    if not inspect.isclass(found) or found.__name__.startswith("_"):
        return None
    if hasattr(found, "predict_end_of_turn") and not inspect.isabstract(found):
        return "turn_detection"
    return next((name for name, base in BASES.items() if issubclass(found, base)), None)


def public(module: ModuleType, package: str) -> Iterator[Any]:
    """Yield the public objects of a package and of the public packages and modules in it."""
    names = getattr(module, "__all__", [each for each in vars(module) if each[0] != "_"])
    for name in names:
        try:
            found = getattr(module, name)
        except ImportError:
            continue  # It needs an extra of the package.
        except AttributeError:
            if name not in [each.name for each in iter_modules(module.__path__)]:
                continue  # Its `__all__` names what is not there.
            found = import_module(f"{module.__name__}.{name}")
        if inspect.ismodule(found) and found.__name__.startswith(f"{package}."):
            if found is not module:
                yield from public(found, package)
        elif getattr(found, "__module__", "").startswith(package):
            yield found


def parameters(found: Any) -> dict[str, Any]:
    """Return the parameters of what makes an instance, with their defaults where they are data."""
    shown = {}
    for each in inspect.signature(found).parameters.values():
        if not each.name.startswith("_") and each.kind is not each.VAR_KEYWORD:
            data = isinstance(each.default, (str, int, float)) and type(each.default) in (
                str,
                int,
                float,
                bool,
            )
            shown[each.name] = {
                "required": each.default is each.empty,
                "default": each.default if data else None,
            }
    return shown


def follow(name: str) -> Any:
    """Return what a name in a profile stands for; None where it needs an extra."""
    plugin, *path = name.split(".")
    found: Any = import_module(f"livekit.plugins.{plugin}")
    for word in path:
        try:
            found = getattr(found, word)
        except AttributeError:
            found = import_module(f"{found.__name__}.{word}")
        except ImportError:
            return None
    return found


async def main(plugins: dict[str, list[str]], wanted: list[tuple[str, str, Any]]) -> None:
    """Print the classes of plugins, the parameters behind names, and what instances are of."""
    warnings.simplefilter("ignore")
    shown: dict[str, Any] = {"made": []}
    for plugin, names in plugins.items():
        module = import_module(f"livekit.plugins.{plugin}")
        classes = {
            f"{each.__module__}:{each.__qualname__}": role(each)
            for each in public(module, module.__name__)
            if role(each)
        }
        behind = {name: follow(name) for name in names}
        known = {name: parameters(each) for name, each in behind.items() if each}
        shown[plugin] = {"classes": classes, "parameters": known}
    for name, role_of_it, options in wanted:
        made = construct(name, role_of_it, options)
        is_filter = isinstance(made, rtc.NoiseCancellationOptions)
        fits = is_filter or role(type(made)) == role_of_it
        shown["made"].append([name, role_of_it, fits])
    print(json.dumps(shown))


if __name__ == "__main__":
    asyncio.run(main(*json.load(sys.stdin)))
