"""The calls that are derived from the tools of a profile: what is done in each, and with what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...format.language import language_of
from ...format.option_types import Room
from ...format.profile import Profile
from ...format.tools import UNSET, Tool
from ...standin.replies import ReplyData
from ...standin.values import value_of
from ..alone import with_tool
from ..cutting_in import words_in
from ..sentences import sentences_for
from . import samples
from .offered import Offered, offered_by

# Seconds.
SILENCE = 4.0
"""The longest that callers are kept waiting without a word."""
_SHORTENED = 1.0  # in place of a longer timeout, where nothing answers in time
_AT_WORK = 3.0  # while callers talk over a tool
_SLOW = 6.0
_SHARE = 0.8  # of its timeout, within which a service answers
LONG_GOODBYE = 7  # words, of some 2.5 seconds, that a caller can cut in on

SERVICES = "AGENT_SERVICES_URL"
"""The variable that has the address of what the stand-in plays behind tools."""
MARK = "BODY-OF-THE-SERVICE"
"""What stands in the bodies of failing services, which the language model is never told."""

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """One derived call of a tool."""

    tool: str
    kind: str
    """What happens in it: a name in `KINDS`."""
    profile: Profile
    """The profile as it is called."""
    replies: tuple[ReplyData, ...] = ()
    answers: tuple[Answer, ...] = ()
    """How the service behind the tool answers."""
    asks: int = 1
    """How often the caller asks for something."""
    wrong: tuple[str, ...] = ()
    """The arguments that are wrong, one each time that the caller asks."""
    failure: tuple[str, ...] = ()
    """The keys of `on_error` that say what the language model is told, the first of them first."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The values of variables, over their samples."""
    spoken: bool = False
    """Whether the caller and the agent speak, or both write, which takes a second."""
    frontend: bool = True
    """Whether there is a frontend."""

    @property
    def name(self) -> str:
        """The name of the call."""
        return f"{self.tool}: {self.kind}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call; `makes` returns it for a tool, or None where it would show nothing."""

    makes: Callable[[Profile, Offered], Trial | None]
    quick: bool = False
    """Whether a quick rehearsal makes it too."""


def trials(profile: Profile, *, quick: bool = False) -> list[Trial]:
    """Return every call that is derived from the tools of a profile, or those of a quick run."""
    values = given(profile)
    kinds = {name: kind for name, kind in KINDS.items() if kind.quick or not quick}
    return [
        replace(trial, kind=name, values=values)
        for tool in offered_by(profile)
        if (called := with_tool(profile, tool.server or tool.name)) is not None
        for name, kind in kinds.items()
        if (trial := kind.makes(called, tool)) is not None
    ]


def unknown_arguments(profile: Profile) -> Iterator[str]:
    """Yield a sentence on every tool for which no call is derived."""
    for tool in offered_by(profile):
        if tool.arguments is None:
            yield (
                f'No call is derived from the tool "{tool.name}", as no value is known that fits '
                'its parameters: give them "examples".'
            )


def given(profile: Profile) -> dict[str, Any]:
    """Return a value for every variable that would be set later on in a call."""
    return {
        name: value_of({"type": each.type, **({"enum": [*each.enum]} if each.enum else {})})
        for name, each in profile.variables.items()
        if each.sample is UNSET and each.default is UNSET
    }


def opening(profile: Profile) -> list[ReplyData]:
    """Return what the language model says first, where it opens the call."""
    words = sentences_for(language_of(profile))
    generated = profile.on_enter is not None and profile.on_enter.say is None
    return [words.answers[0]] if generated else []


def in_writing(profile: Profile) -> Profile:
    """Return the profile of the same agent, which neither hears nor speaks."""
    room: Room = {**profile.room, "audio_input": False, "audio_output": False}
    return replace(profile, stt=None, tts=None, avatar=None, room=room)


def _written(profile: Profile, tool: Offered, *turns: Sequence[ReplyData], **more: Any) -> Trial:
    """Return a call in writing; each of the turns has the replies to one text of the caller's."""
    words = sentences_for(language_of(profile))
    replies = [*opening(profile), *(each for turn in turns for each in turn)]
    # What comes after that must not be left to the script, which may call tools by itself.
    replies += [words.answers[1]] * 3
    made = Trial(tool.name, "", in_writing(profile), tuple(replies), asks=len(turns))
    return replace(made, **more)


def _call(tool: Offered, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    used = tool.arguments if arguments is None else arguments
    return {"call": tool.name, "with": dict(used or {})}


def _used(
    profile: Profile, tool: Offered, call: ReplyData, *, fails: bool = False
) -> list[list[ReplyData]]:
    """Return the turns in which a tool is used, once it has been confirmed where it must be."""
    answers = [*sentences_for(language_of(profile)).answers]
    settings = tool.settings
    if settings is None:
        return [[call, answers[1]]]
    waits = [answers[0]] if settings.background else []
    last: list[ReplyData] = [call, *waits, *([] if settings.silent and not fails else [answers[1]])]
    return [[call, answers[0]], last] if settings.confirm else [last]


def _goes_well(profile: Profile, tool: Offered) -> Trial | None:
    if tool.arguments is None or tool.name in ("end_call", "transfer_call"):
        return None
    return _written(profile, tool, *_used(profile, tool, _call(tool)))


def _twice(profile: Profile, tool: Offered) -> Trial | None:
    settings = tool.settings
    if tool.arguments is None or settings is None or settings.confirm or settings.background:
        return None
    call = _call(tool)
    return _written(profile, tool, *_used(profile, tool, [call, call]))


def _wrong(profile: Profile, tool: Offered) -> Trial | None:
    if tool.arguments is None or tool.settings is None:
        return None
    wrong = list(samples.wrong_arguments(tool.schema, tool.arguments))
    answer = sentences_for(language_of(profile)).answers[1]
    turns: list[list[ReplyData]] = [[_call(tool, each), answer] for _, each in wrong]
    return _written(profile, tool, *turns, wrong=tuple(name for name, _ in wrong))


def _hostile(profile: Profile, tool: Offered) -> Trial | None:
    if tool.arguments is None or tool.http is None:
        return None
    arguments = samples.hostile_arguments(tool.schema, tool.arguments)
    if arguments is None:
        return None
    return _written(profile, tool, *_used(profile, tool, _call(tool, arguments)))


def _fault(
    *failure: str, hurry: bool = False, rpc: bool = False, **answer: Any
) -> Callable[[Profile, Offered], Trial | None]:
    """Return what makes a call in which the service fails; `hurry` shortens its timeout."""

    def makes(profile: Profile, tool: Offered) -> Trial | None:
        if tool.arguments is None or not (tool.http or (rpc and tool.rpc)):
            return None
        called = _hurried(profile, tool) if hurry else profile
        turns = _used(profile, tool, _call(tool), fails=bool(failure))
        return _written(called, tool, *turns, answers=(answer,), failure=failure)

    return makes


def _hurried(profile: Profile, tool: Offered) -> Profile:
    """Return the profile with a timeout for the tool that does not take long."""
    declared = profile.tools.declared[tool.name]
    if declared.http is not None:
        short = min(declared.http.timeout, _SHORTENED)
        changed = replace(declared, http=replace(declared.http, timeout=short))
    elif declared.rpc is not None:
        short = min(declared.rpc.timeout, _SHORTENED)
        changed = replace(declared, rpc=replace(declared.rpc, timeout=short))
    else:
        return profile
    tools = {**profile.tools.declared, tool.name: changed}
    return replace(profile, tools=replace(profile.tools, declared=tools))


def _no_frontend(profile: Profile, tool: Offered) -> Trial | None:
    if not tool.rpc:
        return None
    answer = sentences_for(language_of(profile)).answers[1]
    return _written(profile, tool, [answer], frontend=False)


def _pressed(outcome: str) -> Callable[[Profile, Offered], Trial | None]:
    """Return what makes a call in which the caller is put through, with this outcome."""

    def makes(profile: Profile, tool: Offered) -> Trial | None:
        if tool.name != "transfer_call" or tool.arguments is None:
            return None
        answer = sentences_for(language_of(profile)).answers[1]
        turn: list[ReplyData] = [_call(tool), answer]
        return _written(profile, tool, turn, answers=({"outcome": outcome},))

    return makes


def _spoken(profile: Profile, tool: Offered, *replies: ReplyData, **more: Any) -> Trial | None:
    if not (profile.hears and profile.speaks) or tool.arguments is None:
        return None
    words = sentences_for(language_of(profile))
    every = (*opening(profile), *replies, *[words.answers[1]] * 4)
    return replace(Trial(tool.name, "", profile, every, spoken=True), **more)


def _slowly(profile: Profile, tool: Offered, seconds: float, says: str) -> Trial | None:
    """Return a call in which the service takes so long, if its timeout allows; then `says`."""
    if not tool.at_work or tool.settings is None or tool.settings.confirm:
        return None
    took = min(seconds, _SHARE * tool.timeout)
    answers: tuple[Answer, ...] = ({"delay_ms": round(took * 1000)}, {})
    return _spoken(profile, tool, _call(tool), says, answers=answers)


def _talked_over(seconds: float) -> Callable[[Profile, Offered], Trial | None]:
    def makes(profile: Profile, tool: Offered) -> Trial | None:
        says = sentences_for(language_of(profile)).answers[0]
        return _slowly(profile, tool, seconds, says)

    return makes


def _in_filler(profile: Profile, tool: Offered) -> Trial | None:
    filler = tool.settings.filler if tool.settings else None
    if filler is None or _SHARE * tool.timeout < filler.delay + 1:
        return None
    says = sentences_for(language_of(profile)).answers[0]
    return _slowly(profile, tool, filler.delay + _AT_WORK, says)


def _in_answer(profile: Profile, tool: Offered) -> Trial | None:
    if tool.settings is not None and tool.settings.silent:
        return None
    return _slowly(profile, tool, 0.0, sentences_for(language_of(profile)).speech)


def _takes_long(profile: Profile, tool: Offered) -> Trial | None:
    if _SHARE * tool.timeout <= SILENCE:
        return None  # It cannot keep anybody waiting for long.
    return _slowly(profile, tool, _SLOW, sentences_for(language_of(profile)).answers[0])


def _ends(profile: Profile, tool: Offered) -> Trial | None:
    if tool.name != "end_call":
        return None
    words = sentences_for(language_of(profile))
    replies = (words.answers[0], _call(tool), words.answers[1])
    if profile.hears and profile.speaks:
        return _spoken(profile, tool, *replies)
    return _written(profile, tool, replies[:1], replies[1:])


def _stays(profile: Profile, tool: Offered) -> Trial | None:
    return _ends(profile, tool) if profile.speaks else None


def _announced(profile: Profile, tool: Offered) -> Trial | None:
    transfer = profile.tools.transfer_call
    if tool.name != "transfer_call" or transfer is None:
        return None
    if transfer.say is None or words_in(transfer.say) < LONG_GOODBYE:
        return None
    words = sentences_for(language_of(profile))
    replies = (words.answers[0], _call(tool), words.answers[1])
    return _spoken(profile, tool, *replies, answers=({"outcome": "busy"},))


_BODY = {"error": MARK}
KINDS: Mapping[str, Kind] = {
    "goes well": Kind(_goes_well, quick=True),
    "called twice at once": Kind(_twice, quick=True),
    "called with wrong arguments": Kind(_wrong, quick=True),
    "called with hostile arguments": Kind(_hostile),
    "answered with 409": Kind(_fault("409", status=409, response=_BODY)),
    "answered with 500": Kind(_fault("500", rpc=True, status=500, response=_BODY), quick=True),
    "not answered in time": Kind(_fault("timeout", hurry=True, rpc=True, timeout=True), quick=True),
    "answered byte by byte": Kind(_fault("timeout", hurry=True, drip=True)),
    "cut off by its service": Kind(_fault("connection", drop=True)),
    "redirected": Kind(_fault("302", redirect=True)),
    "answered with a page": Kind(_fault("default", html=True)),
    "answered with broken JSON": Kind(_fault("default", invalid_json=True)),
    "answered with 5 MB": Kind(_fault(huge=True)),
    "answered with orders": Kind(_fault(hostile=True)),
    "without a frontend": Kind(_no_frontend),
    "takes its time": Kind(_takes_long),
    "talked over before it runs": Kind(_talked_over(0.0)),
    "talked over while it runs": Kind(_talked_over(_AT_WORK), quick=True),
    "talked over in its filler": Kind(_in_filler),
    "talked over right after it": Kind(_talked_over(1.0)),
    "talked over in its answer": Kind(_in_answer),
    "ends the call": Kind(_ends, quick=True),
    "stopped in its goodbye": Kind(_stays, quick=True),
    "put through": Kind(_pressed("answered"), quick=True),
    "busy": Kind(_pressed("busy"), quick=True),
    "not picked up": Kind(_pressed("no_answer")),
    "rejected": Kind(_pressed("rejected")),
    "picked up by a machine": Kind(_pressed("voicemail")),
    "talked over in its announcement": Kind(_announced),
}
"""Every kind of call, by its name."""


def reads(tool: Tool | None) -> bool:
    """Return whether a tool may be called again without harm."""
    return tool is not None and tool.only_reads
