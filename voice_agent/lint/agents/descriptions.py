"""Warnings on what the llm is told of handoffs and of the keys of menus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...format.declared_agents import Where, agents, menus
from ...format.declared_tools import get, mapping
from ...format.diagnostics import Diagnostic, quote
from ...format.yaml_source import Source
from ..tool_texts import FEWEST_WORDS, LONGEST, WORD
from .texts import agent_texts, offered, told


def description_warnings(source: Source) -> Iterator[Diagnostic]:
    """Yield the descriptions in the agents of a profile that say too little, too much, or nothing.

    The keys of a menu need none where nobody speaks.
    """
    for text in agent_texts(source.data):
        if text.use != "when":
            continue
        node = source.value(text.where)
        words, is_key = len(WORD.findall(text.text)), "keys" in text.where
        if len(text.text) > LONGEST:
            message = f"this has {len(text.text):,} characters, and the llm reads it before every "
            message += "answer"
            hint = "keep to when it is meant, and move the rest to instructions"
            yield source.at(node, "long-description", message, hint, severity="warning")
        elif 0 < words < FEWEST_WORDS and not is_key:  # The menu says more of a key.
            target = quote(str(text.where[-2]))
            message = (
                f"{quote(text.text.strip())} hardly tells the llm when to hand over to {target}"
            )
            hint = "write a sentence, such as The caller wants a table."
            yield source.at(node, "vague-description", message, hint, severity="warning")
    if get(source.data, "room", "audio_input") is not False:
        for name in agents(source.data):
            for where, menu in menus(source.data, name):
                yield from _keys(source, name, where, menu)


def _keys(
    source: Source, agent: str, where: Where, menu: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """Yield the keys that callers who speak cannot choose."""
    by_llm = [way.target for way in offered(source.data, agent) if told(way)]
    for key, written in mapping(menu.get("keys")).items():
        if get(written, "when") is not None or get(written, "action") is not None:
            continue
        if get(written, "handoff") in by_llm:
            continue  # It is described as a handoff.
        message = f"nothing tells the llm when callers who speak mean the key {quote(key)}"
        hint = "add when, such as The caller wants a table."
        if isinstance(written, str):
            hint = "write {say: …, when: …}, such as when: The caller asks when you are open."
        node = source.key([*where, "keys", key])
        yield source.at(node, "no-description", message, hint, severity="warning")
