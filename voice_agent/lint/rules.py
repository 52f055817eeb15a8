"""The warnings: settings that are valid, but probably not meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from yaml.nodes import Node

from ..format import models
from ..format.diagnostics import Diagnostic, quote
from ..format.language import is_language, normalized
from ..format.model_errors import provider_problems
from ..format.scenario import sound_file
from ..format.schema import is_realtime, part_at
from ..format.short_forms import written_at
from ..format.typos import closest_model
from ..format.variable_uses import declared
from ..format.yaml_source import Source, Span
from . import interruption_phrases, model_names, settings
from .kept import kept
from .placeholders import placeholders
from .plugins import plugin_warnings
from .promises import promises
from .room_rules import room_warnings
from .secrets import written_secrets
from .suppressions import suppress
from .tool_rules import tool_rules
from .tool_texts import spoken, tool_texts
from .variables import knowledge_warnings, variable_warnings

Where = Sequence[str]

_INSTRUCTIONS = (["instructions"], *(["instructions", key] for key in ("common", "audio", "text")))
_OPENINGS = (["on_enter"], *(["on_enter", key] for key in ("user_input", "instructions", "say")))
_TEXTS = (*_INSTRUCTIONS, *_OPENINGS)
_DECLARE = "declare a tool that does it"
# What the agent is to do, and what to write, for each kind of promise.
_UNKEPT = {
    "transfer": ("transfer calls", 'add transfer_call to "tools"'),
    "hang-up": ("hang up", 'add end_call to "tools"'),
    "look-up": ("look something up", f"{_DECLARE}, or write here what it has to know"),
    "send": ("send something", f"{_DECLARE}, or have it take a message"),
    "book": ("book or change something", f"{_DECLARE}, or have it take a message"),
    "keys": ("press keys", 'add send_dtmf_events to "tools"'),
    "memory": ("remember other calls", "bring what it is to know of them as a variable"),
}
_SPEECH = {"llm": "language", "stt": "speech-to-text", "tts": "text-to-speech"}


def warnings(source: Source) -> list[Diagnostic]:
    """Return the warnings on a profile, valid or not, without those that comments turn off."""
    if not isinstance(source.data, dict):
        return []
    profile = _Profile(source)
    checks = (
        _models,
        _provider_options,
        _voice,
        _realtime,
        _settings,
        _opening,
        _interruption,
        _placeholders,
        _promises,
        _audio,
        _room,
    )
    found = [problem for check in checks for problem in check(profile)]
    found += [*variable_warnings(source), *knowledge_warnings(source)]
    found += tool_rules(source, realtime=profile.realtime)
    found += tool_texts(source)
    return suppress(source, [*found, *plugin_warnings(source), *written_secrets(source)])


class _Profile:
    """A profile's data, which may be invalid, with the places of its values."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.realtime = is_realtime(self.get("llm"))

    def get(self, *where: str | int) -> Any:
        """Return the value at a path; None where there is none."""
        value: Any = self.source.data
        for key in where:
            if isinstance(value, list) and isinstance(key, int):
                value = value[key] if key < len(value) else None
            else:
                value = value.get(key) if isinstance(value, dict) else None
        return value

    def setting(self, key: str) -> tuple[list[str], Any]:
        """Return where a setting of two forms is written, and its value; None if it is not."""
        where = written_at(self.source.data, key)
        return where, self.get(*where)

    def text(self, *where: str | int) -> str | None:
        """Return the text at a path; None where there is none, or the value is no text."""
        value = self.get(*where)
        return value if isinstance(value, str) else None

    def warn(
        self, where: Sequence[str | int], kind: str, message: str, hint: str | None, *other: str
    ) -> Diagnostic:
        """Return a warning on the value at a path; `other` is the path of what contradicts it."""
        second = self.source.key(other) if other and self.get(*other) is not None else None
        node = self.source.value(where)
        return self.source.at(node, kind, message, hint, severity="warning", other=second)

    def line(self, key: str, beside: Where) -> str:
        """Return the line of a key, as "line 3", in a message on the value at a path."""
        return self.source.line_in_words(self.source.key([key]), self.source.value(beside))


class _NameProblem(NamedTuple):
    """What is wrong with a model's name; the suggestion is a name without voice or language."""

    kind: str
    message: str
    hint: str | None = None
    suggestion: str | None = None


def _models(profile: _Profile) -> Iterator[Diagnostic]:
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


def _provider_options(profile: _Profile) -> Iterator[Diagnostic]:
    for problem in provider_problems(profile.source):
        if problem.kind == "unknown-key":
            message = problem.message.replace("unknown key", "LiveKit lists no such option:")
            hint = (problem.hint or "").replace("expected", "it lists")
            found = replace(problem, kind="unknown-option", message=message, hint=hint)
            yield replace(found, severity="warning")


def _voice(profile: _Profile) -> Iterator[Diagnostic]:
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


def _realtime(profile: _Profile) -> Iterator[Diagnostic]:
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
    if profile.get("stt") and transcribes:
        llm = _llm(profile, ["stt"])
        message = f"{llm} hears by itself: what this model hears is paid for and thrown away"
        yield profile.warn(["stt"], "realtime", message, "leave it out", "llm")
    speaks = options.get("modalities") != ["text"]
    if profile.get("tts") and speaks and not profile.text("on_enter", "say"):
        llm = _llm(profile, ["tts"])
        message = f"{llm} speaks by itself: this voice would only be heard in an on_enter.say"
        yield profile.warn(["tts"], "realtime", message, "leave it out", "llm")


def _settings(profile: _Profile) -> Iterator[Diagnostic]:
    found = settings.troubles(profile.source.data, realtime=profile.realtime)
    for each in {tuple(each.where): each for each in found}.values():
        yield profile.warn(each.where, each.kind, each.message, each.hint, *each.because)


def _llm(profile: _Profile, beside: Where) -> str:
    return f"the realtime llm on {profile.line('llm', beside)}"


def _opening(profile: _Profile) -> Iterator[Diagnostic]:
    for where in _OPENINGS:
        text = profile.text(*where)
        if text and text.strip() and not any(char.isalnum() for char in text):
            message = f"{quote('.'.join(where))} has no word in it, so the opening says nothing"
            hint = "write what it should say, or leave on_enter out to wait for the caller"
            yield profile.warn(where, "silent-opening", message, hint)
    if profile.realtime and profile.text("on_enter", "say") and not profile.get("tts"):
        where = ["on_enter", "say"]
        message = f"{_llm(profile, where)} cannot speak given words, so"
        hint = 'open with "instructions", or add a "tts" to say them'
        yield profile.warn(where, "silent-opening", f"{message} nothing is said", hint, "llm")


def _interruption(profile: _Profile) -> Iterator[Diagnostic]:
    rest, value = profile.setting("allow_interruptions")
    allowed = value is not False
    in_opening = profile.get("on_enter", "allow_interruptions")
    if profile.realtime and not (allowed and in_opening is not False):
        return  # another warning says that callers may interrupt all the same
    if not isinstance(in_opening, bool) or in_opening == allowed:
        # Where the opening differs from the rest, the instructions may speak of either.
        for where in _INSTRUCTIONS:
            yield from _contradiction(profile, where, rest, allowed)
        in_opening = allowed
    opening = ["on_enter", "allow_interruptions"]
    setting = opening if profile.get(*opening) is not None else rest
    for key in ("instructions", "say"):
        yield from _contradiction(profile, ["on_enter", key], setting, in_opening)
    for place in spoken(profile.source.data):
        yield from _contradiction(profile, place, rest, allowed, aloud=True)


def _placeholders(profile: _Profile) -> Iterator[Diagnostic]:
    for where in _TEXTS:
        places: dict[str, Iterator[Span]] = {}
        for token in placeholders(profile.text(*where) or ""):
            heard = "callers hear" if where[-1] == "say" else "the llm reads"
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


def _promises(profile: _Profile) -> Iterator[Diagnostic]:
    done = kept(profile.source.data)
    for where in (*_INSTRUCTIONS, ["on_enter", "instructions"]):
        for promise in promises(profile.text(*where) or ""):
            if promise.kind in done:
                continue
            wanted, instead = _UNKEPT[promise.kind]
            message = f"these words have the agent {wanted}, and it has no tool for that"
            sentence = _place(profile.source, profile.source.value(where), promise.sentence)
            place = _place(profile.source, sentence, promise.words)
            kind = "promise-without-tool"
            yield profile.source.at(place, kind, message, instead, severity="warning")


def _audio(profile: _Profile) -> Iterator[Diagnostic]:
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


def _room(profile: _Profile) -> Iterator[Diagnostic]:
    yield from room_warnings(profile.source, realtime=profile.realtime)


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _contradiction(
    profile: _Profile,
    where: Sequence[str | int],
    setting: Where,
    allowed: bool,
    *,
    aloud: bool = False,
) -> Iterator[Diagnostic]:
    find = interruption_phrases.prohibition if allowed else interruption_phrases.invitation
    sentence = find(profile.text(*where) or "", aloud=aloud or where[-1] == "say")
    if not sentence:
        return
    source = profile.source
    given = profile.get(*setting) is not None
    key, value = source.key(setting) if given else None, source.value(where)
    named = quote(".".join(setting)) + (f" on {source.line_in_words(key, value)}" if key else "")
    if allowed:
        kind, hint = "forbids-interruption", "set it to false, or take these words out"
        message = f"these words forbid callers to interrupt, and {named} lets them"
        if not given:
            message = "these words forbid callers to interrupt, and nothing keeps them from it"
            hint = f"add {setting[-1]}: false, or take these words out"
        if profile.realtime:
            hint = "take these words out, or use an llm that is not realtime"
    else:
        kind, hint = "invites-interruption", "set it to true, or take these words out"
        message = f"these words invite callers to interrupt, and {named} does not let them"
    place = _place(source, value, sentence)
    yield source.at(place, kind, message, hint, severity="warning", other=key)


def _place(source: Source, within: Node | Span, sentence: str) -> Node | Span:
    """Return where a sentence stands in a text; the whole text where escapes hide it."""
    # In single quotes, YAML writes an apostrophe twice.
    words = (re.escape(word).replace("'", "''?") for word in sentence.split())
    return next(source.find(r"\s+".join(words), within), within)
