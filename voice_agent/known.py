"""The model names that the installed LiveKit knows, read from its source without importing it."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from .conforms import schema

ROLES = ("stt", "llm", "tts")

# A type alias such as `XAIModels = Literal["xai/grok-4.3"]`, and the retired realtime models.
_LITERAL = re.compile(r"^\w+(?:: \w+)? = Literal(\[[^\]]*\])", re.MULTILINE)
_RETIRED = re.compile(r"^DEPRECATED_REALTIME_MODELS[^=]*= (\{[^}]*\})", re.MULTILINE)


@cache
def listed(role: str) -> tuple[str, ...]:
    """The names that the schema lists for a key, without voice or language."""
    return tuple(dict.fromkeys(map(bare, schema()["properties"][role]["examples"])))


@cache
def installed(role: str) -> tuple[str, ...]:
    """The names that the installed LiveKit lists for a key; none where it cannot be read."""
    names = _names(_source(role))
    return (*names, *realtime()) if role == "llm" else names


@cache
def realtime() -> tuple[str, ...]:
    """The models that hear and speak by themselves, as the installed LiveKit lists them."""
    return tuple(dict.fromkeys((*_names(_source("_realtime_models")), *retired())))


@cache
def retired() -> tuple[str, ...]:
    """The realtime models that LiveKit still takes, and advises against."""
    found = _RETIRED.findall(_source("_realtime_models"))
    return tuple(name for each in found for name in ast.literal_eval(each))


def is_realtime(model: object) -> bool:
    """Tell whether a model of a profile is a realtime model, as the schema has it."""
    return model in schema()["$defs"]["realtime"]["enum"]


def bare(name: str) -> str:
    """A model's name without its voice or language."""
    return name.partition(":")[0]


def _names(source: str) -> tuple[str, ...]:
    """The provider/model names in the type aliases of a module."""
    found = [each for literal in _LITERAL.findall(source) for each in ast.literal_eval(literal)]
    # LiveKit also takes "deepgram" and "auto", which leave the choice of a model to the gateway.
    return tuple(dict.fromkeys(each for each in found if isinstance(each, str) and "/" in each))


def _source(module: str) -> str:
    # livekit is a namespace package, and finding livekit.agents in it would import that.
    spec = find_spec("livekit")
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder, "agents", "inference", f"{module}.py")
        if path.is_file():
            return path.read_text("utf-8")
    return ""
