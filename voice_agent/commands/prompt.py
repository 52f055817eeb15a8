"""What the llm of a profile is sent with every request, as `show --prompt` shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..format.profile import Profile
from ..format.prompt import tokens_in
from ..runtime.readable import readable
from ..runtime.variables import Values
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


def show(profile: Profile, words: Sequence[str], *, as_json: bool) -> None:
    """Print what the llm is sent in a call in which --var says `words`."""
    variable_options.use(words, [profile])
    found = sent(profile, Values(profile))
    if as_json:
        print(_json(found))
    else:
        print(*map(readable, _lines(found)), sep="\n")


def sent(profile: Profile, values: Values) -> Sent:
    """Return what the llm is sent in a call with these values."""
    prompt = values.prompt()
    texts = {
        "instructions, the same in every call": prompt.common,
        "added for a caller who speaks": prompt.audio,
        "added for a caller who types": prompt.text,
        "values of this call": prompt.dynamic,
    }
    sections = tuple(Section(name, text) for name, text in texts.items() if text)
    return Sent(sections, tuple(_tools(profile, values)), tuple(_beside(profile)))


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


def _tools(profile: Profile, values: Values) -> list[dict[str, Any]]:
    if profile.tools == type(profile.tools)():
        return []
    # Here, as LiveKit itself writes them, and its import takes two seconds.
    from ..runtime.tool_schemas import schemas

    return schemas(profile, values)


def _beside(profile: Profile) -> Iterator[str]:
    if profile.session.get("expressive"):
        yield "session.expressive adds what LiveKit tells the llm of the voice."
    if profile.mcp_servers:
        names = ", ".join(profile.mcp_servers)
        yield f"The tools of MCP servers come on top, as the servers list them in a call: {names}."
