"""The telephone that a caller calls from: a real one, or, where there is no room, a pretended one.

The pretended one is that of the console and of rehearsals: nothing is dialled, and what would have
been is told instead. Offline, the stand-in says how it goes.
"""

from __future__ import annotations

import os
from typing import Any

import aiohttp
from livekit import rtc
from livekit.agents import JobContext

from ..call_state import CallState

SERVICES = "AGENT_SERVICES_URL"
"""The variable that has the address of what the stand-in plays behind tools."""

_TIMEOUT = aiohttp.ClientTimeout(total=310)  # seconds: nothing rings longer than 300


def in_room(call: CallState) -> JobContext | None:
    """Return the job of a call that is in a room; None in the console and in a rehearsal."""
    return None if call.job is None or call.job.is_fake_job() else call.job


def is_there(call: CallState) -> bool:
    """Tell whether somebody in the call is on the telephone, if only a pretended one."""
    job = in_room(call)
    return job is None or caller(job) is not None


def caller(job: JobContext) -> rtc.RemoteParticipant | None:
    """Return who is on the telephone: the one that the agent talks with, or else the first."""
    return partner(job, rtc.ParticipantKind.PARTICIPANT_KIND_SIP)


def partner(job: JobContext, kind: rtc.ParticipantKind.ValueType) -> rtc.RemoteParticipant | None:
    """Return the participant of a kind that the agent talks with, or else the first of them."""
    there = [each for each in job.room.remote_participants.values() if each.kind == kind]
    talking = _linked(job)
    return next((each for each in there if each.identity == talking), next(iter(there), None))


def _linked(job: JobContext) -> str | None:
    """Return the identity of the participant that the agent talks with."""
    try:
        linked = job.primary_session.room_io.linked_participant
    except RuntimeError:  # LiveKit's way to say that there is no session yet, or none in a room.
        return None
    return linked.identity if linked else None


async def dial(destination: str, transfer_to: str) -> str:
    """Return how a pretended call to a destination ends: "answered", "busy", "no_answer"…"""
    services = os.environ.get(SERVICES)
    if not services:
        return "answered"
    answer = await post(f"{services}/telephone/{destination}", {"transfer_to": transfer_to})
    return str(answer["outcome"])


async def post(url: str, payload: Any) -> Any:
    """Post JSON to what the stand-in plays, and return the JSON that it answers."""
    client = aiohttp.ClientSession(timeout=_TIMEOUT)
    async with client, client.post(url, json=payload) as response:
        response.raise_for_status()
        return await response.json()
