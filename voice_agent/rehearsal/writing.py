"""The calls that are derived from a profile whose agent writes, and does not speak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ..format.language import language_of
from ..format.profile import Profile
from ..format.scenario import DEFAULT_VOICE, Spoken
from .call import Call
from .results import Check
from .sentences import sentences_for

# Seconds.
FIRST_LINE = 15.0
QUIET = 3.0
ANSWER = 15.0

Way = Literal["types", "says"]
WAYS: Mapping[str, Way] = {"typed to": "types", "spoken to": "says"}
"""How the caller asks in each of the calls, which are for agents that write."""


def names(profile: Profile) -> tuple[str, ...]:
    """Return the names of the calls for an agent that writes: one that hears is spoken to too."""
    return tuple(name for name, way in WAYS.items() if way == "types" or profile.hears)


async def run(call: Call, profile: Profile, name: str, spoken: Spoken) -> list[Check]:
    """Run the derived call `name`, and return its checks."""
    sentences = sentences_for(language_of(profile))
    checks = [await _opens(call, profile)]
    for text in (sentences.request, sentences.question):
        if not checks[-1].passed:
            break
        checks.append(await _answers(call, WAYS[name], text, spoken))
    return checks


async def _opens(call: Call, profile: Profile) -> Check:
    def wrote() -> bool:
        return call.count("response") > 0

    if profile.on_enter is not None:
        name = f"The agent writes first, within {FIRST_LINE:.0f} s, as on_enter says."
        came = await call.until(wrote, FIRST_LINE)
        return Check(name, came, f"It wrote after {call.now:.1f} s." if came else "It did not.")
    name = f"The agent waits for the caller for {QUIET:.0f} s, as there is no on_enter."
    came = await call.until(wrote, QUIET)
    return Check(name, not came, f"It wrote after {call.now:.1f} s." if came else "It did.")


async def _answers(call: Call, way: Way, text: str, spoken: Spoken) -> Check:
    name = f'The agent answers in writing when the caller {way}: "{text}"'
    began = call.now
    if way == "types":
        call.type(text)
    else:
        await call.say(spoken[DEFAULT_VOICE, text], text)
    asked = call.now
    if not await call.until(lambda: call.count("response", began) > 0, ANSWER):
        return Check(name, False, f"There was no answer within {ANSWER:.0f} s.")
    return Check(name, True, f"It answered {max(0.0, call.now - asked):.1f} s later.")
