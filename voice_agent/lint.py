"""What is no mistake in a profile's form, and yet hardly meant: the warnings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from . import known, phrases
from .diagnostics import Diagnostic, quote
from .ignores import apply
from .slips import meant
from .source import Source

Where = Sequence[str]

_SPEECH = {"llm": "language", "stt": "speech-to-text", "tts": "text-to-speech"}


def warnings(source: Source) -> list[Diagnostic]:
    """The warnings on a profile, right or wrong in its form, less those that comments ignore."""
    if not isinstance(source.data, dict):
        return []
    profile = _Profile(source)
    checks = (_models, _realtime, _opening, _interruption)
    return apply(source, [problem for check in checks for problem in check(profile)])


class _Profile:
    """The data of a profile, which may be of any shape, with the places of its values."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.realtime = known.is_realtime(self.text("llm"))

    def get(self, *where: str) -> Any:
        """The value at a path; None where there is none."""
        value: Any = self.source.data
        for key in where:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def text(self, *where: str) -> str | None:
        """The text at a path; None where there is none."""
        value = self.get(*where)
        return value if isinstance(value, str) else None

    def warn(
        self, where: Where, kind: str, message: str, hint: str | None, *other: str
    ) -> Diagnostic:
        """A warning on the value at a path; `other` is the path of what it does not go with."""
        second = self.source.key(other) if other and self.get(*other) is not None else None
        node = self.source.value(where)
        return self.source.at(node, kind, message, hint, severity="warning", other=second)

    def line(self, *where: str) -> int:
        """The line of the key at a path."""
        return self.source.line(self.source.key(where))


def _models(profile: _Profile) -> Iterator[Diagnostic]:
    for role in known.ROLES:
        text = profile.text(role) or ""
        name, colon, suffix = text.partition(":")
        if re.fullmatch(r"[^\s/]+/[^\s]+", name) and name not in known.listed(role):
            yield from _model(profile, role, name, colon + suffix)


def _model(profile: _Profile, role: str, name: str, suffix: str) -> Iterator[Diagnostic]:
    """A warning on a name that the schema does not list, unless there is none to give."""
    names = {
        each: dict.fromkeys((*known.listed(each), *known.installed(each))) for each in known.ROLES
    }
    if name in names[role]:
        return
    for other in known.ROLES:
        if name in names[other]:
            message = f"{quote(name)} is a {_SPEECH[other]} model, and {quote(role)} needs another"
            hint = f"for example, {known.listed(role)[0]}"
            yield profile.warn([role], "unknown-model", message, hint)
            return
    provider, _, model = name.partition("/")
    providers = {each.partition("/")[0] for each in (*names["stt"], *names["llm"], *names["tts"])}
    if provider in providers:
        if slip := meant(name, names[role]):
            message = f"the installed LiveKit knows no model {quote(name)}"
            hint = f"did you mean {quote(slip + suffix)}?"
            yield profile.warn([role], "unknown-model", message, hint)
        return
    message = f"the installed LiveKit knows no provider {quote(provider)}"
    yield profile.warn(
        [role], "unknown-provider", message, _provider_hint(provider, model, suffix, names[role])
    )


def _provider_hint(provider: str, model: str, suffix: str, names: dict[str, None]) -> str:
    import difflib  # here, as importing it takes time

    by_provider: dict[str, list[str]] = {}
    for name in names:
        by_provider.setdefault(name.partition("/")[0], []).append(name)
    known_by = [each for each in names if each.partition("/")[2] == model]
    close = difflib.get_close_matches(provider.lower(), by_provider, 1)
    if close:
        wanted = f"{close[0]}/{model}"
        return f"did you mean {quote((meant(wanted, by_provider[close[0]]) or wanted) + suffix)}?"
    if known_by:
        return f"did you mean {quote(known_by[0] + suffix)}?"
    return f"it knows {', '.join(sorted(by_provider))}"


def _realtime(profile: _Profile) -> Iterator[Diagnostic]:
    # What AgentActivity of livekit/agents/voice/agent_activity.py does beside a realtime model
    # with turn detection of its own; see also livekit/agents #6635.
    if not profile.realtime:
        return
    line = profile.line("llm")
    llm = f"the realtime llm on line {line}"
    another = "or use an llm that is not realtime"
    if profile.get("allow_interruptions") is False:
        message = f"{llm} decides by itself when callers may cut in, and LiveKit refuses to start"
        hint = f"leave it out, {another}"
        yield profile.warn(["allow_interruptions"], "realtime", f"{message} the call", hint, "llm")
    if profile.get("on_enter", "allow_interruptions") is False:
        message = f"{llm} decides by itself when callers may cut in, so they may on this opening"
        where = ["on_enter", "allow_interruptions"]
        yield profile.warn(where, "realtime", message, f"leave it out, {another}", "llm")
    if isinstance(profile.get("preemptive_generation"), bool):
        message = f"{llm} answers by itself, so LiveKit never starts on an answer early"
        yield profile.warn(["preemptive_generation"], "realtime", message, "leave it out", "llm")
    if profile.text("stt"):
        message = f"{llm} hears by itself: what this model hears is paid for and thrown away"
        yield profile.warn(["stt"], "realtime", message, "leave it out", "llm")
    if profile.text("tts") and not profile.text("on_enter", "say"):
        message = f"{llm} speaks by itself: this voice would only be heard in an on_enter.say"
        yield profile.warn(["tts"], "realtime", message, "leave it out", "llm")


def _opening(profile: _Profile) -> Iterator[Diagnostic]:
    for where in (
        ["on_enter"],
        *(["on_enter", key] for key in ("user_input", "instructions", "say")),
    ):
        text = profile.text(*where)
        if text and text.strip() and not any(char.isalnum() for char in text):
            message = f"{quote('.'.join(where))} has no word in it, so the opening says nothing"
            hint = "write what it should say, or leave on_enter out to wait for the caller"
            yield profile.warn(where, "silent-opening", message, hint)
    if profile.realtime and profile.text("on_enter", "say") and not profile.text("tts"):
        message = f"the realtime llm on line {profile.line('llm')} cannot speak given words, so"
        hint = 'open with "instructions", or add a "tts" to say them'
        where = ["on_enter", "say"]
        yield profile.warn(where, "silent-opening", f"{message} nothing is said", hint, "llm")


def _interruption(profile: _Profile) -> Iterator[Diagnostic]:
    allowed = profile.get("allow_interruptions") is not False
    in_opening = profile.get("on_enter", "allow_interruptions")
    if profile.realtime and not (allowed and in_opening is not False):
        return  # another warning says that callers may interrupt all the same
    if not isinstance(in_opening, bool) or in_opening == allowed:
        # Where the opening differs from the rest, the instructions may speak of either.
        yield from _contradiction(profile, ["instructions"], ["allow_interruptions"], allowed)
        in_opening = allowed
    opening = ["on_enter", "allow_interruptions"]
    setting = opening if profile.get(*opening) is not None else opening[1:]
    for key in ("instructions", "say"):
        yield from _contradiction(profile, ["on_enter", key], setting, in_opening)


def _contradiction(
    profile: _Profile, where: Where, setting: Where, allowed: bool
) -> Iterator[Diagnostic]:
    if not profile.text(*where):
        return
    source = profile.source
    start, end = source.span(source.value(where))
    find = phrases.prohibition if allowed else phrases.invitation
    found = find(source.text[start:end], spoken=where[-1] == "say")
    if not found:
        return
    place = start + found[0], start + found[1]
    given = profile.get(*setting) is not None
    key = source.key(setting) if given else None
    named = quote(".".join(setting)) + (f" on line {source.line(key)}" if key else "")
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
    yield source.at(place, kind, message, hint, severity="warning", other=key)
