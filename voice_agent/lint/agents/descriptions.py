"""Warnings on what the llm is told of handoffs and of the keys of menus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...format.declared_agents import Where, agents, menus
from ...format.declared_tools import get, mapping
from ...format.diagnostics import Diagnostic, quote
from ...format.yaml_source import Source
from ..tool_texts import FEWEST_WORDS, LONGEST, WORD
from .texts import agent_texts


def description_warnings(source: Source) -> Iterator[Diagnostic]:
    """Yield the descriptions in the agents of a profile that say too little, too much, or nothing.

    A menu on a key needs none where nobody speaks.
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
                yield from _menus(source, where, menu)


def _menus(source: Source, where: Where, menu: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield the keys of which the llm learns that they open a menu, and not what that is about.

    Of the others, it is told what they do.
    """
    for key, written in mapping(menu.get("keys")).items():
        if get(written, "menu") is None or get(written, "when") is not None:
            continue
        message = f"nothing tells the llm when callers who speak mean the menu on {quote(key)}"
        hint = "add when, such as The caller asks about an invoice."
        node = source.key([*where, "keys", key])
        yield source.at(node, "no-description", message, hint, severity="warning")
