"""How the script collects details: it asks, records, reads back, and takes no for an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .detail_fields import (
    DetailField,
    field_named_in,
    fields_of,
    keys_in,
    spoken_values,
)
from .details_words import details_in
from .likeness import common, content_words, words_of
from .replies import Messages, Reply, ToolCall, ended_calls, instruction_of, talk_of, text_of
from .spoken_details import answer_in
from .tool_choice import choose
from .tool_script import told
from .ways import is_handoff

_ASKS = re.compile(r"^(?:ask the user|get the user'?s)\b|^solely", re.I)
_DIGITS = "solely for gathering digits"  # LiveKit tells no more, and offers no tool at first.
_HAS_ALREADY = re.compile(r"\balready\b", re.I)
_READ_BACK = re.compile(r"\bconfirm|\brepeat (?:the|themselves)", re.I)
_REFUSED = re.compile(r"\binvalid\b|\bnot valid\b|\bnot match|\bin the past\b|^couldn't\b", re.I)
_NOT_READ_BACK = re.compile(r"\b(?:do not|don't|never) (?:repeat|read|say)\b", re.I)
_SPELLED = re.compile(r"(?:character|letter) by (?:character|letter)|digit by digit", re.I)
_OWN = ("update_", "confirm_", "decline_", "record_inputs", "out_of_scope", "restart_card")
_ENDING = ("end_call", "transfer_call")
_OF_TASKS = words_of("collects collect the user caller their asks for")
_ENDS = (".", "!", "?", "？", "。", "！")
_KEYPAD = "<dtmf_inputs>"


def collect(messages: Messages, tools: Sequence[Mapping[str, Any]], language: str) -> Reply | None:
    """Return what the script does to collect a detail; None where none is being collected."""
    prompt = text_of(messages[0]) if messages else ""
    instruction = instruction_of(messages)
    fields = fields_of(tools, prompt)
    if not fields:
        told = _DIGITS if _DIGITS in prompt and not instruction else instruction
        found = field_named_in(told) if _ASKS.search(told) else None
        return Reply(found.question(found.parts[0], language)) if found else None
    talk = talk_of(messages)
    collecting = _Collecting(fields, {str(each["name"]): each for each in tools}, talk, language)
    if instruction:
        return collecting.entered(instruction)
    if talk and talk[-1].get("role") == "tool":
        return collecting.recorded()
    if talk and talk[-1].get("role") == "user":
        return collecting.answered(text_of(talk[-1]))
    return Reply(collecting.ask())


@dataclass(frozen=True)
class _Collecting:
    """A request in which something is collected."""

    fields: Sequence[DetailField]
    tools: Mapping[str, Mapping[str, Any]]
    talk: Messages
    language: str

    @property
    def field(self) -> DetailField:
        """The detail that is asked for."""
        said = [text_of(each) for each in self.talk if each.get("role") == "assistant"]
        for text in reversed(said[-2:]):
            for each in self.fields:
                if any(text.endswith(each.question(part, self.language)) for part in each.parts):
                    return each
        calls = [call for call, _ in ended_calls(self.talk)]
        named = {each.tool: each for each in self.fields}
        return next(
            (named[call.tool] for call in reversed(calls) if call.tool in named), self.fields[0]
        )

    @property
    def confirms(self) -> Mapping[str, Any] | None:
        """The tool that confirms what was recorded; None where nothing is to be confirmed."""
        if self.field.tool == "confirm_inputs":
            return self.tools["confirm_inputs"] if self._keys() else None
        kind, _, name = self.field.tool.partition("_")
        return self.tools.get(f"confirm_{name}") if kind == "update" else None

    def ask(self, found: Mapping[str, Any] | None = None) -> str:
        """Return the question for what is missing."""
        field = self.field
        return field.question(field.lacks(found or {}) or field.parts[0], self.language)

    def entered(self, instruction: str) -> Reply | None:
        """Ask for what an instruction wants, unless the caller has given it already."""
        named = [each for each in self.fields if each.tool in instruction]
        if not named and not _ASKS.search(instruction):
            return None
        done = {call.tool for call, _ in ended_calls(self.talk)}
        field = named[0] if named else self.fields[0]
        said = [text_of(each) for each in self.talk if each.get("role") == "user"]
        for text in reversed(said if _HAS_ALREADY.search(instruction) else ()):
            found = field.read(text, self.language, asked=False)
            if found and not field.lacks(found) and field.tool not in done:
                return Reply(calls=(field.call(found),))
        return Reply(field.question(field.parts[0], self.language))

    def recorded(self) -> Reply | None:
        """Read back what was recorded, or ask for it anew where it was refused."""
        results = list(ended_calls(self.talk))
        call, output = results[-1] if results else (ToolCall(""), "")
        words = details_in(self.language)[0]
        own = any(each.tool == call.tool for each in self.fields)
        if not own and not call.tool.startswith(_OWN):
            said = "" if call.tool.startswith("handoff_") else told(self.talk, self.language)
            return Reply(f"{said} {self.ask()}".strip())
        if not own or _REFUSED.search(output) or not _READ_BACK.search(output):
            said = " ".join(output.split())
            return Reply(f"{_sentence(said)} {self.ask()}".strip())
        if _NOT_READ_BACK.search(output.replace("do not call", "")):
            return Reply(words.once_more)
        value = " ".join(spoken_values(call.arguments))
        if _SPELLED.search(output):
            value = " ".join(value.replace(" ", ""))
        return Reply(words.noted.format(value=value))

    def answered(self, said: str) -> Reply | None:
        """Do what the caller's answer calls for."""
        if self.field.tool == "confirm_inputs" and _KEYPAD in said:
            return Reply(self._noted_keys(said))
        if self._wants_something_else(said):
            return None
        if back := self._goes_back(said):
            return Reply(calls=(back,))
        confirms = self.confirms
        if confirms is None:
            return self._given(said)
        return self._confirmed(said, confirms)

    def _wants_something_else(self, said: str) -> bool:
        """Return whether the caller plainly asks for what another tool does."""
        others = [each for name, each in self.tools.items() if not name.startswith(_OWN)]
        wanted = choose(said, others, self.language) if others else None
        if wanted is None:
            return False
        if is_handoff(self.tools[wanted]) or wanted in _ENDING:
            return True
        # Words that a field takes are its value, unless they ask.
        asks = said.strip().endswith(_ENDS[2:4])
        return asks or not self.field.read(said, self.language, asked=True)

    def _given(self, said: str) -> Reply:
        """Record what the caller has given, or ask again."""
        field = self.field
        if field.takes_any_words and (declined := self._declined(said)):
            return Reply(calls=(declined,))
        answers = [*field.answers(self.talk, self.language)]
        first = field.read(said, self.language, asked=True)
        found = dict(first)
        for part, answer in answers:
            whole = field.read(answer, self.language, asked=True)
            by_part = field.read_part(part, answer, self.language) if part in field.parts else {}
            found = {**found, **whole} if not field.lacks(whole) else {**found, **by_part}
        if not field.lacks(found):
            if field.tool == "confirm_inputs":
                return Reply(self._noted_keys(said))
            return Reply(calls=(*self._time(said), field.call(found)))
        if declined := self._declined(said):
            return Reply(calls=(declined,))
        again = details_in(self.language)[0].again
        asked = [part for part, _ in answers]
        missing = field.lacks(found)
        repeated = bool(asked) and asked[-1] == missing
        return Reply(f"{again} {self.ask(found)}" if repeated or not found else self.ask(found))

    def _confirmed(self, said: str, tool: Mapping[str, Any]) -> Reply:
        """Confirm what was recorded, or correct it."""
        field, words = self.field, details_in(self.language)[0]
        name = str(tool["name"])
        repeats = name != "confirm_inputs" and bool(_properties(tool))
        denies = self._hears("corrects", said)
        agrees = self._hears("yes", said) and not denies
        new: Mapping[str, Any]
        if repeats:
            new = field.read(said, self.language, asked=True)
        else:
            new = {} if agrees else self._corrected(said, denies=denies)
        if repeats and new and not denies:
            repeated = {f"repeated_{key}": value for key, value in new.items()}
            return Reply(calls=(ToolCall(name, repeated),))
        if new and not field.lacks(new):
            if name == "confirm_inputs":
                return Reply(words.noted.format(value=" ".join(new["inputs"])))
            return Reply(calls=(field.call(new),))
        if agrees:
            if repeats:
                return Reply(words.once_more)
            keys = {"inputs": self._keys()} if name == "confirm_inputs" else {}
            return Reply(calls=(ToolCall(name, keys),))
        bare_no = denies and len(said.split()) < 3
        if not bare_no and (declined := self._declined(said)):
            return Reply(calls=(declined,))
        if denies:
            return Reply(self.ask())
        return Reply(self._read_back_again())

    def _corrected(self, said: str, *, denies: bool) -> Mapping[str, Any]:
        """Return what the caller says it is in place of what was recorded."""
        field = self.field
        if denies:
            said = answer_in(said, self.language)
            if self._hears("corrects", said) and len(said.split()) < 3:
                return {}  # a bare "no"
        sure = field.read(said, self.language, asked=False)
        if sure or not (denies or _is_plain(said)):
            return sure
        return field.read(said, self.language, asked=True)

    def _time(self, said: str) -> tuple[ToolCall, ...]:
        """Return the call that records the time of a birth, where LiveKit asks for it too."""
        if self.field.tool != "update_dob" or "update_time" not in self.tools:
            return ()
        from .tool_arguments import find_arguments

        schema = {"properties": {"time": {"type": "string", "format": "time"}}}
        found = find_arguments(said, schema, self.language).get("time", "")
        hour, _, minute = found.partition(":")
        if not found:
            return ()
        return (ToolCall("update_time", {"hour": int(hour), "minute": int(minute[:2])}),)

    def _declined(self, said: str) -> ToolCall | None:
        """Return the call that tells that the caller does not want to say it, if that is so."""
        if not self._hears("withholds", said):
            return None
        name = self.field.tool.removeprefix("update_")
        offered = [each for each in self.tools if each.startswith("decline_")]
        own = [each for each in offered if each == f"decline_{name}"] or offered
        return ToolCall(own[0], {"reason": said}) if own else None

    def _goes_back(self, said: str) -> ToolCall | None:
        """Return the call that goes back to what the caller wants to correct."""
        tool = self.tools.get("out_of_scope")
        if not self._hears("goes_back", said):
            return None
        if "restart_card_collection" in self.tools and self._hears("returns", said):
            return ToolCall("restart_card_collection", {"reason": said})
        if tool is None:
            return None
        heard = content_words(said)
        described = re.search(r"\{.*\}", str(tool.get("description", "")), re.S)
        try:
            tasks = json.loads(described[0]) if described else {}
        except ValueError:
            return None
        wanted = [
            name
            for name, about in tasks.items()
            if common([*content_words(name.replace("_", " ")), *_nouns(str(about))], heard)
        ]
        return ToolCall("out_of_scope", {"task_ids": wanted}) if wanted else None

    def _hears(self, what: str, said: str) -> bool:
        return any(
            re.search(getattr(words, what), said.strip(), re.I)
            for words in details_in(self.language)
        )

    def _keys(self) -> list[str]:
        """Return the keys that were read back to the caller last."""
        said = [text_of(each) for each in self.talk if each.get("role") == "assistant"]
        words = details_in(self.language)[0]
        before, after = words.noted.split("{value}")
        if said and said[-1].startswith(before) and said[-1].endswith(after):
            return said[-1][len(before) : len(said[-1]) - len(after)].split()
        return []

    def _noted_keys(self, said: str) -> str:
        words = details_in(self.language)[0]
        return words.noted.format(value=" ".join(keys_in(said, self.language)))

    def _read_back_again(self) -> str:
        said = [text_of(each) for each in self.talk if each.get("role") == "assistant"]
        return next((text for text in reversed(said) if text), self.ask())


def _properties(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    written = tool.get("parameters")
    properties = written.get("properties") if isinstance(written, Mapping) else None
    return properties if isinstance(properties, Mapping) else {}


def _nouns(about: str) -> list[str]:
    return content_words(about, _OF_TASKS)


def _is_plain(said: str) -> bool:
    return len(said.split()) <= 4 and not said.strip().endswith(_ENDS[2:4])


def _sentence(text: str) -> str:
    return text if not text or text.endswith(_ENDS) else f"{text}."
