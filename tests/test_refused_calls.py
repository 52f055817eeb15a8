"""Calls that cannot be taken, as values are missing: they end, and the log says why."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from livekit.agents import JobContext
from livekit.agents.testing import fake_job_context
from support.profiles import MODELS, write_profile

from voice_agent import load
from voice_agent.format.catalog import PROFILE_VARIABLE
from voice_agent.runtime import origins, server

DECLARED = """\
variables:
  customer_name: {from: metadata.customer.name}
  number: {from: attributes.sip.phoneNumber}
  tier: {from: metadata.tier, default: standard}
instructions: You speak with {{ customer_name }} ({{ tier }}), who calls from {{ number }}.
"""


class Room:
    """A job in a room, of which nothing is real but what LiveKit's context does itself."""

    def __init__(self, context: JobContext, attributes: dict[str, str]) -> None:
        self.ended: list[str] = []
        self.context = context
        self._attributes = attributes
        patched: dict[str, Any] = {
            "is_fake_job": lambda: False,
            "wait_for_participant": self._wait,
            "delete_room": self._delete,
            "shutdown": lambda reason: self.ended.append(reason),
        }
        for name, instead in patched.items():
            setattr(context, name, instead)

    async def _wait(self) -> Any:
        return SimpleNamespace(attributes=self._attributes)

    async def _delete(self) -> None:
        self.ended.append("the room is deleted")


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Path]:
    path = write_profile(tmp_path / "desk.yaml", DECLARED + MODELS)
    with mock.patch.dict("os.environ", {PROFILE_VARIABLE: str(path)}):
        yield path


NONE = "customer_name: there is no metadata.customer.name, and no default"
NO_TEXT = "customer_name: metadata.customer.name must be a text"
NO_JSON = "customer_name: metadata.customer.name cannot be read, as the job's metadata is no JSON"


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ("", NONE),
        ('{"customer": "s3cret"}', NONE),
        ('{"customer": {"name": ["s3cret"]}, "tier": 4}', NO_TEXT),
        ("s3cret", NO_JSON),
    ],
)
async def test_a_call_without_its_values_is_hung_up_and_the_log_says_why(
    metadata: str, why: str, profile: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with fake_job_context(job_metadata=metadata) as context, caplog.at_level(logging.WARNING):
        room = Room(context, {"sip.phoneNumber": "+4930123456"})
        await server.entrypoint(context)
    assert room.ended == ["the room is deleted", f"the call is refused: {why}"]
    assert caplog.messages[-1] == f"The call is refused, and its room deleted: {why}."
    assert "s3cret" not in caplog.text
    assert "+4930123456" not in caplog.text


async def test_the_values_of_a_job_are_those_of_its_metadata_and_of_its_caller(
    profile: Path,
) -> None:
    metadata = '{"customer": {"name": "Ada"}}'
    with fake_job_context(job_metadata=metadata, job_id="AJ_7") as context:
        Room(context, {"sip.phoneNumber": "+4930123456"})
        values = await origins.taken(load(profile), context)
        said = "{{ customer_name }} {{ tier }} {{ number }} {{ call.id }} {{ call.room }}"
        assert values.render(said) == f"Ada standard +4930123456 AJ_7 {context.job.room.name}"


async def test_nobody_waits_for_a_caller_whose_attributes_nothing_needs(tmp_path: Path) -> None:
    text = "variables: {a: {from: metadata.a}}\ninstructions: Say {{ a }}.\n"
    with fake_job_context(job_metadata='{"a": "b"}') as context:
        room = Room(context, {})
        with mock.patch.object(room.context, "wait_for_participant", side_effect=AssertionError):
            path = write_profile(tmp_path / "desk.yaml", text + MODELS)
            assert (await origins.taken(load(path), context)).get("a") == "b"
