"""The texts of the agents in a profile's data, which may be of any shape, with their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from ...format.agents import COLLECTED
from ...format.declared_agents import Way, Where, agents, menu_keys, menus
from ...format.declared_tools import get, mapping

Use: TypeAlias = Literal["instructions", "when", "say", "user_input", "else"]

_MODALITIES = ("common", "audio", "text")
_OPENING: dict[str, Use] = {
    "user_input": "user_input",
    "instructions": "instructions",
    "say": "say",
}


class Text(NamedTuple):
    """A text of an agent, and what it is for; `agent` is None where it holds for all."""

    agent: str | None
    where: Where
    text: str
    use: Use


def offered(data: Any, name: str) -> Iterator[Way]:
    """Yield the handoffs of an agent: its own, and those from anywhere."""
    own = mapping(get(data, "agents", name, "handoffs"))
    for target, handoff in own.items():
        yield Way(name, target, ["agents", name, "handoffs", target], mapping(handoff))
    for target, handoff in mapping(get(data, "handoffs")).items():
        if target != name and target not in own:
            yield Way(None, target, ["handoffs", target], mapping(handoff))


def told(way: Way) -> str | None:
    """Return what the llm is told of a handoff; None where no llm decides."""
    return way.when if isinstance(way.when, str) and way.when != COLLECTED else None


def agent_texts(data: Any) -> Iterator[Text]:
    """Yield the texts of all agents: what the llm reads, and what callers hear."""
    for name, agent in agents(data).items():
        where: Where = ["agents", name]
        for place, text in instructions(agent, where):
            yield Text(name, place, text, "instructions")
        yield from _one(name, agent, [*where, "on_enter"], "user_input")
        for key, use in _OPENING.items():
            yield from _one(name, mapping(agent.get("on_enter")), [*where, "on_enter", key], use)
        yield from _handoffs(name, agent.get("handoffs"), [*where, "handoffs"])
        yield from _menus(data, name)
        yield from _fields(name, agent.get("collect"), [*where, "collect"])
    yield from _handoffs(None, get(data, "handoffs"), ["handoffs"])


def instructions(data: Mapping[str, Any], where: Where) -> Iterator[tuple[Where, str]]:
    """Yield the instructions of a profile or of an agent at this path, in each of their forms."""
    written = data.get("instructions")
    if isinstance(written, str):
        yield [*where, "instructions"], written
    for key in _MODALITIES:
        if isinstance(text := get(written, key), str):
            yield [*where, "instructions", key], text


def _one(agent: str | None, data: Mapping[str, Any], where: Where, use: Use) -> Iterator[Text]:
    text = data.get(str(where[-1]))
    if isinstance(text, str):
        yield Text(agent, where, text, use)


def _handoffs(agent: str | None, handoffs: Any, where: Where) -> Iterator[Text]:
    for target, handoff in mapping(handoffs).items():
        place = [*where, target]
        if get(handoff, "when") != COLLECTED:
            yield from _one(agent, mapping(handoff), [*place, "when"], "when")
        yield from _one(agent, mapping(handoff), [*place, "say"], "say")


def _menus(data: Any, name: str) -> Iterator[Text]:
    for where, menu in menus(data, name):
        yield from _one(name, menu, [*where, "say"], "say")
        yield from _one(name, menu, [*where, "instructions"], "instructions")
        for key, written in mapping(menu.get("keys")).items():
            if isinstance(written, str):
                yield Text(name, [*where, "keys", key], written, "say")
    for where, menu_key in menu_keys(data, name):
        yield from _one(name, menu_key, [*where, "say"], "say")
        yield from _one(name, menu_key, [*where, "when"], "when")


def _fields(name: str, collect: Any, where: Where) -> Iterator[Text]:
    for field, written in mapping(collect).items():
        for key in ("description", "extra_instructions"):
            yield from _one(name, mapping(written), [*where, field, key], "else")
        for keyword, text in mapping(get(written, "rejections")).items():
            if isinstance(text, str):
                yield Text(name, [*where, field, "rejections", keyword], text, "else")
