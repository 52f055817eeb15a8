"""LiveKit's clients for the models that a profile names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, reduce
from operator import or_
from types import NoneType
from typing import Any, TypeAlias, get_args, get_type_hints
from weakref import WeakKeyDictionary

from livekit.agents import AgentSession, APIConnectOptions, inference, llm, stt, tts, vad
from livekit.agents.types import NotGiven
from pydantic import TypeAdapter

from ..format.models import SUFFIXES, Model, Models, is_realtime_model
from . import offline, plugins
from .failover import log_failover
from .livekit_internals import keyterm_model
from .secrets import Fill, rendered

Llm: TypeAlias = "llm.LLM[Any] | llm.RealtimeModel | llm.DuplexModel"

# What each adapter tries, which LiveKit keeps to itself.
_tried: WeakKeyDictionary[Any, list[Any]] = WeakKeyDictionary()
# What sessions were given in the middle of their calls.
_kept: WeakKeyDictionary[AgentSession[Any], list[Any]] = WeakKeyDictionary()

# What an entry of LiveKit Inference's own fallback has; an entry with more needs LiveKit's adapter.
_IN_FALLBACK = {"voice", "extra_kwargs"}


def hearing(models: Models, listener: vad.VAD | None = None, fill: Fill = rendered) -> stt.STT[Any]:
    """Return the client for the models of `stt`; `listener` cuts sound for those that need it.

    `fill` puts values into their options, here and below: secrets, and by a call's own values.
    Raises ValueError where the credentials for LiveKit Inference are missing.
    """
    if others := _inferences_own("stt", models, fill):
        return inference.STT(**_options(models.first, "stt", fill), fallback=others)
    tried: stt.STT[Any] = _in_order(models, "stt", partial(stt.FallbackAdapter, vad=listener), fill)
    return tried


def speaking(models: Models, fill: Fill = rendered) -> tts.TTS[Any]:
    """Return the client for the models of `tts`.

    Raises ValueError where the credentials for LiveKit Inference are missing.
    """
    if others := _inferences_own("tts", models, fill):
        return inference.TTS(**_options(models.first, "tts", fill), fallback=others)
    tried: tts.TTS[Any] = _in_order(models, "tts", tts.FallbackAdapter, fill)
    return tried


def thinking(models: Models, fill: Fill = rendered) -> Llm:
    """Return the client for the models of `llm`, which may be realtime models.

    Raises ValueError where the credentials for LiveKit Inference are missing.
    """
    tried: Llm = _in_order(models, "llm", _llm_adapter, fill)
    return tried


def _llm_adapter(made: list[Any], **options: Any) -> Llm:
    if isinstance(made[0], llm.RealtimeModel):
        return llm.RealtimeModelFallbackAdapter(made, **options)
    return llm.FallbackAdapter(made, **options)


def keep(session: AgentSession[Any], *clients: Any) -> None:
    """Have `close` close clients that a session was not made with."""
    _kept.setdefault(session, []).extend(clients)


async def close(session: AgentSession[Any]) -> None:
    """Close the clients of a session that has ended, and their connections.

    LiveKit leaves them to the end of the process, and an adapter leaves those that it tries.
    """
    own = (session.stt, session.llm, session.tts, keyterm_model(session), *_kept.get(session, ()))
    for model in filter(None, own):
        for client in (*_tried.get(model, ()), model):
            await client.aclose()


def _in_order(models: Models, role: str, adapt: Callable[..., Any], fill: Fill) -> Any:
    """Return the one client that there is, or what tries several, or one with options for that."""
    made = [_made(each, role, fill) for each in models.fallback]
    if len(made) == 1 and not models.options:
        return made[0]
    adapter = adapt(made, **models.options)
    log_failover(adapter, role, made, models)
    _tried[adapter] = made
    return adapter


def _inferences_own(role: str, models: Models, fill: Fill) -> list[Any]:
    """Return what LiveKit Inference itself falls back on; [] where that cannot be.

    It takes a model, its voice and its extra_kwargs, speaks the language of the first, and has no
    options of its own.
    """
    first, *others = models.fallback
    if models.options or any(each.plugin for each in models.fallback):
        return []
    language = _options(first, role, fill).get("language")
    listed = []
    for each in others:
        options = _options(each, role, fill)
        if role == "stt" and options.pop("language", None) != language:
            return []
        if not options.keys() <= {"model", *_IN_FALLBACK}:
            return []
        listed.append({"voice": "", **options} if role == "tts" else options)
    return listed


def _made(model: Model, role: str, fill: Fill) -> Any:
    if model.plugin and not offline.is_offline():
        return plugins.construct_written(model.written, role, fill)
    options = _options(model, role, fill)
    match role:
        case "stt":
            return inference.STT(**options)
        case "tts":
            return inference.TTS(**options)
    if inference.is_duplex_model(options["model"]):
        return inference.DuplexModel(**options)
    if is_realtime_model(model):
        return inference.RealtimeModel(**_parsed(options))
    return inference.LLM(**options)


def _options(model: Model, role: str, fill: Fill) -> dict[str, Any]:
    """Return what a class of LiveKit Inference is made with."""
    if offline.is_offline():
        model = offline.played(model, role)
    # As its `from_model_string` reads a name.
    name, colon, suffix = str(model.model).rpartition(":")
    options: dict[str, Any] = {"model": name if colon else suffix, **model.options}
    if colon:
        options[SUFFIXES[role]] = suffix
    options = fill(options)  # only now, as a value may have a colon
    if "conn_options" in options:
        options["conn_options"] = APIConnectOptions(**options["conn_options"])
    return options


def _parsed(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a realtime model with OpenAI's own types in place of mappings."""
    kinds = get_type_hints(inference.RealtimeModel.__init__)
    return {
        key: _typed(kinds[key], value) if isinstance(value, dict) else value
        for key, value in options.items()
    }


def _typed(kind: Any, value: dict[str, Any]) -> Any:
    # NotGiven is among the types, which pydantic does not know.
    members = [each for each in get_args(kind) if each not in (NotGiven, NoneType)]
    wanted: Any = reduce(or_, members)
    return TypeAdapter(wanted).validate_python(value)
