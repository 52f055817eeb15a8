"""What the llm of a profile is sent with every request, as `show --prompt` shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import UsageError
from ..format.profile import Profile
from ..format.prompt import tokens_in
from ..format.typos import closest
from ..runtime.readable import readable
from ..runtime.variables import NoValue, Values
from . import variable_options

_ESTIMATE = "Sizes are estimates: a token for every four bytes."


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the prompt: what it is, and the text that is sent."""

    name: str
    text: str

    @property
    def tokens(self) -> int:
        """About how many tokens it has."""
        return tokens_in(self.text)


@dataclass(frozen=True, slots=True)
class Sent:
    """All that is sent: texts, and the schemas of tools as LiveKit writes them."""

    sections: tuple[Section, ...]
    tools: tuple[dict[str, Any], ...]
    beside: tuple[str, ...]
    """Sentences on what LiveKit adds in the call."""

    @property
    def tokens(self) -> int:
        """About how many tokens it has, and so how many each request begins with."""
        schemas = [json.dumps(each, ensure_ascii=False) for each in self.tools]
        return sum(map(tokens_in, [*(each.text for each in self.sections), *schemas]))


def show(profile: Profile, agent: str, words: Sequence[str], *, as_json: bool) -> None:
    """Print what the llm is sent in a call in which --var says `words`.

    Of several agents, it is the one named, or else the one that takes the call. Raises UsageError
    for one that the profile does not have, and for variables that only the call gives a value.
    """
    name = _named(profile, agent)
    variable_options.use(words, [profile])
    try:
        found = sent(profile, Values(profile), name)
    except NoValue as why:
        lacking = str(why).partition(" ")[0]
        raise UsageError(
            f"{why} before the call gives it one. Give it one here: --var {lacking}=VALUE"
        ) from None
    if as_json:
        print(_json(found))
    else:
        print(*map(readable, _lines(found)), sep="\n")


def _named(profile: Profile, agent: str) -> str | None:
    """Return the agent whose prompt is meant; None in a profile that has one alone."""
    if agent and agent not in profile.agents:
        whose = f'The profile "{profile.name}"'
        if not profile.agents:
            raise UsageError(f"{whose} has one agent alone, so --prompt takes no name.")
        close = closest(agent, profile.agents)
        hint = f'Did you mean "{close}"?' if close else f"There are: {', '.join(profile.agents)}."
        raise UsageError(f'{whose} has no agent "{agent}". {hint}')
    return agent or next(iter(profile.agents), None)


def sent(profile: Profile, values: Values, agent: str | None = None) -> Sent:
    """Return what the llm is sent in a call with these values, while one of several agents holds.

    Raises NoValue for a variable in its instructions that has no value.
    """
    prompt = values.prompt(agent)
    texts = {
        "instructions, the same in every call": prompt.common,
        "added for a caller who speaks": prompt.audio,
        "added for a caller who types": prompt.text,
        "values of this call": prompt.dynamic,
    }
    sections = tuple(Section(name, text) for name, text in texts.items() if text)
    return Sent(sections, tuple(_tools(profile, values, agent)), tuple(_beside(profile, agent)))


def _lines(found: Sent) -> Iterator[str]:
    """Yield the lines that show it to people."""
    for section in found.sections:
        yield from (f"── {section.name} (some {section.tokens:,} tokens)", section.text, "")
    for tool in found.tools:
        name = tool.get("function", tool).get("name", "")
        written = json.dumps(tool, ensure_ascii=False, indent=2)
        count = tokens_in(json.dumps(tool, ensure_ascii=False))
        yield from (f"── tool {name} (some {count:,} tokens)", written, "")
    yield f"── in all some {found.tokens:,} tokens, before anybody has said a word. {_ESTIMATE}"
    yield from found.beside


def _json(found: Sent) -> str:
    """Return it for programs."""
    sections = [
        {"name": each.name, "text": each.text, "tokens": each.tokens} for each in found.sections
    ]
    data = {
        "version": 1,
        "sections": sections,
        "tools": found.tools,
        "tokens": found.tokens,
        "beside": found.beside,
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _tools(profile: Profile, values: Values, agent: str | None) -> list[dict[str, Any]]:
    if profile.tools == type(profile.tools)() and agent is None:
        return []
    # Here, as LiveKit itself writes them, and its import takes two seconds.
    from ..runtime.tool_schemas import schemas

    return schemas(profile, values, agent)


def _beside(profile: Profile, agent: str | None) -> Iterator[str]:
    servers = [each for each in profile.mcp_servers if not agent or each in profile.tools_of(agent)]
    if agent:
        yield f'This is for the agent "{agent}".'
        if others := [each for each in profile.agents if each != agent]:
            yield f"The others are shown by their names, as in --prompt {others[0]}."
        if profile.agents[agent].collect:
            yield "While it collects, instructions and tools for that come on top."
    if profile.session.get("expressive"):
        yield "session.expressive adds what LiveKit tells the llm of the voice."
    if servers:
        names = ", ".join(servers)
        yield f"The tools of MCP servers come on top, as the servers list them in a call: {names}."
