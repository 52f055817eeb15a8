"""What is asked for a field, one thing after the other: LiveKit's tasks, or one of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from livekit.agents import AgentTask
from livekit.agents.beta import workflows
from livekit.agents.beta.workflows import credit_card
from livekit.agents.beta.workflows.utils import DtmfEvent

from ....format.tools import Field
from ...call_state import CallState
from ...variables import Values
from .by_schema import SchemaTask

_CARDHOLDER = (
    "You are collecting the name on the credit card. Where you ask whether a name from earlier in "
    "the conversation is meant, say that it is about the card."
)
"""What LiveKit's own task for a credit card tells its task for the name, in short."""
_PARTS = ("first_name", "middle_name", "last_name")
# These are left to the agent that collects, or are said for all tasks alike.
_NOT_PASSED_ON = ("allow_interruptions", "extra_instructions", "dtmf_stop_event")


@dataclass(frozen=True)
class Step:
    """One task: the variables that it gives values to, and what the llm knows it by.

    `make` is given what the llm is told beside the task's own instructions, and `read` takes the
    variables' values out of the result.
    """

    field: str
    name: str
    description: str
    variables: tuple[str, ...]
    make: Callable[[str], AgentTask[Any]]
    read: Callable[[Any], dict[str, Any]]

    def is_known(self, values: Values) -> bool:
        """Tell whether all its variables have values."""
        return all(map(values.is_set, self.variables))


def steps_of(name: str, field: Field, call: CallState) -> list[Step]:
    """Return what is asked for a field, in order."""
    if field.task is None:
        task = lambda _: SchemaTask(name, field, call)  # noqa: E731
        description = str(field.options.get("description", name))
        return [Step(name, name, description, (name,), task, lambda value: {name: value})]
    if field.task == "credit_card":
        return list(_of_card(name, _options(field)))
    make, read = _TASKS[field.task]
    options = _options(field)
    if "instructions" in options:
        options["instructions"] = call.values.told(options["instructions"])
    if "dtmf_stop_event" in field.options:
        options["dtmf_stop_event"] = DtmfEvent(field.options["dtmf_stop_event"])
    about = f"Collects the user's {name.replace('_', ' ')}"
    built = lambda told: make(**options, **_extra(told))  # noqa: E731
    return [Step(name, name, about, (name,), built, lambda result: {name: read(result, options)})]


def _options(field: Field) -> dict[str, Any]:
    return {key: each for key, each in field.options.items() if key not in _NOT_PASSED_ON}


def _extra(told: str) -> dict[str, str]:
    return {"extra_instructions": told} if told else {}


def _of_card(name: str, options: Mapping[str, Any]) -> Iterator[Step]:
    """Yield the tasks of LiveKit's task for a credit card, in its order."""

    def step(
        about: str,
        make: Callable[..., AgentTask[Any]],
        read: Callable[[Any], dict[str, Any]],
        variables: tuple[str, ...],
    ) -> Step:
        return Step(
            field=name,
            name=f"{name}.{variables[0]}",
            description=f"Collects the {about}",
            variables=tuple(f"{name}.{each}" for each in variables),
            make=lambda told: make(**options, **_extra(told)),
            read=lambda result: {f"{name}.{key}": each for key, each in read(result).items()},
        )

    yield step(
        "user's card number",
        credit_card.GetCardNumberTask,
        lambda result: {"card_number": result.card_number, "issuer": result.issuer},
        ("card_number", "issuer"),
    )
    yield step(
        "card's expiration date",
        credit_card.GetExpirationDateTask,
        lambda result: {"expiration_date": result.date},
        ("expiration_date",),
    )
    yield step(
        "card's security code",
        credit_card.GetSecurityCodeTask,
        lambda result: {"security_code": result.security_code},
        ("security_code",),
    )
    yield step(
        "cardholder's full name",
        _cardholder,
        lambda result: {"cardholder_name": _full_name(result, {})},
        ("cardholder_name",),
    )


def _cardholder(extra_instructions: str = "", **options: Any) -> AgentTask[Any]:
    told = "\n\n".join(filter(None, (extra_instructions, _CARDHOLDER)))
    return workflows.GetNameTask(
        last_name=True, require_explicit_ask=True, extra_instructions=told, **options
    )


def _full_name(result: Any, options: Mapping[str, Any]) -> str:
    parts = {part: getattr(result, part) or "" for part in _PARTS}
    written = options.get("name_format")
    text = written.format(**parts) if written else " ".join(parts.values())
    return " ".join(text.split())


def _born(result: Any, _: Mapping[str, Any]) -> str:
    day, time = result.date_of_birth, result.time_of_birth
    if time is None:
        return str(day.isoformat())
    return datetime.combine(day, time).isoformat(timespec="minutes")


_TASKS: Mapping[
    str, tuple[Callable[..., AgentTask[Any]], Callable[[Any, Mapping[str, Any]], str]]
] = {
    "name": (workflows.GetNameTask, _full_name),
    "email": (workflows.GetEmailTask, lambda result, _: str(result.email_address)),
    "phone_number": (workflows.GetPhoneNumberTask, lambda result, _: str(result.phone_number)),
    "address": (workflows.GetAddressTask, lambda result, _: str(result.address)),
    "dob": (workflows.GetDOBTask, _born),
    "dtmf": (workflows.GetDtmfTask, lambda result, _: "".join(result.user_input.split())),
}
