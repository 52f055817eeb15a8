"""The models of a profile: as frozen data, and in data that may be invalid, with their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .schema import is_realtime, schema

ROLES = ("stt", "llm", "tts")
SUFFIXES = {"stt": "language", "tts": "voice"}
"""The options that the name of a model on LiveKit Inference may end in, after a colon."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model, on LiveKit Inference or by a plugin of LiveKit's.

    `model` is "provider/model", which may end in ":language" or ":voice"; beside `plugin`, it is
    the option of that name. `options` are all other keys, exactly as they are written.
    """

    short_form: ClassVar[str] = "model"
    others: ClassVar[str] = "options"

    model: str | None = None
    plugin: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def written(self) -> dict[str, Any]:
        """The mapping that says the same."""
        own = {"plugin": self.plugin, "model": self.model}
        return {**{key: value for key, value in own.items() if value is not None}, **self.options}

    def __str__(self) -> str:
        name = (self.model or "").partition(":")[0]
        return f"{self.plugin}: {name}" if self.plugin and name else self.plugin or name


@dataclass(frozen=True, slots=True)
class Models:
    """Models that are tried in order, and how: `options` are those of LiveKit's adapter."""

    short_form: ClassVar[str] = "fallback"
    long_form: ClassVar[str] = "fallback"
    others: ClassVar[str] = "options"

    fallback: tuple[Model, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def first(self) -> Model:
        """The one that is tried first."""
        return self.fallback[0]

    def __str__(self) -> str:
        return " or ".join(map(str, self.fallback))


def holders(data: Any) -> Iterator[tuple[list[str | int], Any]]:
    """Yield what has models of its own in a profile, with its path: the profile, and its agents."""
    yield [], data
    agents = data.get("agents") if isinstance(data, dict) else None
    for name, agent in agents.items() if isinstance(agents, dict) else ():
        yield ["agents", name], agent


def entries(
    data: Any, role: str, above: Sequence[str | int] = ()
) -> Iterator[tuple[list[str | int], Any]]:
    """Yield what a profile has for each model of a role, with its path, in the order of trying.

    `data` may be an agent of it, whose path is `above`.
    """
    written = data.get(role) if isinstance(data, dict) else None
    where: list[str | int] = [*above, role]
    if isinstance(written, dict) and "fallback" in written:
        written, where = written["fallback"], [*where, "fallback"]
    if isinstance(written, list):
        yield from (([*where, number], each) for number, each in enumerate(written))
    elif written is not None:
        yield where, written


def first(data: Any, role: str) -> Any:
    """Return what a profile has for the model that is tried first; None where it has none."""
    return next((each for _, each in entries(data, role)), None)


def inference_names(data: Any, role: str) -> Iterator[tuple[list[str | int], str]]:
    """Yield the names of models on LiveKit Inference, with their paths, those of agents as well."""
    for where, entry in (each for above, of in holders(data) for each in entries(of, role, above)):
        if isinstance(entry, dict) and "plugin" not in entry and "model" in entry:
            where, entry = [*where, "model"], entry["model"]
        if isinstance(entry, str):
            yield where, entry


def hears_and_speaks(llm: Models) -> bool:
    """Tell whether an `llm` is a realtime model, or several."""
    return all(map(is_realtime_model, llm.fallback))


def is_realtime_model(llm: Model) -> bool:
    """Tell whether one model of an `llm` is a realtime model."""
    return is_realtime({"plugin": llm.plugin} if llm.plugin else _name(llm))


def is_duplex(llm: Model) -> bool:
    """Tell whether one model of an `llm` hears and speaks at the same time."""
    return llm.plugin is None and is_duplex_name(_name(llm))


def is_duplex_name(name: object) -> bool:
    """Tell whether a model on LiveKit Inference hears and speaks at the same time."""
    return name in schema()["$defs"]["duplex"]["enum"]


def _name(model: Model) -> str:
    return (model.model or "").partition(":")[0]
