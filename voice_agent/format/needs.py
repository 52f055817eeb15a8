"""What a profile needs from the environment, by the names of the variables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from .models import Models
from .plugins.problems import Use, uses
from .plugins.variables import variables as plugin_variables
from .profile import Profile
from .secret_errors import PREFIX
from .templates import names
from .tools import UNSET, McpServer, Tool

INFERENCE = ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
"""What LiveKit Inference takes where a profile has no key for it."""

TRUNK = "LIVEKIT_SIP_OUTBOUND_TRUNK"
"""What LiveKit takes where a warm transfer has no `sip_trunk_id`."""

# Options of plugins by which a provider lets in who has no key.
_INSTEAD = {"vertexai", "azure_ad_token"}


def secrets(part: Profile | Tool | McpServer) -> list[str]:
    """Return what a profile or a tool of it names as secrets, in the order of their names."""
    found = (name for text in _texts(part) for name in names(text))
    return sorted({each.removeprefix(PREFIX) for each in found if each.startswith(PREFIX)})


def uses_inference(profile: Profile) -> bool:
    """Tell whether a model of a profile is on LiveKit Inference, with the keys of a project."""
    return any(
        model.plugin is None and not has_its_keys(model.options)
        for each in _models(profile)
        for model in each.fallback
    )


def _models(profile: Profile) -> Iterator[Models]:
    """Yield the models of a profile, and those of its agents."""
    own = (profile.stt, profile.llm, profile.tts)
    of_agents = ((each.stt, each.llm, each.tts) for each in profile.agents.values())
    yield from (each for several in (own, *of_agents) for each in several if each)


def has_its_keys(options: Mapping[str, Any]) -> bool:
    """Tell whether a model needs no keys for LiveKit Inference: it is a plugin's, or names some."""
    return "plugin" in options or {"api_key", "api_secret"} <= options.keys()


def trunk(profile: Profile) -> list[str]:
    """Return the variable that names LiveKit a SIP trunk for warm transfers, if one needs it."""
    transfer = profile.tools.transfer_call
    destinations = transfer.destinations.values() if transfer else ()
    warm = (each.warm for each in destinations if each.mode == "warm")
    return [TRUNK] if any("sip_trunk_id" not in each for each in warm) else []


def missing_keys(profile: Profile, environment: Mapping[str, str]) -> list[str]:
    """Return which keys for LiveKit Inference a profile needs that are not in the environment."""
    if not uses_inference(profile):
        return []
    others = {each: each.replace("LIVEKIT_", "LIVEKIT_INFERENCE_") for each in INFERENCE}
    return [
        key for key, other in others.items() if not (environment.get(key) or environment.get(other))
    ]


def variables(profile: Profile) -> list[str]:
    """Return all variables that a profile needs, in the order of their names."""
    of_plugins = (each for use in uses(profile) for each in read_by(use))
    keys = INFERENCE if uses_inference(profile) else ()
    return sorted({*secrets(profile), *keys, *of_plugins, *trunk(profile), *_origins(profile)})


def _origins(profile: Profile) -> Iterator[str]:
    """Yield the variables that values of a call come from, and that have no default."""
    for each in profile.variables.values():
        where, _, own = (each.origin or "").partition(".")
        if where == "env" and each.default is UNSET:
            yield own


def read_by(use: Use) -> list[str]:
    """Return the variables that a plugin needs for what the profile leaves out."""
    if _INSTEAD & use.options.keys():
        return []
    found = plugin_variables(use.name, use.role, use.options)
    return [each.name for each in found if each.is_needed]


def _texts(value: Any) -> Iterator[Any]:
    """Yield what a profile has that may be a text, or have some in it."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
