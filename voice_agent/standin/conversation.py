"""The conversation of a realtime session: its items, in the order in which both sides see them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Item:
    """A message, a call of a tool, what came of one, or whatever else a client puts in.

    `role` and `text` are "" where it has none.
    """

    id: str
    role: str = ""
    """That of a message, or "tool" for what came of a call."""
    text: str = ""
    audio: float = 0.0
    """How many milliseconds of speech were made of it."""
    tool: str = ""
    """The tool that is called; `text` has the arguments, as JSON."""
    call_id: str = ""
    """The call that this is, or of which this came."""

    def message(self) -> dict[str, Any]:
        """Return it as a message of a chat completion."""
        if self.tool:
            function = {"name": self.tool, "arguments": self.text}
            call = {"id": self.call_id, "type": "function", "function": function}
            return {"role": "assistant", "tool_calls": [call]}
        if self.role == "tool":
            return {"role": "tool", "tool_call_id": self.call_id, "content": self.text}
        return {"role": self.role, "content": self.text}


class Conversation:
    """The items of one session."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._numbers = itertools.count(1)

    @property
    def last(self) -> str | None:
        """The id of the last item; None where there is none."""
        return self._items[-1].id if self._items else None

    def new_id(self) -> str:
        """Return an id for the next item."""
        return f"item_{next(self._numbers)}"

    def find(self, item_id: object) -> Item | None:
        """Return the item of this id, if it is there."""
        return next((each for each in self._items if each.id == item_id), None)

    def add(self, item: Item, after: object = None) -> str | None:
        """Add an item at the end, or after another; return the id of the one before it.

        `after` is an id, or "root" for the beginning. Raises KeyError where there is no such item.
        """
        if after is None:
            place = len(self._items)
        elif after == "root":
            place = 0
        else:
            before = self.find(after)
            if before is None:
                raise KeyError(after)
            place = self._items.index(before) + 1
        self._items.insert(place, item)
        return self._items[place - 1].id if place else None

    def delete(self, item_id: object) -> bool:
        """Take an item out; return whether it was there."""
        item = self.find(item_id)
        if item is not None:
            self._items.remove(item)
        return item is not None

    def truncate(self, item_id: object, heard: object) -> bool:
        """Leave of what the agent said only what was heard in so many milliseconds."""
        item = self.find(item_id)
        if item is None or not isinstance(heard, int):
            return False
        if 0 <= heard < item.audio:
            # Nobody knows the times of the words here, so the words are shared out evenly.
            words = item.text.split()
            item.text = " ".join(words[: round(len(words) * heard / item.audio)])
        return True

    def messages(self) -> list[dict[str, Any]]:
        """Return what was said, as messages of a chat completion."""
        return [each.message() for each in self._items if each.role]


def item_of(data: dict[str, Any], item_id: str) -> Item:
    """Return what a client puts into the conversation; one that has no id gets `item_id`."""
    name = str(data.get("id") or item_id)
    call_id = str(data.get("call_id", ""))
    match data.get("type"):
        case "function_call":
            arguments = str(data.get("arguments", ""))
            tool = str(data.get("name", ""))
            return Item(name, "assistant", arguments, tool=tool, call_id=call_id)
        case "function_call_output":
            return Item(name, "tool", str(data.get("output", "")), call_id=call_id)
    content = data.get("content")
    parts = content if isinstance(content, list) else []
    texts = [
        part.get("text") or part.get("transcript") or "" for part in parts if isinstance(part, dict)
    ]
    role = str(data.get("role", "")) if data.get("type") == "message" else ""
    return Item(name, role, " ".join(map(str, filter(None, texts))))
