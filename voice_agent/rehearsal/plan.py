"""The plan of a rehearsal: every call of a profile, with all that a worker needs to run it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from ..errors import UsageError
from ..format.language import ENGLISH, base_of, language_of, name_of
from ..format.profile import Profile
from ..format.scenario import (
    DEFAULT_VOICE,
    VOICES,
    Pause,
    Reply,
    Scenario,
    ScenarioTurn,
    Spoken,
    ToolAnswer,
    ToolCall,
    sound_file,
)
from ..format.scenario_replies import handoff_tool
from ..format.tools import UNSET
from ..runtime.omissions import omissions
from ..standin.calls import KnownCall
from ..standin.piper_voice import PiperFile
from ..standin.replies import ReplyData
from ..standin.speech import Voice
from ..standin.voices import Voices, choose
from . import conformance, writing
from .agents.trials import AgentTrial, agent_trials, unknown_fields
from .alone import first_alone
from .audio_io import RATE, speech_in
from .deciding import Setting, agent_settings, settings
from .heard import with_the_heard
from .provenance import texts_of
from .sentences import SENTENCES, Sentences, sentences_for
from .services import with_services
from .tools.trials import SERVICES, Trial, trials, unknown_arguments

# Seconds.
_LONGEST_SOUND = 300
_TURN = 300.0  # for the waiting before and after a turn
_USUAL_TURN = 3.0
_IN_WRITING = 2.0
_DERIVED = 12.0  # for the speech that is talked over
_A_LETTER = 0.07  # to be spoken

Answers: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]
"""How the services behind tools answer, by the names of the tools; see `with_services`."""
Said: TypeAlias = tuple[str, str]
"""A voice and a text, or "" and the name of a sound file."""

_spoken: dict[tuple[Voices, str, str], bytes] = {}


_MIN_WORDS = Setting("turn_handling.interruption.min_words")


@dataclass(frozen=True, slots=True)
class CallPlan:
    """Everything a worker needs to run one call."""

    name: str
    profile: Profile
    scenario: Scenario | None
    """None for a call derived from the profile."""
    environment: Mapping[str, str]
    """The variables by which the call reaches the stand-in."""
    spoken: Spoken
    """16-bit mono PCM at `audio_io.RATE`."""
    opening_setting: Setting
    """The setting that says whether callers may cut in on the opening."""
    setting: Setting
    """The setting that says whether they may cut in on the rest of the call."""
    recording: Path
    trial: Trial | AgentTrial | None = None
    """What is done in a call that is derived from a tool, a handoff, a field or a menu."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The values of variables that the scenario has, over all others."""
    notes: tuple[str, ...] = ()
    """Sentences on what is not as it would be with the profile's own models."""
    min_words_setting: Setting = _MIN_WORDS
    """The setting that says how many words it takes to cut in."""
    agent_settings: Mapping[str, Setting] = field(default_factory=dict)
    """The settings of single agents that say whether callers may cut in on them."""

    @property
    def longest(self) -> float:
        """How many seconds its scenario may take at most."""
        turns = self.scenario.turns if self.scenario else ()
        audio = sum(map(len, self.spoken.values())) / 2 / RATE
        return _TURN * len(turns) + self._waits + audio * len(turns)

    @property
    def seconds(self) -> float:
        """About how many seconds it takes, to begin with the longest calls."""
        audio = sum(map(len, self.spoken.values())) / 2 / RATE
        if isinstance(self.trial, AgentTrial):
            moves = len(self.trial.way) + len(self.trial.moves)
            return (_USUAL_TURN if self.trial.spoken else _IN_WRITING) * (moves + 1)
        if self.trial is not None:
            return 2 * _DERIVED if self.trial.spoken else _IN_WRITING
        if self.scenario is None:
            return audio + (_DERIVED if conformance.opens_long(self.profile) else 2 * _DERIVED)
        answers = sum(map(len, texts_of(self.scenario.replies))) * _A_LETTER
        return audio + self._waits + answers + _USUAL_TURN * len(self.scenario.turns)

    @property
    def _waits(self) -> float:
        turns = self.scenario.turns if self.scenario else ()
        parts = [part for turn in turns for part in turn.user]
        pauses = sum(part.pause_ms for part in parts if isinstance(part, Pause))
        return (pauses + sum(turn.wait_ms or 0 for turn in turns)) / 1000


def names(profile: Profile, scenarios: Sequence[Scenario], *, quick: bool = False) -> list[str]:
    """Return the names of all calls: those derived from the profile, then the scenarios.

    With `quick`, it is only the telling ones of those derived.
    """
    derived = _derived(first_alone(profile))
    if quick:
        derived = [name for name in derived if name in (*conformance.QUICK, *writing.WAYS)]
    of_tools = (each.name for each in trials(profile, quick=quick))
    of_agents = (each.name for each in agent_trials(profile, quick=quick))
    return [*derived, *of_tools, *of_agents, *(each.name for each in scenarios)]


def _derived(profile: Profile) -> list[str]:
    if not profile.speaks:
        return list(writing.names(profile))
    moments = conformance.MOMENTS.items()
    return [name for name, moment in moments if profile.hears or not moment.says]


async def plan_calls(
    profile: Profile,
    scenarios: Sequence[Scenario],
    folder: Path,
    environment_with: Callable[[KnownCall], Mapping[str, str]],
    recordings: Iterator[Path],
    piper_voices: Sequence[PiperFile] = (),
    chosen: Collection[str] | None = None,
) -> list[CallPlan]:
    """Plan the calls of a profile: the `chosen` ones, or every one.

    `folder` has the sound files of the scenarios, and `environment_with` returns the variables for
    a call that the stand-in is to know. Both sides speak the profile's language, by one of the
    `piper_voices` if one is for it. Raise UsageError for a voice or a sound file that does not
    work.
    """
    language = language_of(profile)
    voices = choose(language, name_of(language), piper_voices)
    _check_understood(profile, language, scenarios)
    check_heard(profile, scenarios)
    opening_setting, setting, min_words_setting = settings(profile)
    of_agents = agent_settings(profile)
    calls = [each for each in _every(profile, scenarios) if chosen is None or each.name in chosen]
    sounds = {each: _audio(folder, each[1]) for call in scenarios for each in _files(call.turns)}
    sentences = sentences_for(language)
    texts = {call.name: _texts(profile, call, sentences) for call in calls}
    known = KnownCall(language=language, voices=voices)
    spoken = await speak([text for each in texts.values() for text in each], voices)
    plans = []
    for call in calls:
        scenario = call.scenario
        audio = {each: spoken[each] for each in texts[call.name]}
        audio |= {each: sounds[each] for each in _files(scenario.turns if scenario else ())}
        thinks = replace(known, replies=call.replies)
        if isinstance(call.trial, AgentTrial):
            thinks = replace(known, cues=call.trial.cues, otherwise=call.trial.otherwise)
        heard = with_the_heard(thinks, scenario, audio)
        environment = dict(environment_with(with_services(heard, profile, call.answers)))
        if isinstance(call.trial, Trial) and not call.trial.frontend:
            del environment[SERVICES]
        plans.append(
            CallPlan(
                name=call.name,
                profile=_called(profile, call),
                scenario=scenario,
                environment=environment,
                spoken=audio,
                opening_setting=opening_setting,
                setting=setting,
                trial=call.trial,
                values=dict(call.values),
                notes=(
                    *omissions(profile, in_room=False),
                    *_notes(voices, language, derived=scenario is None),
                    *(unknown_arguments(profile) if scenario is None else ()),
                    *(unknown_fields(profile) if scenario is None else ()),
                ),
                min_words_setting=min_words_setting,
                recording=next(recordings),
                agent_settings=of_agents,
            )
        )
    return plans


def _called(profile: Profile, call: _Call) -> Profile:
    if call.trial is not None:
        return call.trial.profile
    return profile if call.scenario is not None else first_alone(profile)


class _Call(NamedTuple):
    """One call that is to be planned."""

    name: str
    scenario: Scenario | None = None
    trial: Trial | AgentTrial | None = None
    replies: tuple[ReplyData, ...] = ()
    answers: Answers = MappingProxyType({})
    values: Mapping[str, Any] = MappingProxyType({})


def _every(profile: Profile, scenarios: Sequence[Scenario]) -> Iterator[_Call]:
    """Yield all calls of a profile: those derived from it and its tools, then the scenarios."""
    replies = conformance.replies(profile)
    for name in _derived(first_alone(profile)):
        yield _Call(name, replies=replies)
    for trial in trials(profile):
        answers: Answers = {trial.tool: trial.answers} if trial.answers else {}
        yield _Call(trial.name, None, trial, trial.replies, answers)
    for of_agent in agent_trials(profile):
        yield _Call(of_agent.name, None, of_agent)
    for each in scenarios:
        data = tuple(map(plain_reply, each.replies))
        answers = {name: [*map(plain_answer, written)] for name, written in each.tools.items()}
        yield _Call(each.name, each, None, data, answers, each.variables)


def plain_reply(reply: Reply) -> ReplyData:
    """Return a reply of a scenario as the stand-in takes it."""
    if isinstance(reply, str):
        return reply
    if isinstance(reply, ToolCall):
        return _plain_call(reply)
    return [*map(_plain_call, reply)]


def _plain_call(reply: ToolCall) -> dict[str, Any]:
    if reply.collect is not None:
        return {"collect": dict(reply.collect), "say": reply.say}
    tool, arguments = reply.call, dict(reply.arguments)
    if reply.handoff is not None:
        tool = handoff_tool(reply.handoff)
    if reply.choose is not None:
        tool, arguments = "choose", {"key": reply.choose}
    return {"call": tool, "with": arguments, "say": reply.say}


def plain_answer(answer: ToolAnswer) -> dict[str, Any]:
    """Return the answer of a service as the stand-in takes it."""
    written = {each.name: getattr(answer, each.name) for each in fields(answer)}
    return {key: value for key, value in written.items() if value not in (None, False, UNSET, 0)}


def _check_understood(profile: Profile, language: str, scenarios: Sequence[Scenario]) -> None:
    """Raise UsageError where the recognizer is to listen to a language that it does not know."""
    if base_of(language) == ENGLISH:
        return
    for each in scenarios:
        if each.is_recognized:
            raise UsageError(
                f'The recognizer of a rehearsal, which is to listen to "{each.name}", knows '
                f'English alone, but callers of "{profile.name}" speak {name_of(language)}. '
                'Take "hears: really" out, or write beside a sound file, with "hears", what '
                "there is to hear in it."
            )


def check_heard(profile: Profile, scenarios: Sequence[Scenario]) -> None:
    """Raise UsageError where a caller speaks to an agent that hears nobody."""
    for each in scenarios:
        if not profile.hears and any(turn.user or turn.audio for turn in each.turns):
            raise UsageError(
                f'The caller speaks in "{each.name}", but "{profile.name}" hears nobody, as '
                'room.audio_input is false. Have the caller write, with "type".'
            )


def _notes(voices: Voices, language: str, *, derived: bool) -> Iterator[str]:
    if voices.note:
        yield voices.note
    if derived and base_of(language) not in SENTENCES:
        yield (
            f"Both sides speak {name_of(ENGLISH)} in the calls that are derived from the profile, "
            f"as there are no sentences in {name_of(language)} for them."
        )


def _texts(profile: Profile, call: _Call, sentences: Sentences) -> list[Said]:
    scenario = call.scenario
    if not profile.hears or (call.trial is not None and not call.trial.spoken):
        return []
    if scenario is None:
        return [(DEFAULT_VOICE, text) for text in sentences.spoken]
    return [
        (turn.voice, part) for turn in scenario.turns for part in turn.user if isinstance(part, str)
    ]


def _files(turns: Sequence[ScenarioTurn]) -> list[Said]:
    return [("", turn.audio) for turn in turns if turn.audio is not None]


async def speak(texts: Sequence[Said], voices: Voices) -> dict[Said, bytes]:
    """Return the audio of texts; one that was spoken for another profile is not spoken again."""
    voice = Voice(voices.of("caller"))
    try:
        for name, text in dict.fromkeys(texts):
            if (voices, name, text) in _spoken:
                continue
            pieces = voice.speak(text, RATE, slowness=VOICES[name])
            _, speech = speech_in(b"".join([piece async for piece in pieces]))
            _spoken[voices, name, text] = speech
    finally:
        voice.close()
    return {(name, text): _spoken[voices, name, text] for name, text in texts}


def _audio(folder: Path, name: str) -> bytes:
    """Return the audio of a sound file, at RATE."""
    import av

    path = sound_file(folder, name)
    if path is None:
        raise UsageError(f'There is no sound file "{name}" in {folder}, or below it.')
    pcm = bytearray()
    try:
        with av.open(str(path)) as sound:
            if not sound.streams.audio:
                raise UsageError(f'There is no sound in the file "{name}".')
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in chain(sound.decode(audio=0), [None]):
                pcm += b"".join(out.to_ndarray().tobytes() for out in resampler.resample(frame))
                if len(pcm) > 2 * RATE * _LONGEST_SOUND:
                    raise UsageError(f'The sound file "{name}" lasts more than 5 minutes.')
    except (OSError, ValueError, av.error.FFmpegError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f'The sound file "{name}" cannot be played: {why}.') from None
    return bytes(pcm)
