"""The calls that are derived from every profile, and what is checked in them.

The agent is talked over at many moments of one long speech: its opening, or its first answer if
the opening is short or missing. These calls would catch livekit/agents #4316, #2368, #824 and
#3627.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..format.language import language_of
from ..format.profile import Profile
from ..format.scenario import DEFAULT_VOICE, Spoken
from .audio_io import Heard
from .call import Call
from .cutting_in import echo_warm_up, may_cut_in, min_duration, min_words, words_in
from .expectations import in_seconds
from .results import Check
from .sentences import Sentences, Words, sentences_for

# Seconds.
FIRST_WORD = 15.0
QUIET = 3.0
_UNDERSTOOD = 1.0  # after which speech that has no transcript will have none
CUT = 2.0
ANSWER = 15.0
_A_WORD = 0.5  # to say a word and to recognize it
_LONGEST = 300.0  # for the speech that is talked over
_CLOCKS = 0.2  # between the start of LiveKit's warm-up and of what the caller hears
_LONG_ENOUGH = 0.5  # of our own speech, in words: some 6 seconds


@dataclass(frozen=True, slots=True)
class Moment:
    """When the caller cuts in on the long speech, and how."""

    when: Callable[[Call], bool]
    says: tuple[Words, ...] = ("barge_in",)
    """What the caller says of `sentences.Sentences`; nothing for typed text."""
    reaches_past: bool = False
    may_be_missed: bool = False
    """Whether LiveKit may ignore it or not, if the profile lets callers cut in."""


def _for(seconds: float) -> Callable[[Call], bool]:
    return lambda call: call.speaker.for_seconds >= seconds


def _after_warm_up(call: Call) -> bool:
    warm_up = call.session.options.aec_warmup_duration or 0.0
    return call.speaker.for_seconds >= warm_up + 0.3


def _left(seconds: float = 0.0, share: float = 0.0) -> Callable[[Call], bool]:
    def when(call: Call) -> bool:
        speaker = call.speaker
        return speaker.complete and speaker.left <= max(seconds, share * speaker.length)

    return when


MOMENTS: Mapping[str, Moment] = {
    "talked over at the start": Moment(_for(0.3)),
    "talked over after the echo warm-up": Moment(_after_warm_up),
    "talked over in the middle": Moment(_left(share=0.5)),
    "talked over in the last second": Moment(_left(1.0), ("short",), may_be_missed=True),
    "talked over in the last tenth": Moment(_left(share=0.1), ("short",), may_be_missed=True),
    "talked over twice in quick succession": Moment(_left(share=0.6), ("barge_in", "short")),
    "talked over past the end": Moment(_left(0.8), reaches_past=True, may_be_missed=True),
    "typed over": Moment(_left(share=0.5), ()),
}


QUICK = ("talked over in the middle", "talked over past the end", "typed over")
"""Those of them that tell most: they break where an agent does not keep its profile at all."""


def replies(profile: Profile) -> tuple[str, ...]:
    """Return the answers of the stand-in's language model in a derived call."""
    sentences = sentences_for(language_of(profile))
    return (sentences.speech, *sentences.answers)


def opens_long(profile: Profile) -> bool:
    """Return whether the opening is long enough to be talked over."""
    opening = profile.on_enter
    if opening is None:
        return False
    ours = sentences_for(language_of(profile)).speech
    return opening.say is None or words_in(opening.say) >= _LONG_ENOUGH * words_in(ours)


@dataclass(frozen=True, slots=True)
class TalkedOver:
    """A speech of the agent's that the caller talked over."""

    call: Call
    sentences: Sentences
    heard: Heard
    began: float
    """When the caller began to talk over it."""
    moment: Moment
    may_cut_in: bool
    """Whether the profile lets callers cut in on it."""
    min_words: int
    """How many words the profile wants of callers who cut in."""
    warm_up: float = 3.0
    """For how many seconds LiveKit lets nobody cut in, from the agent's first word on."""
    min_duration: float = 0.5
    """For how many seconds callers must speak to cut in."""

    @property
    def said(self) -> tuple[str, ...]:
        """What the caller said over it."""
        return tuple(self.sentences.said(each) for each in self.moment.says)

    @property
    def stopped(self) -> float:
        """When it ended, or was cut."""
        return self.heard.stopped - self.call.began

    @property
    def silent(self) -> float | None:
        """When it first fell silent for the caller; None if it never did."""
        hushed = [at - self.call.began for at in self.call.speaker.hushed]
        during = [at for at in hushed if self.began <= at <= self.stopped]
        return next(iter(during), self.stopped if self.heard.cut else None)


async def run(call: Call, profile: Profile, name: str, spoken: Spoken) -> list[Check]:
    """Run the derived call `name`, and return its checks."""
    moment = MOMENTS[name]
    sentences = sentences_for(language_of(profile))
    checks = [await _opens(call, profile)]
    if not checks[0].passed:
        return checks
    if not opens_long(profile):
        await _hear_out(call)
        await _ask(call, profile, spoken, sentences.request)
        name = "The agent answers the first question, with the speech that is talked over."
        if not await call.until(lambda: call.speaker.playing, ANSWER):
            return [*checks, Check(name, False, f"There was no answer within {ANSWER:.0f} s.")]
    speech = len(call.heard)

    def given() -> bool:
        return len(call.heard) > speech

    await call.until(lambda: moment.when(call) or given(), _LONGEST)
    if not moment.when(call):
        return [*checks, _not_given(call, speech, echo_warm_up(profile))]
    began = call.now
    for text in map(sentences.said, moment.says):
        await call.say(spoken[DEFAULT_VOICE, text], text)
    if not moment.says:
        call.type(sentences.typed)
    if not await call.until(given, _LONGEST):
        reason = "It did not."
        return [*checks, Check("The speech that is talked over ends.", False, reason)]
    may = may_cut_in(profile, opening=opens_long(profile))
    over = TalkedOver(
        call,
        sentences,
        call.heard[speech],
        began,
        moment,
        may,
        min_words(profile),
        echo_warm_up(profile),
        min_duration(profile),
    )
    checks += [check for check in (playout(over), await _follow_up(over)) if check]
    checks.append(await _still_hears(call, profile, spoken, sentences.question))
    return checks


def _not_given(call: Call, speech: int, warm_up: float) -> Check:
    reason = "The agent did not speak for long enough to be talked over."
    for heard in call.heard[speech:]:
        if heard.spoken > warm_up and not heard.cut:
            # It did, but its end was known too late for the caller to cut in on time.
            call.late = heard.stopped - heard.started
    return Check("The agent gives the speech that is talked over.", False, reason)


async def _opens(call: Call, profile: Profile) -> Check:
    if profile.on_enter is not None:
        name = f"The agent speaks first, within {FIRST_WORD:.0f} s, as on_enter says."
        spoke = await call.until(lambda: call.speaker.playing, FIRST_WORD)
        if not spoke:
            return Check(name, False, "It did not speak.")
        return Check(name, True, f"It spoke after {_first(call, 'bot_started_speaking'):.1f} s.")
    name = f"The agent waits for the caller for {QUIET:.0f} s, as there is no on_enter."

    def began() -> bool:
        return call.speaker.playing or call.session.current_speech is not None

    if await call.until(began, QUIET):
        return Check(name, False, f"It began to speak after {call.now:.1f} s.")
    return Check(name, True, "It was silent.")


def playout(over: TalkedOver) -> Check | None:
    """Check whether speech was cut or heard to its end; None if both would be right."""
    heard, stopped = over.heard, over.stopped
    how_much = f"{heard.played:.1f} of {heard.spoken:.1f} s were heard."
    if not over.may_cut_in:
        seen = f"{_fell_silent(over)}, and {how_much}" if heard.cut else how_much
        return Check("The speech is heard to its end.", not heard.cut, seen)
    opened = _first(over.call, "bot_started_speaking")
    if over.moment.says and over.began < opened + over.warm_up:
        early = heard.cut and stopped - opened < over.warm_up - _CLOCKS
        name = f"The speech is not cut in the first {over.warm_up:g} s, which LiveKit protects."
        return Check(name, not early, how_much)
    if over.moment.may_be_missed:
        return None
    spoken = sum(map(words_in, over.said))
    if over.moment.says and over.min_words > spoken:
        name = f"The speech is not cut by {spoken} words, as min_words is {over.min_words}."
        return Check(name, not heard.cut, how_much)
    cut = CUT + _A_WORD * over.min_words + max(0.0, over.min_duration - 0.5)
    name = f"The speech is cut within {cut:g} s."
    silent = over.silent
    if silent is None:
        return Check(name, False, f"It was not cut: {how_much}")
    late = silent - over.began - cut
    too_late = f", {in_seconds(late)} too late" if late > 0 else ""
    return Check(name, late <= 0, f"{_fell_silent(over)}{too_late}.")


def _fell_silent(over: TalkedOver) -> str:
    """Return how soon the agent fell silent, as the beginning of a sentence."""
    after = (over.stopped if over.silent is None else over.silent) - over.began
    first = "the caller's first word" if over.moment.says else "the caller's text"
    return f"It fell silent {in_seconds(after)} after {first}"


async def _follow_up(over: TalkedOver) -> Check | None:
    """Check whether the agent answers what was said over it; None if both would be right."""
    call, moment = over.call, over.moment

    def answered() -> bool:
        return call.count("bot_started_speaking", since=max(over.began, over.stopped)) > 0

    if not moment.says or moment.reaches_past or over.heard.cut:
        name = "Speech that reaches past the agent's is answered."
        if not moment.says:
            name = "What was typed is answered."
        elif over.may_cut_in and over.heard.cut:
            name = "Speech that cuts the agent's is answered."
        if not await call.until(answered, ANSWER):
            return Check(name, False, _unanswered(call, over.began))
        seen = f"It was answered {_next_start(call, over.stopped):.1f} s later."
        await _hear_out(call)
        return Check(name, True, seen)
    # Whether it was noticed is a matter of tenths of a second, where both would be right.
    unchecked = over.may_cut_in or moment.says == ("short",)
    stale = await call.until(answered, _UNDERSTOOD if unchecked else QUIET)
    if not stale and call.count("user_transcription", over.began):
        # It was understood, so that an answer may yet come.
        stale = await call.until(answered, ANSWER)
    if stale:
        await _hear_out(call)
    if unchecked:
        return None
    name = "Speech that was not let through is not answered later."
    answer = _latest(call, "response", over.stopped)
    seen = f"It was answered{answer}" if stale else "There was no answer to it."
    return Check(name, not stale, seen)


async def _ask(call: Call, profile: Profile, spoken: Spoken, text: str) -> None:
    """Have the caller say something, or write it to an agent that hears nobody."""
    if profile.hears:
        await call.say(spoken[DEFAULT_VOICE, text], text)
    else:
        call.type(text)


async def _still_hears(call: Call, profile: Profile, spoken: Spoken, question: str) -> Check:
    name = "Afterwards the agent hears a question and answers it."
    asked = call.now
    await _ask(call, profile, spoken, question)
    stopped = call.now
    if not profile.hears:
        name = "Afterwards the agent reads a question and answers it."
    elif not await call.until(lambda: call.count("user_transcription", asked) > 0, ANSWER):
        return Check(name, False, "It did not hear the question.")
    if not await call.until(lambda: call.count("bot_started_speaking", asked) > 0, ANSWER):
        return Check(name, False, _unanswered(call, asked))
    return Check(name, True, f"It answered {_next_start(call, stopped):.1f} s later.")


def _unanswered(call: Call, since: float) -> str:
    understood = _latest(call, "user_transcription", since)
    heard = f" The agent understood{understood}" if call.count("user_transcription", since) else ""
    return f"There was no answer within {ANSWER:.0f} s.{heard}"


def _latest(call: Call, name: str, since: float) -> str:
    """Return the text of the latest such event since a time, to end a sentence with."""
    texts = [event.text for event in call.events if event.name == name and event.at >= since]
    return f': "{texts[-1]}"' if texts else "."


async def _hear_out(call: Call) -> None:
    await call.until(lambda: call.silent, 30)


def _first(call: Call, name: str) -> float:
    return next(event.at for event in call.events if event.name == name)


def _next_start(call: Call, since: float) -> float:
    starts = [event.at for event in call.events if event.name == "bot_started_speaking"]
    return max(0.0, next((at for at in starts if at >= since - 0.05), since) - since)
