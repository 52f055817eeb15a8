"""What every profile is held to, derived from the profile itself.

The agent is talked over at many moments of one long speech: its opening, or where that is short
or missing, its first answer. livekit/agents #4316, #2368, #824 and #3627 are what these calls
would catch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..profile import Profile
from .call import Call
from .model import Check
from .scenario import DEFAULT_VOICE, Spoken

SPEECH = (
    "Let me tell you about the weather. It is grey today, and it was grey yesterday as well. "
    "It will very likely be grey tomorrow, and nobody will be surprised. "
    "That is all there is to say about the weather."
)
"""The long speech, some 11 seconds."""
ANSWERS = ("Certainly, here is my answer.", "Certainly, here is another answer.")
REQUEST = "Please tell me about the weather."
BARGE_IN = "Stop please, I have a question for you."
SHORT = "Stop."
QUESTION = "What are your opening hours?"
TYPED = "I am typing this."
SPOKEN = (REQUEST, BARGE_IN, SHORT, QUESTION)
"""What the caller says in derived calls."""

# Seconds.
FIRST_WORD = 10.0
QUIET = 3.0
CUT = 2.0
ANSWER = 8.0
ECHO_WARM_UP = 3.0
"""LiveKit's `aec_warmup_duration`: it lets nobody cut in before."""
_LONG_ENOUGH = 20  # words of an opening that is given: some 7 seconds


@dataclass(frozen=True, slots=True)
class Moment:
    """When the caller cuts in, and how."""

    when: Callable[[Call], bool]
    says: tuple[str, ...] = (BARGE_IN,)
    reaches_past: bool = False
    may_be_missed: bool = False
    """Whether LiveKit may well not let this one cut in, even where callers may."""


def _for(seconds: float) -> Callable[[Call], bool]:
    return lambda call: call.speaker.for_seconds >= seconds


def _left(seconds: float = 0.0, share: float = 0.0) -> Callable[[Call], bool]:
    def when(call: Call) -> bool:
        speaker = call.speaker
        return speaker.complete and speaker.left <= max(seconds, share * speaker.length)

    return when


MOMENTS: Mapping[str, Moment] = {
    "talked over at the start": Moment(_for(0.3), may_be_missed=True),
    "talked over after the echo warm-up": Moment(_for(ECHO_WARM_UP + 0.3)),
    "talked over in the middle": Moment(_left(share=0.5)),
    "talked over in the last second": Moment(_left(1.0), (SHORT,), may_be_missed=True),
    "talked over in the last tenth": Moment(_left(share=0.1), (SHORT,), may_be_missed=True),
    "talked over twice in quick succession": Moment(_left(share=0.6), (BARGE_IN, SHORT)),
    "talked over past the end": Moment(_left(0.8), reaches_past=True, may_be_missed=True),
    "typed over": Moment(_left(share=0.5), ()),
}


def replies(profile: Profile) -> tuple[str, ...]:
    """Return what the stand-in's language model answers in a derived call."""
    said = profile.on_enter is not None and profile.on_enter.say is not None
    return ("",) * said + (SPEECH, *ANSWERS)


def opens_long(profile: Profile) -> bool:
    """Tell whether the opening is the speech to talk over."""
    opening = profile.on_enter
    if opening is None:
        return False
    return opening.say is None or len(opening.say.split()) >= _LONG_ENOUGH


def may_cut(profile: Profile) -> bool:
    """Tell whether the profile lets callers cut the speech that is talked over."""
    opening = profile.on_enter
    if opens_long(profile) and opening and opening.allow_interruptions is not None:
        return opening.allow_interruptions
    return profile.allow_interruptions


async def hold(call: Call, profile: Profile, name: str, spoken: Spoken) -> list[Check]:
    """Hold the derived call `name`; return what the agent was held to in it."""
    moment = MOMENTS[name]
    checks = [await _opens(call, profile)]
    if not opens_long(profile):
        if profile.on_enter is not None:
            await call.until(lambda: bool(call.heard))
        await call.say(spoken[DEFAULT_VOICE, REQUEST], REQUEST)
        await call.until(lambda: call.speaker.playing, ANSWER)
    speech = len(call.heard)
    if not await call.until(lambda: moment.when(call), 60):
        reason = "The agent did not speak for long enough to be talked over."
        return [*checks, Check("The agent gives the speech that is talked over.", False, reason)]
    began = call.now
    for text in moment.says:
        await call.say(spoken[DEFAULT_VOICE, text], text)
    if not moment.says:
        await call.type(TYPED)
    await call.until(lambda: len(call.heard) > speech)
    checks.append(_kept(call, speech, began, moment, may_cut(profile)))
    checks.append(await _follow_up(call, speech, began, moment, may_cut(profile)))
    checks.append(await _not_deaf(call, spoken))
    return checks


async def _opens(call: Call, profile: Profile) -> Check:
    if profile.on_enter is not None:
        name = f"The agent speaks first, within {FIRST_WORD:.0f} s, as on_enter says."
        spoke = await call.until(lambda: call.speaker.playing, FIRST_WORD)
        if not spoke:
            return Check(name, False, "It did not speak.")
        return Check(name, True, f"It spoke after {_first(call, 'bot_started_speaking'):.1f} s.")
    name = f"The agent waits for the caller for {QUIET:.0f} s, as there is no on_enter."
    spoke = await call.until(lambda: call.speaker.playing, QUIET)
    return Check(name, not spoke, "It spoke." if spoke else "It was silent.")


def _kept(call: Call, speech: int, began: float, moment: Moment, may: bool) -> Check:
    heard = call.heard[speech]
    stopped = heard.stopped - call.began
    how_much = f"{heard.played:.1f} of {heard.spoken:.1f} s were heard."
    if not may:
        return Check("The speech is heard to its end.", not heard.cut, how_much)
    if moment.may_be_missed:
        opened = _first(call, "bot_started_speaking")
        early = heard.cut and stopped - opened < ECHO_WARM_UP
        name = f"The speech is not cut in the first {ECHO_WARM_UP:.0f} s, which LiveKit protects."
        return Check(name, not early, how_much)
    name = f"The speech is cut within {CUT:.0f} s."
    if not heard.cut:
        return Check(name, False, f"It was not cut: {how_much}")
    return Check(name, stopped - began <= CUT, f"It was cut after {stopped - began:.1f} s.")


async def _follow_up(call: Call, speech: int, began: float, moment: Moment, may: bool) -> Check:
    """Look at whether the agent answers what was said over it, as it should or should not."""
    ended = call.heard[speech].stopped - call.began
    cut = call.heard[speech].cut

    def answered() -> bool:
        return call.count("bot_started_speaking", since=max(began, ended - 0.05)) > 0

    if not moment.says:
        name = "What was typed is answered."
        if not await call.until(answered, ANSWER):
            return Check(name, False, f"There was no answer within {ANSWER:.0f} s.")
        await _hear_out(call)
        return Check(name, True, f"It was answered {_next_start(call, ended):.1f} s later.")
    if moment.reaches_past or cut:
        name = "Speech that reaches past the agent's is answered."
        if not await call.until(answered, ANSWER):
            return Check(name, False, f"There was no answer within {ANSWER:.0f} s.")
        await _hear_out(call)
        return Check(name, True, f"It was answered {_next_start(call, ended):.1f} s later.")
    if may or (len(moment.says) == 1 and moment.says[0] == SHORT):
        # Whether it was noticed is a matter of tenths of a second: either is fair.
        await call.until(answered, QUIET)
        await _hear_out(call)
        return Check("The call goes on.", True, "The speech ended, and the call went on.")
    name = "Speech that was not let through is not answered later."
    stale = await call.until(answered, QUIET)
    if stale:
        await _hear_out(call)
    return Check(name, not stale, "It was answered." if stale else "There was no answer to it.")


async def _not_deaf(call: Call, spoken: Spoken) -> Check:
    name = "Afterwards the agent hears a question and answers it."
    asked = call.now
    await call.say(spoken[DEFAULT_VOICE, QUESTION], QUESTION)
    if not await call.until(lambda: call.count("user_transcription", asked) > 0, ANSWER):
        return Check(name, False, "It did not hear the question.")
    stopped = call.now
    if not await call.until(lambda: call.count("bot_started_speaking", asked) > 0, ANSWER):
        return Check(name, False, f"It did not answer within {ANSWER:.0f} s.")
    return Check(name, True, f"It answered {_next_start(call, stopped):.1f} s later.")


async def _hear_out(call: Call) -> None:
    await call.until(lambda: not call.speaker.playing, 30)


def _first(call: Call, name: str) -> float:
    return next(event.at for event in call.events if event.name == name)


def _next_start(call: Call, since: float) -> float:
    starts = [event.at for event in call.events if event.name == "bot_started_speaking"]
    return max(0.0, next((at for at in starts if at >= since - 0.05), since) - since)
