"""What takes the place of a profile's models offline, where the stand-in plays all of them.

A plugin is then neither imported nor installed, and no secret is needed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..format.models import ROLES, Model, is_duplex, is_realtime_model
from ..format.plugins.problems import uses
from ..format.profile import Profile
from ..format.template_errors import is_secret
from ..format.templates import names

VARIABLE = "AGENT_OFFLINE"
"""The variable that the stand-in sets, beside the addresses of LiveKit Inference."""

# They say where a model of LiveKit Inference is, and who pays for it.
_ONLINE = {"base_url", "api_key", "api_secret", "provider", "inference_class"}
_DUPLEX_AS = "openai/gpt-realtime"
_OF_DUPLEX = {"voice", "max_session_duration"}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# What classes of plugins have in common with those of LiveKit Inference.
_SHARED: Mapping[str, Mapping[str, Callable[[object], bool]]] = {
    "stt": {"language": _is_text, "sample_rate": _is_number},
    "llm": {},
    "tts": {"language": _is_text, "voice": _is_text, "sample_rate": _is_number},
    "realtime": {"voice": _is_text},
}
# Plugins whose realtime models take the options of OpenAI's, as LiveKit Inference does.
_LIKE_OPENAI = ("openai", "azure", "xai")
_OF_OPENAI = ("turn_detection", "input_audio_transcription", "input_audio_noise_reduction", "speed")


def is_offline() -> bool:
    """Tell whether the stand-in plays the models of this process."""
    return os.environ.get(VARIABLE) == "1"


def played(model: Model, role: str) -> Model:
    """Return the model of LiveKit Inference by which the stand-in plays a model.

    Its name keeps the provider, and it has those options that LiveKit Inference has too.
    """
    if model.plugin is None:
        options = kept(model.options)
        if is_duplex(model):
            of_duplex = {key: options[key] for key in options if key in _OF_DUPLEX}
            return Model(_DUPLEX_AS, None, of_duplex)
        return replace(model, options=options)
    provider = model.plugin.partition(".")[0]
    # A colon would begin a language or a voice.
    name = (model.model or "default").replace(":", "-")
    kind = "realtime" if is_realtime_model(model) else role
    return Model(f"{provider}/{name}", None, _without_secrets(_shared(model, provider, kind)))


def kept(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those options of LiveKit Inference that are good for the stand-in as well."""
    plain = _without_secrets(options)
    return {key: plain[key] for key in plain if key not in _ONLINE}


def _shared(model: Model, provider: str, kind: str) -> dict[str, Any]:
    fits = _SHARED[kind]
    options = {
        key: value for key, value in model.options.items() if key in fits and fits[key](value)
    }
    if kind == "realtime":
        if provider in _LIKE_OPENAI:
            options |= {key: model.options[key] for key in _OF_OPENAI if key in model.options}
        if "modalities" in model.options:
            only_text = [str(each).lower() for each in model.options["modalities"]] == ["text"]
            options["modalities"] = ["text"] if only_text else ["text", "audio"]
    return options


def _without_secrets(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in options.items() if not any(map(is_secret, names(each)))}


def announcements(profile: Profile) -> list[str]:
    """Return sentences on what is the stand-in's in a call that runs offline."""
    roles = {"stt": profile.stt, "llm": profile.llm, "tts": profile.tts}
    played_ones = [f"{role} ({models})" for role, models in roles.items() if models]
    sentences = [f"The offline stand-in plays {_listed(played_ones)}."]
    if any(map(is_duplex, profile.llm.fallback)):
        sentences.append("It takes turns, where the llm itself talks and listens at once.")
    if os.environ.get("OFFLINE_LLM_URL"):
        sentences.append("The server that OFFLINE_LLM_URL names thinks for it.")
    if behind := _played_tools(profile):
        sentences.append(f"It answers for what is behind the tools: {', '.join(behind)}.")
    if profile.avatar and not profile.avatar.plugin:
        sentences.append("It has no face, so the avatar is left out.")
    if left_out := list(_plugins_in(profile)):
        sentences.append(f"Left out, as they are plugins: {', '.join(left_out)}.")
    return [" ".join(sentences)]


def _played_tools(profile: Profile) -> list[str]:
    """Return the tools that ask somebody else, by name, and the MCP servers."""
    declared = profile.tools.declared.items()
    names = [name for name, tool in declared if tool.http or tool.rpc]
    if profile.tools.transfer_call:
        names.append("transfer_call")
    return [*names, *(f"those of the MCP server {name}" for name in profile.mcp_servers)]


def _plugins_in(profile: Profile) -> Iterator[str]:
    """Return the keys beside those of models where a profile names a plugin."""
    return (".".join(map(str, use.where)) for use in uses(profile) if use.role not in ROLES)


def _listed(names: list[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
