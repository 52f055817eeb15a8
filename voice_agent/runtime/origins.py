"""Where the variables of a job's call are taken from: the job, its caller, and what --var says."""

from __future__ import annotations

from collections.abc import Mapping

from livekit.agents import JobContext

from ..format.profile import Profile
from .variables import Origins, Values, given


async def taken(profile: Profile, context: JobContext) -> Values:
    """Return the values of the variables in the call of a job.

    Where some are attributes of the caller's, this waits until the caller is in the room. Raises
    Refused where one has neither a value nor a default.
    """
    in_console = context.is_fake_job()
    job = context.job
    attributes: Mapping[str, str] = {}
    if _needs_caller(profile) and not in_console:
        attributes = (await context.wait_for_participant()).attributes
    origins = Origins(
        metadata=job.metadata,
        attributes=attributes,
        given=given() if in_console else {},
        samples=in_console,
    )
    return Values(profile, origins, call_id=job.id, room=job.room.name)


def _needs_caller(profile: Profile) -> bool:
    origins = (variable.origin or "" for variable in profile.variables.values())
    return any(each.startswith("attributes.") for each in origins)
