"""The values of a profile's variables in one call: where they come from, and where they are put.

Values are data of whoever provides them: callers, services, job metadata. Nothing here reads one
as a template, and no log line has one.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..format import built_ins
from ..format.history import Message, messages
from ..format.language import language_of
from ..format.profile import Profile
from ..format.prompt import Prompt, joined, prompt
from ..format.template_errors import is_secret
from ..format.templates import render, render_text
from ..format.tools import UNSET, History, Variable
from ..format.variable_types import Unfit, fitting, of_json, read
from ..format.written_values import in_prompt, in_speech
from .redaction import Redaction
from .secrets import from_environment

logger = logging.getLogger(__name__)


GIVEN = "AGENT_VARIABLES"
"""The variable of the environment that has what --var says, as JSON."""


def given() -> dict[str, Any]:
    """Return the values that --var gives in the console and in a rehearsal, by their names."""
    values: dict[str, Any] = json.loads(os.environ.get(GIVEN, "{}"))
    return values


class NoValue(KeyError):
    """A name in a template has no value, or none yet."""

    def __str__(self) -> str:
        return str(self.args[0])


class Refused(Exception):
    """A call cannot be taken, because variables have no values; the message says which."""


@dataclass(frozen=True, slots=True)
class Origins:
    """What the values of one call are taken from.

    `given` is what --var or a scenario says, over all else. Where `samples` is true, a sample is
    taken where nothing else is there: in the console, in a rehearsal and in `show`.
    """

    metadata: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    given: Mapping[str, Any] = field(default_factory=dict)
    samples: bool = False


class Values:
    """The values that the names in templates have in one call."""

    def __init__(
        self,
        profile: Profile,
        origins: Origins | None = None,
        *,
        call_id: str = "",
        room: str = "",
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Take the values from where the profile says, or else those that --var gives, and samples.

        Raises Refused with every variable that has neither a value nor a default. One that has no
        `from` is left unset, as a tool saves it.
        """
        self._profile = profile
        self._language = language_of(profile)
        self._now = now or (lambda: built_ins.moment(profile.timezone))
        self._began = self._now()
        started = self._began.isoformat(timespec="seconds")
        self._call = {"call.id": call_id, "call.room": room, "call.started_at": started}
        origins = origins or Origins(given=given(), samples=True)
        metadata = _Metadata(origins.metadata)
        self._values = _taken(profile.variables, origins, metadata)
        self.redaction = Redaction()
        for name in self._values:
            self._hide(name)
        self.talk = _talk(profile.history, metadata)
        """What was said in an earlier talk that this call goes on with."""

    def get(self, name: str) -> Any:
        """Return the value of a name, declared or built in; raise NoValue where it has none."""
        if name in self._call:
            return self._call[name]
        if name in built_ins.TIMES:
            return built_ins.of_time(name, self._now(), self._language)
        if name not in self._values:
            raise NoValue(f"{name} has no value")
        return self._values[name]

    def is_set(self, name: str) -> bool:
        """Tell whether a name has a value."""
        return name in self._values or name in built_ins.BUILT_INS

    def save(self, name: str, value: Any) -> None:
        """Set a declared variable; raise Unfit where the value is not of its type."""
        variable = self._profile.variables[name]
        self._values[name] = fitting(value, variable.type, variable.enum)
        self._hide(name)

    def _hide(self, name: str) -> None:
        if self._profile.variables[name].redact:
            self.redaction.hide(self._values[name])

    def render(self, data: Any) -> Any:
        """Return nested data with values in place of its names; raise NoValue for one without."""
        return render(data, self.get)

    def render_open(self, data: Any) -> Any:
        """Return what `render` does, with secrets from the environment as well."""

        def value(name: str) -> Any:
            return from_environment(name) if is_secret(name) else self.get(name)

        return render(data, value)

    def spoken(self, text: str) -> str:
        """Return a text to be spoken word for word, with values as plain words in it."""
        return render_text(text, self.get, in_speech)

    def told(self, text: str) -> str:
        """Return a text that the llm reads once, such as what an opening is, with values as JSON.

        No value ends its line or its quotes; see `prompt` for the instructions of the whole call.
        """
        return render_text(text, self.get, in_prompt)

    def prompt(self, agent: str | None = None) -> Prompt:
        """Return the instructions of the call, or of one of its agents.

        The times in them are those when the call began.
        """

        def value(name: str) -> Any:
            is_time = name in built_ins.TIMES
            return (
                built_ins.of_time(name, self._began, self._language) if is_time else self.get(name)
            )

        of = self._profile
        own = of.agents[agent].instructions if agent else None
        written = joined(of.instructions, own)
        return prompt(written, of.knowledge, value, asks_services=of.asks_services)


def _talk(history: History | None, metadata: _Metadata) -> list[Message]:
    if history is None:
        return []
    if history.origin is None:
        return messages(history.contents)
    try:
        brought = metadata.at(history.origin.partition(".")[2])
        return [] if brought is UNSET or brought is None else messages(brought)
    except Unfit as why:
        logger.warning("history: %s %s; the call begins without it", history.origin, why)
        return []


def _taken(
    declared: Mapping[str, Variable], origins: Origins, metadata: _Metadata
) -> dict[str, Any]:
    values, lacking = dict[str, Any](), list[str]()
    for name, variable in declared.items():
        try:
            value = _value(name, variable, origins, metadata)
        except Unfit as why:
            if variable.default is UNSET:
                lacking.append(f"{name}: {why}")
                continue
            logger.warning("%s: %s; its default is taken", name, why)
            value = variable.default
        if value is not UNSET:
            values[name] = value
    if lacking:
        raise Refused("; ".join(lacking))
    return values


def _value(name: str, variable: Variable, origins: Origins, metadata: _Metadata) -> Any:
    """Return the value of a variable; UNSET for one that is set in the call.

    Raises Unfit where what is there cannot be its value, or nothing is there and it has no default.
    """
    if name in origins.given:
        return origins.given[name]
    found = _from_origin(variable, origins, metadata) if variable.origin else UNSET
    if found is not UNSET:
        return found
    if origins.samples and variable.sample is not UNSET:
        return variable.sample
    if variable.default is UNSET and variable.origin:
        raise Unfit(f"there is no {variable.origin}, and no default")
    return variable.default


def _from_origin(variable: Variable, origins: Origins, metadata: _Metadata) -> Any:
    where, _, path = (variable.origin or "").partition(".")
    try:
        if where == "metadata":
            found = metadata.at(path)
            is_there = found is not UNSET and found is not None
            return fitting(found, variable.type, variable.enum) if is_there else UNSET
        texts = origins.attributes if where == "attributes" else origins.environment
        return read(texts[path], variable.type, variable.enum) if texts.get(path) else UNSET
    except Unfit as why:
        raise Unfit(f"{variable.origin} {why}") from None


class _Metadata:
    """The metadata of a job, which is read once it is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._data: Any = UNSET

    def at(self, path: str) -> Any:
        """Return the value at a path; UNSET where there is none. Raises Unfit for no JSON."""
        if not self._text:
            return UNSET
        if self._data is UNSET:
            try:
                self._data = of_json(self._text)
            except Unfit:
                raise Unfit("cannot be read, as the job's metadata is no JSON") from None
        value = self._data
        for key in path.split("."):
            if not (isinstance(value, dict) and key in value):
                return UNSET
            value = value[key]
        return value
