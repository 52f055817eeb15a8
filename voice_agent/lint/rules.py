"""The warnings: settings that are valid, but probably not meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ..format import models
from ..format.declared_tools import get
from ..format.diagnostics import Diagnostic, quote
from ..format.language import is_language, normalized
from ..format.model_errors import provider_problems
from ..format.scenario import sound_file
from ..format.schema import part_at
from ..format.typos import closest_model
from ..format.variable_uses import declared
from ..format.yaml_source import Source, Span
from . import model_names, settings
from .agents.descriptions import description_warnings
from .agents.speech import speech_warnings
from .agents.texts import agent_texts
from .agents.ways import way_warnings
from .data import Data
from .interruptions import interruption_warnings
from .mcp import mcp_warnings
from .missing_tools import missing_tools
from .openings import opening_warnings
from .placeholders import placeholders
from .plugins import plugin_warnings
from .promise_rules import promise_warnings
from .room_rules import room_warnings
from .secrets import written_secrets
from .suppressions import suppress
from .tool_rules import tool_rules
from .tool_texts import tool_texts
from .twins import twins
from .variables import knowledge_warnings, variable_warnings

Where = Sequence[str]

_INSTRUCTIONS = (["instructions"], *(["instructions", key] for key in ("common", "audio", "text")))
_OPENINGS = (["on_enter"], *(["on_enter", key] for key in ("user_input", "instructions", "say")))
_SPEECH = {"llm": "language", "stt": "speech-to-text", "tts": "text-to-speech"}


def warnings(source: Source) -> list[Diagnostic]:
    """Return the warnings on a profile, valid or not, without those that comments turn off."""
    if not isinstance(source.data, dict):
        return []
    profile = Data(source)
    checks = (
        _models,
        _provider_options,
        _voice,
        _realtime,
        _settings,
        opening_warnings,
        interruption_warnings,
        _placeholders,
        _audio,
        _room,
    )
    found = [problem for check in checks for problem in check(profile)]
    found += [*variable_warnings(source), *knowledge_warnings(source)]
    found += promise_warnings(source)
    found += tool_rules(source, realtime=profile.realtime)
    found += [*tool_texts(source), *twins(source), *missing_tools(source)]
    found += [*way_warnings(source), *description_warnings(source), *speech_warnings(source)]
    found += [*plugin_warnings(source), *mcp_warnings(source), *written_secrets(source)]
    return suppress(source, found)


class _NameProblem(NamedTuple):
    """What is wrong with a model's name; the suggestion is a name without voice or language."""

    kind: str
    message: str
    hint: str | None = None
    suggestion: str | None = None


def _models(profile: Data) -> Iterator[Diagnostic]:
    for role in models.ROLES:
        for where, written in models.inference_names(profile.source.data, role):
            name, colon, suffix = written.partition(":")
            if re.fullmatch(r"[^\s/]+/[^\s]+", name) and (problem := _name_problem(role, name)):
                hint = problem.hint
                if problem.suggestion:
                    hint = f"did you mean {quote(problem.suggestion + colon + suffix)}?"
                yield profile.warn(where, problem.kind, problem.message, hint)


@lru_cache(maxsize=1_000)
def _name_problem(role: str, name: str) -> _NameProblem | None:
    """Return what is wrong with the name of a model under the key `role`; None if nothing is."""
    if name in model_names.listed(role):
        return None
    names = {
        each: dict.fromkeys((*model_names.listed(each), *model_names.installed(each)))
        for each in models.ROLES
    }
    if name in names[role]:
        return None
    for other in models.ROLES:
        if name in names[other]:
            message = f"{quote(name)} is a {_SPEECH[other]} model, and {quote(role)} needs another"
            hint = f"for example, {model_names.listed(role)[0]}"
            return _NameProblem("unknown-model", message, hint)
    provider, _, model = name.partition("/")
    if provider in {each.partition("/")[0] for every in names.values() for each in every}:
        message = f"the installed LiveKit knows no model {quote(name)}"
        close = closest_model(name, names[role])
        return _NameProblem("unknown-model", message, suggestion=close) if close else None
    message = f"the installed LiveKit knows no provider {quote(provider)}"
    by_provider: dict[str, list[str]] = {}
    for each in names[role]:
        by_provider.setdefault(each.partition("/")[0], []).append(each)
    hint = f"it knows {', '.join(sorted(by_provider))}"
    suggestion = _with_another_provider(provider, model, by_provider)
    return _NameProblem("unknown-provider", message, hint, suggestion)


def _with_another_provider(
    provider: str, model: str, by_provider: dict[str, list[str]]
) -> str | None:
    """Return a name with the provider that a misspelt one stands for, or whose model it is."""
    if close := closest_model(provider, by_provider):
        wanted = f"{close}/{model}"
        return closest_model(wanted, by_provider[close]) or wanted
    listed = (each for names in by_provider.values() for each in names)
    return next((each for each in listed if each.partition("/")[2] == model), None)


def _provider_options(profile: Data) -> Iterator[Diagnostic]:
    for problem in provider_problems(profile.source):
        if problem.kind == "unknown-key":
            message = problem.message.replace("unknown key", "LiveKit lists no such option:")
            hint = (problem.hint or "").replace("expected", "it lists")
            found = replace(problem, kind="unknown-option", message=message, hint=hint)
            yield replace(found, severity="warning")


def _voice(profile: Data) -> Iterator[Diagnostic]:
    # inference.TTS takes what follows the last colon for a voice (_parse_model_string).
    for where, written in models.inference_names(profile.source.data, "tts"):
        _, colon, voice = written.rpartition(":")
        if not (colon and is_language(voice)):
            continue
        node = profile.source.value(where)
        *_, place = [node, *profile.source.find(f"(?<=:){re.escape(voice)}", node)]
        message = f"LiveKit takes {quote(voice)} for the name of a voice, and not for a language"
        example = next(each for each in part_at(["tts"])["examples"] if ":" in each)
        hint = f"write the voice's id or name, as in {example}; the language that callers speak "
        hint += f"goes to stt, as in deepgram/nova-3:{normalized(voice)}"
        yield profile.source.at(place, "language-as-voice", message, hint, severity="warning")


def _realtime(profile: Data) -> Iterator[Diagnostic]:
    # What AgentActivity of livekit/agents/voice/agent_activity.py does beside a realtime model
    # with turn detection of its own; see also livekit/agents #6635.
    if not profile.realtime:
        return
    another = "or use an llm that is not realtime"
    if profile.get("on_enter", "allow_interruptions") is False:
        where = ["on_enter", "allow_interruptions"]
        message = f"{_llm(profile, where)} decides by itself when callers may cut in, so they may "
        message += "on this opening"
        yield profile.warn(where, "realtime", message, f"leave it out, {another}", "llm")
    early, is_early = profile.setting("preemptive_generation")
    if isinstance(is_early, bool):
        message = f"{_llm(profile, early)} answers by itself, so LiveKit never starts on an answer "
        message += "early"
        yield profile.warn(early, "realtime", message, "leave it out", "llm")
    options = models.first(profile.source.data, "llm")
    options = options if isinstance(options, dict) else {}
    transcribes = options.get("input_audio_transcription", True) is not None
    holders = models.holders(profile.source.data) if transcribes else ()
    for ears in ([*map(str, above), "stt"] for above, held in holders if get(held, "stt")):
        message = f"{_llm(profile, ears)} hears by itself: what this model hears is paid for and "
        message += "thrown away"
        yield profile.warn(ears, "realtime", message, "leave it out", "llm")
    speaks = options.get("modalities") != ["text"]
    # Agents may have more to say word for word: at their handoffs, and on keys of their menus.
    says = profile.text("on_enter", "say") or profile.get("agents")
    if profile.get("tts") and speaks and not says:
        llm = _llm(profile, ["tts"])
        message = f"{llm} speaks by itself: this voice would only be heard in an on_enter.say"
        yield profile.warn(["tts"], "realtime", message, "leave it out", "llm")


def _settings(profile: Data) -> Iterator[Diagnostic]:
    found = settings.troubles(profile.source.data, realtime=profile.realtime)
    for each in {tuple(each.where): each for each in found}.values():
        yield profile.warn(each.where, each.kind, each.message, each.hint, *each.because)


def _llm(profile: Data, beside: Where) -> str:
    return f"the realtime llm on {profile.line('llm', beside)}"


def _placeholders(profile: Data) -> Iterator[Diagnostic]:
    texts: list[tuple[Sequence[str | int], str | None, bool]] = [
        (where, profile.text(*where), where[-1] == "say") for where in (*_INSTRUCTIONS, *_OPENINGS)
    ]
    texts += [
        (each.where, each.text, each.use == "say") for each in agent_texts(profile.source.data)
    ]
    for where, text, aloud in texts:
        places: dict[str, Iterator[Span]] = {}
        for token in placeholders(text or ""):
            heard = "callers hear" if aloud else "the llm reads"
            message = f"nothing fills in {quote(token)}, and {heard} it as it stands"
            hint = _instead(token, declared(profile.source.data))
            node = profile.source.value(where)
            found = places.setdefault(token, profile.source.find(re.escape(token), node))
            place = next(found, node)
            yield profile.source.at(place, "placeholder", message, hint, severity="warning")


def _instead(token: str, variables: Iterable[str]) -> str:
    """Return what to write for a placeholder of another product."""
    found = re.search(r"[A-Za-z_]\w*", token)
    if found is None or token.startswith("{%"):
        return "there are no conditions and no loops: say in words what holds when"
    hint = f"write {{{{ {found[0].lower()} }}}}"
    declares = found[0].lower() in variables
    return hint if declares else f'{hint}, and declare that name under "variables"'


def _audio(profile: Data) -> Iterator[Diagnostic]:
    folder = Path(profile.source.path).parent
    for call, scenario in enumerate(_entries(profile.get("rehearsal"))):
        turns = scenario.get("turns") if isinstance(scenario, dict) else None
        for number, turn in enumerate(_entries(turns)):
            name = turn.get("audio") if isinstance(turn, dict) else None
            if isinstance(name, str) and name.strip() and sound_file(folder, name) is None:
                node = profile.source.value(["rehearsal", call, "turns", number, "audio"])
                written = quote(str(node.value))
                message = f"there is no sound file {written} beside this file or below it"
                hint = "rehearse cannot play the call without it"
                yield profile.source.at(node, "missing-audio", message, hint, severity="warning")


def _room(profile: Data) -> Iterator[Diagnostic]:
    yield from room_warnings(profile.source, realtime=profile.realtime)


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
