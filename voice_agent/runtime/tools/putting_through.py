"""How LiveKit puts a caller through: at once (cold), or announced by the agent (warm)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from livekit import api
from livekit.agents import (
    NOT_GIVEN,
    AudioConfig,
    BuiltinAudioClip,
    JobContext,
    RunContext,
    ToolError,
)
from livekit.agents.beta.workflows import WarmTransferTask, WorkflowInstructions

from ...format.sounds import clip_of, sound_file
from ...format.tools import Destination
from ..call_state import CallState
from ..secrets import rendered
from . import telephone

logger = logging.getLogger(__name__)

_BY_CODE = {486: "busy", 600: "busy", 480: "no_answer", 408: "no_answer", 487: "no_answer"}
_BY_REASON = {"STR_RINGING_TIMEOUT": "no_answer", "STR_REJECTED": "rejected"}
_BY_WORDS = {"voicemail": "voicemail", "declined": "rejected"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went: "answered", "busy", "no_answer", "rejected", "voicemail" or "failed"."""

    name: str
    reason: str = ""

    @property
    def reached(self) -> bool:
        """Whether somebody has taken the call."""
        return self.name == "answered"


async def refer(job: JobContext, to: Destination, *, play_dialtone: bool) -> Outcome:
    """Have the telephone company put the caller through, by a SIP REFER."""
    caller = telephone.caller(job)
    if caller is None:
        return Outcome("failed", "nobody in the call is on the telephone any more")
    number = address(to.transfer_to)
    try:
        answer: Any = await job.transfer_sip_participant(caller, number, play_dialtone)
    except api.SipCallError as error:
        # Before its version 1.2.2, livekit-api has no reason beside the status.
        reason = getattr(error, "sip_transfer_reason", None)
        return Outcome(_outcome(error.sip_status_code, reason), str(error))
    except asyncio.TimeoutError:
        return Outcome("no_answer", "there was no answer in time")
    except (api.ServerError, aiohttp.ClientError, ValueError) as error:
        return Outcome("failed", str(error))
    return _answered(answer)


def address(transfer_to: str) -> str:
    """Return a number as LiveKit's server wants it in a REFER: with tel: before it."""
    return f"tel:{transfer_to}" if transfer_to.startswith("+") else transfer_to


def _answered(answer: Any) -> Outcome:
    """Return what an answer without an error says, which may still be that it has failed."""
    if not getattr(answer, "transfer_id", ""):
        return Outcome("answered")  # An older server says no more.
    if answer.status == api.SIPTransferStatus.STS_TRANSFER_SUCCESSFUL:
        return Outcome("answered")
    reason = api.SIPTransferReason.Name(answer.reason)
    code = answer.sip_status.code
    return Outcome(_outcome(code, reason), f"{reason} {code or ''}".strip())


def _outcome(code: int | None, reason: str | None) -> str:
    if code in _BY_CODE:
        return _BY_CODE[code]
    if reason in _BY_REASON:
        return _BY_REASON[reason]
    return "rejected" if code is not None and code >= 400 else "failed"


async def through_agent(call: CallState, to: Destination, context: RunContext[None]) -> Outcome:
    """Have LiveKit's task call the destination, tell who it is, and bring both together."""
    number = to.transfer_to.removeprefix("tel:")
    try:
        history = context.session.history
        await WarmTransferTask(number, chat_ctx=history, **warm_options(call, to))
    except ToolError as error:
        words = (name for word, name in _BY_WORDS.items() if word in error.message)
        return Outcome(next(words, "failed"), error.message)
    except (api.ServerError, aiohttp.ClientError, ValueError, RuntimeError) as error:
        logger.warning("the warm transfer has failed", exc_info=True)
        return Outcome("failed", str(error))
    return Outcome("answered")


def warm_options(call: CallState, to: Destination) -> dict[str, Any]:
    """Return what a profile says under `warm` as LiveKit's task takes it."""
    written = rendered(to.warm)
    texts = {key: written.pop(key, None) for key in ("instructions", "extra_instructions")}
    # A text alone would be all that the task is told, without the talk and without its tools.
    written["instructions"] = WorkflowInstructions(
        persona=texts["instructions"] or NOT_GIVEN, extra=texts["extra_instructions"] or ""
    )
    if sound := written.get("hold_audio"):
        written["hold_audio"] = _hold_audio(call, sound)
    return written


def _hold_audio(call: CallState, source: str) -> AudioConfig:
    if clip := clip_of(source):
        return AudioConfig(BuiltinAudioClip[clip])
    folder = (call.profile.path or Path()).parent
    path = sound_file(folder, source)
    if path is None:
        raise FileNotFoundError(f'There is no sound file "{source}" in {folder} or below it.')
    return AudioConfig(str(path))
