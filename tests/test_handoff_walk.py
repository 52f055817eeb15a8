"""Which variables may have no value in an agent: the walk, compared with calls that are played."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support import examples
from support.profiles import MODELS

from voice_agent.format.handoff_walk import Walk, in_words
from voice_agent.format.loader import examine_text

NAMES = ("first", "second", "third", "fourth")
VARIABLES = ("a", "b")
LONGEST = 6  # handoffs in one call that is played: more than there are agents

bounded = settings(derandomize=True, deadline=None, max_examples=examples(200))

parameters = st.dictionaries(
    st.sampled_from(VARIABLES), st.sampled_from([{"value": 1}, {"optional": True}]), max_size=2
)
conditions = st.sampled_from(
    ["The caller wants it.", "collected", {"tool": "save"}, {"variable": "b", "is": 1}]
)
handoffs = st.dictionaries(
    st.sampled_from([*NAMES, "back"]),
    st.fixed_dictionaries({"when": conditions, "with": parameters}),
    max_size=3,
)
fields = st.dictionaries(
    st.sampled_from(VARIABLES), st.sampled_from([{"type": "integer"}, {"optional": True}])
)
agents = st.fixed_dictionaries(
    {"handoffs": handoffs}, optional={"collect": fields | st.just(["a"]), "menu": st.just({})}
)
profiles = st.fixed_dictionaries(
    {
        "agents": st.fixed_dictionaries(dict.fromkeys(NAMES, agents)),
        "handoffs": st.dictionaries(
            st.sampled_from(NAMES), st.fixed_dictionaries({"when": conditions}), max_size=1
        ),
        "tools": st.just({"save": {"response": {"save": {"a": "id"}}}}),
    }
)


@bounded
@given(profiles)
def test_the_walk_finds_what_calls_find(profile: dict[str, Any]) -> None:
    walk = Walk(profile)
    found = {
        (agent, name) for agent, known in played(profile) for name in VARIABLES if name not in known
    }
    for agent in NAMES:
        for name in VARIABLES:
            assert bool(walk.way_without(name, agent)) is ((agent, name) in found), (agent, name)


def played(profile: dict[str, Any]) -> set[tuple[str, frozenset[str]]]:
    """Return every agent that calls enter, with the variables that have values by then.

    A call is played as long as anything new comes of it; `back` leads to the agent before.
    """
    begins: tuple[str, frozenset[str], tuple[str, ...]]
    begins = (next(iter(profile["agents"])), frozenset(), ())
    states, ahead = {begins}, [begins]
    while ahead:
        agent, known, behind = ahead.pop()
        for to, given_now in leaving(profile, agent):
            if to == "back":
                after = (behind[-1], known | given_now, behind[:-1]) if behind else None
            else:
                after = (to, known | given_now, (*behind, agent))
            if after and after not in states and len(after[2]) <= LONGEST:
                states.add(after)
                ahead.append(after)
    return {(agent, known) for agent, known, _ in states}


def leaving(profile: dict[str, Any], agent: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield where a call may go from an agent, and which variables the handoff surely sets."""
    own = profile["agents"][agent]
    collected = own.get("collect", {})
    asked = (
        {"a"}
        if isinstance(collected, list)
        else {name for name, field in collected.items() if "optional" not in field}
    )
    for to, handoff in [*own["handoffs"].items(), *profile["handoffs"].items()]:
        when = handoff["when"]
        if to == agent or (when == "collected" and "collect" not in own):
            continue
        known = {name for name, each in handoff.get("with", {}).items() if "optional" not in each}
        if when == "collected":
            known |= asked
        if isinstance(when, dict):
            known |= {"a"} if "tool" in when else {"b"}
        yield to, frozenset(known)


def test_the_way_is_the_shortest_and_names_each_agent() -> None:
    wanted = {"when": "The caller wants it."}
    profile = {
        "agents": {
            "first": {"handoffs": {"second": wanted, "third": wanted}},
            "second": {"handoffs": {"fourth": wanted}},
            "third": {"handoffs": {"second": wanted}},
            "fourth": {},
        }
    }
    way = Walk(profile).way_without("a", "fourth")
    assert in_words(way, "fourth") == "first → second → fourth"


def test_twenty_agents_may_all_hand_over_to_each_other() -> None:
    names = [f"agent_{number}" for number in range(20)]
    topic = {"topic": {"type": "string", "description": "What the call is about."}}
    wanted = {"when": "The caller wants to talk of something else.", "with": topic}
    profile = {
        "instructions": "Be brief.",
        **yaml.safe_load(MODELS),
        "agents": {
            name: {
                "instructions": "Talk of {{ topic }}." if name != names[0] else "Ask what about.",
                "handoffs": {other: wanted for other in names if other != name},
            }
            for name in names
        },
    }
    checked = examine_text(json.dumps(profile), "desk.yaml")
    assert checked.profile, [each.text for each in checked.diagnostics]
    assert len(checked.profile.agents) == 20
