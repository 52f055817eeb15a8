"""What a menu has on its keys, and what the llm is told of it for callers who speak instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .agents import Key, Menu

CHOOSE = "choose"
"""The tool by which the llm does what a key does."""
KEY = "key"
"""Its parameter."""


def keys_in(menu: Menu, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Key]]:
    """Yield each key of a menu and of the menus below it, after the keys that lead to it."""
    for digit, key in menu.keys.items():
        path = (*above, digit)
        yield path, key
        if key.menu:
            yield from keys_in(key.menu, path)


def written(path: tuple[str, ...]) -> str:
    """Return the keys that lead to one as events and the llm have them: "4.2"."""
    return ".".join(path)


def menu_at(menu: Menu, path: tuple[str, ...]) -> Menu:
    """Return the menu that the keys of a path lead to, or the last one on the way there."""
    for digit in path:
        menu = menu.keys[digit].menu or menu
    return menu


def llm_sees(menu: Menu) -> dict[str, Any]:
    """Return the function that the llm is offered for a menu and all menus below it."""
    keys = [(written(path), key) for path, key in keys_in(menu)]
    lines = [f"- {path}: {what_it_does(key)}" for path, key in keys]
    description = (
        "Does what a key of the menu on the caller's telephone does. Call it when the caller says "
        "what they want, in place of pressing the key for it. The keys:\n"
    )
    chosen = {"type": "string", "enum": [path for path, _ in keys]}
    return {
        "name": CHOOSE,
        "description": description + "\n".join(lines),
        "parameters": {
            "type": "object",
            "properties": {KEY: chosen},
            "required": [KEY],
            "additionalProperties": False,
        },
    }


def what_it_does(key: Key) -> str:
    """Return when a key is meant, or else what it does, in words."""
    if key.when:
        return key.when
    if key.say:
        return f"Says: {key.say}"
    if key.tool:
        return f"Calls {key.tool}."
    if key.menu:
        return "Opens the menu below it."
    if key.handoff and key.handoff != "back":
        return f"Goes on to {key.handoff}."
    return "Says the menu again." if key.action == "repeat" else "Goes back."
