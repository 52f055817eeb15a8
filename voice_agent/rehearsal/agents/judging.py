"""What must hold in the derived calls of agents, fields and menus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ...format.agents import BACK, Key, Menu
from ...format.scenario import plain_text
from ...format.tools import UNSET
from .. import tool_runs
from ..cutting_in import may_cut_in
from ..expectations import in_seconds
from ..results import Check
from .handoff_trials import AGAIN, ROUNDS
from .menu_trials import UNKNOWN_KEY
from .seen import Seen, user_texts, was_told

# Seconds.
FIRST_WORD = 3.0
"""Within which a caller hears something of the agent that has taken over."""
_SHORTEST = 4  # characters of a value that nothing else has by chance
REDACTED = "(redacted)"


def checks(seen: Seen) -> Iterator[Check]:
    """Yield everything that was checked in a call."""
    trial = seen.trial
    if trial.kind == AGAIN:
        yield from _rounds(seen)
    elif trial.collects:
        yield from _field(seen)
    elif trial.keys or trial.kind == UNKNOWN_KEY:
        yield from _key(seen)
    else:
        yield from _handoff(seen)
    if saved := _expected(seen):
        yield _saved(seen, saved)
    yield _nothing_lost(seen)
    if any(each.redact for each in trial.profile.variables.values()):
        yield _private(seen)


def _times(count: int) -> str:
    return {0: "It did not.", 1: "It did, once."}.get(count, f"It did {count} times.")


# Handoffs.


def _handoff(seen: Seen) -> Iterator[Check]:
    trial = seen.trial
    entered = len(seen.events("agent_entered", trial.agent))
    yield Check(f"The call goes on to {trial.agent}, once.", entered == 1, _times(entered))
    if not entered:
        return
    if not _goes_further(seen):
        name = f"It stays with {trial.agent}."
        yield Check(name, seen.state.agent == trial.agent, f"{seen.state.agent} holds.")
    if trial.kind == "happens by itself":
        yield _decided_by_no_llm(seen)
    if not trial.spoken:
        yield _first_word(seen)
        yield _nothing_made_up(seen)
    yield from _greetings(seen)
    if trial.refused:
        yield from _second_refused(seen)


def _goes_further(seen: Seen) -> bool:
    ways = seen.trial.profile.handoffs_of(seen.trial.agent).values()
    return not all(each.is_for_the_llm for each in ways)


def _decided_by_no_llm(seen: Seen) -> Check:
    tool = f"handoff_to_{seen.trial.agent}"
    offered = [each for each in seen.call.asked if tool in each.tools]
    held = [each for each in offered if each.at - seen.call.began >= seen.began]
    others = [
        to
        for to, each in seen.trial.profile.handoffs.items()
        if to == seen.trial.agent and each.is_for_the_llm
    ]
    name = "No language model decides it."
    shown = f"It was offered {tool}." if held else "It was not asked."
    return Check(name, not held or bool(others), shown)


def _first_word(seen: Seen) -> Check:
    took = seen.first_word
    name = f"The caller hears something within {FIRST_WORD:g} s."
    shown = "There was nothing." if took is None else f"It took {in_seconds(took)}."
    return Check(name, took is not None and took <= FIRST_WORD, shown)


def _nothing_made_up(seen: Seen) -> Check:
    """Check that the language model is told of no words that nobody has said."""
    opening = [each.on_enter for each in seen.trial.profile.agents.values()]
    written = [each.user_input for each in (*opening, seen.trial.profile.on_enter) if each]
    said = [e.text for e in seen.call.events if e.name in ("user_typed", "user_stopped_speaking")]
    known = {plain_text(each) for each in (*said, *filter(None, written))}
    others = [each for each in user_texts(seen.asked) if each and plain_text(each) not in known]
    name = "The language model is told nothing in the caller's name that the caller did not say."
    return Check(name, not others, f'It was told "{others[0]}".' if others else "It was not.")


def _greetings(seen: Seen) -> Iterator[Check]:
    trial = seen.trial
    if trial.handoff and trial.handoff.say:
        text = seen.state.values.spoken(trial.handoff.say)
        times = seen.said(text, seen.began)
        name = f'What is said at the change is said once: "{text}"'
        # Of what is cut off at its first word, nothing is left.
        yield Check(name, times == 1 or (trial.spoken and not times), _times(times))
    opening = trial.profile.agents[trial.agent].on_enter
    if opening is None or opening.every:
        return
    every = [e for e in seen.call.tool_events if e.name == "agent_entered"]
    again = sum(each.tool == trial.agent for each in every) > 1
    name = f"{trial.agent} greets once."
    if opening.say is not None:
        times = seen.said(seen.state.values.spoken(opening.say))
    else:
        told = seen.state.values.told(opening.instructions or opening.user_input or "")
        since = seen.asked if again else ()
        times = 1 + any(told in _new_words(each) for each in since)
    yield Check(name, times <= 1, _times(times))


def _new_words(asked: Any) -> str:
    """Return what stands in a request after all that was said before it."""
    last = asked.items[-1:]
    return " ".join(item.text_content or "" for item in last if item.type == "message")


def _second_refused(seen: Seen) -> Iterator[Check]:
    trial = seen.trial
    refused = seen.events("handoff_refused")
    name = "The handoff that is called second is refused, and the language model is told why."
    told = seen.told(f"handoff_to_{trial.refused}")
    shown = f"It was told: {told}" if told else "It was told nothing."
    yield Check(name, len(refused) == 1 and bool(told), shown)
    if trial.refused != trial.agent:
        entered = len(seen.events("agent_entered", trial.refused))
        yield Check(f"The call does not go on to {trial.refused}.", not entered, _times(entered))


def _rounds(seen: Seen) -> Iterator[Check]:
    changes, refused = seen.events("agent_entered"), seen.events("handoff_refused")
    name = f"It changes hands at most {ROUNDS} times without a word of the caller."
    yield Check(name, len(changes) <= ROUNDS, f"It did {len(changes)} times.")
    name = "After that a handoff is refused, and the agent answers."
    last = max((each.at for each in refused), default=0.0) - seen.call.began
    answered = seen.call.count("response", last) > 0
    yield Check(name, bool(refused) and answered, f"{len(refused)} were refused.")


# Fields.


def _field(seen: Seen) -> Iterator[Check]:
    trial = seen.trial
    collected = seen.events("field_collected", trial.collects)
    if trial.kind == "refused":
        refused = len(seen.events("field_refused", trial.collects))
        name = f"{trial.collects} counts as refused, and nothing is collected."
        yield Check(name, refused == 1 and not collected, _times(refused))
        yield _goes_on(seen)
        return
    count = len(collected)
    if trial.kind == "corrected":
        # Who goes back to it gives it twice.
        yield Check(f"{trial.collects} is collected.", 1 <= count <= 2, _times(count))
    else:
        yield Check(f"{trial.collects} is collected, once.", count == 1, _times(count))
    if trial.kind == "out of range":
        yield _told_why(seen)
    yield _goes_on(seen)


def _told_why(seen: Seen) -> Check:
    trial = seen.trial
    told = seen.told(f"update_{trial.collects}")
    name = "The language model is told that the first value does not fit."
    fits = bool(told)
    if trial.refused and "{{" not in trial.refused:
        name = f'The language model is told of the first value: "{trial.refused}"'
        fits = trial.refused.strip() in told
    return Check(name, fits, f"It was told: {told}" if told else "It was told nothing.")


def _goes_on(seen: Seen) -> Check:
    happened = [*seen.events("field_collected"), *seen.events("field_refused")]
    last = max((each.at for each in happened), default=0.0) - seen.call.began
    said = seen.call.count("response", max(last, seen.began)) > 0
    return Check("The agent then goes on.", said, "It did." if said else "It said nothing.")


# Menus.


def _key(seen: Seen) -> Iterator[Check]:
    trial = seen.trial
    if trial.kind == UNKNOWN_KEY:
        if trial.menu is not None:
            yield _offered(seen, trial.menu)
        yield Check(f"It stays with {trial.left}.", seen.state.agent == trial.left, _holds(seen))
        return
    pressed = len(seen.events("key_pressed", trial.keys))
    yield Check(f"The key {trial.keys} counts, once.", pressed == 1, _times(pressed))
    if pressed and trial.key is not None:
        yield from _effect(seen, trial.key)


def _holds(seen: Seen) -> str:
    return f"{seen.state.agent} holds."


def _effect(seen: Seen, key: Key) -> Iterator[Check]:
    if key.handoff not in (None, BACK):
        entered = len(seen.events("agent_entered", key.handoff or ""))
        yield Check(f"The call goes on to {key.handoff}, once.", entered == 1, _times(entered))
    elif key.tool is not None:
        called = len(seen.events("tool_called", key.tool))
        yield Check(f"{key.tool} is called, once.", called == 1, _times(called))
    elif key.say is not None:
        text = seen.state.values.spoken(key.say)
        times = seen.said(text, seen.began)
        yield Check(f'The agent says: "{text}"', times >= 1, _times(times))
    elif key.menu is not None:
        yield _offered(seen, key.menu)


def _offered(seen: Seen, menu: Menu) -> Check:
    if menu.say is None:
        said = seen.call.count("response", seen.began) > 0
        return Check("The menu is offered.", said, "It was." if said else "It was not.")
    text = seen.state.values.spoken(menu.say)
    times = seen.said(text, seen.began)
    return Check(f'The menu is offered: "{text}"', times >= 1, _times(times))


# Whatever the call is about.


def _expected(seen: Seen) -> dict[str, Any]:
    expected = dict(seen.trial.saved)
    if seen.trial.handoff is not None:
        for name, each in seen.trial.handoff.parameters.items():
            if each.value is not UNSET:
                expected[name] = seen.state.values.render(each.value)
    return expected


def _saved(seen: Seen, saved: dict[str, Any]) -> Check:
    values = seen.state.values
    found = {each: values.get(each) for each in saved if values.is_set(each)}
    name = f"What was given is kept: {', '.join(saved)}."
    wrong = [each for each in saved if each not in found or found[each] != saved[each]]
    if not wrong:
        return Check(name, True, "It was.")
    variable = seen.trial.profile.variables.get(wrong[0])
    secret = variable is not None and variable.redact
    shown = REDACTED if secret else json.dumps(found.get(wrong[0]), default=str)
    lacking = f"{wrong[0]} has no value."
    return Check(name, False, f"{wrong[0]} is {shown}." if wrong[0] in found else lacking)


def _nothing_lost(seen: Seen) -> Check:
    """Check that all that the caller said reaches the language model in a later request."""
    may_cut = may_cut_in(seen.trial.profile, opening=False)
    names = ("user_typed", "user_stopped_speaking") if may_cut else ("user_typed",)
    lost = [
        each.text
        for each in seen.call.events
        if each.name in names and not was_told(seen.call, each.text, each.at)
    ]
    name = "Nothing that the caller said is lost: the language model is told of it."
    return Check(name, not lost, f'It was not told: "{lost[0]}"' if lost else "It was told all.")


def _private(seen: Seen) -> Check:
    """Check that no report will have what is kept secret."""
    variables = seen.trial.profile.variables.items()
    values = seen.state.values
    secrets = [
        str(values.get(name))
        for name, each in variables
        if each.redact and values.is_set(name) and len(str(values.get(name))) >= _SHORTEST
    ]
    shown = [(e.text, e.arguments, e.value) for e in seen.call.events]
    runs = [asdict(each) for each in tool_runs.of(seen.call)]
    text = json.dumps([shown, runs], ensure_ascii=False, default=str)
    leaked = [each for each in secrets if each in text]
    name = "What is kept secret is in no report."
    return Check(name, not leaked, "It would be." if leaked else "It is not.")
