"""Facts read from the source of the installed LiveKit, as importing it takes two seconds."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

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


@cache
def source(module: str) -> str:
    """Return the text of a module of `livekit.agents`, such as "voice/turn"; "" if not found."""
    # livekit is a namespace package, and finding livekit.agents in it would import that.
    spec = find_spec("livekit")
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder, "agents", f"{module}.py")
        if path.is_file():
            return path.read_text("utf-8")
    return ""
