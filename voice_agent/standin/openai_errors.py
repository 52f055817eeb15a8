"""Errors in the form that OpenAI's clients expect of a server."""

from __future__ import annotations

from typing import Any

from aiohttp import web


def response(status: int, message: str) -> web.Response:
    """Return the response that refuses a request; `message` is a sentence."""
    return web.json_response(body(message), status=status)


def body(message: str) -> dict[str, Any]:
    """Return the error as data, for an answer whose status has been sent already."""
    return {"error": {"message": message, "type": "offline_stand_in", "code": None, "param": None}}
