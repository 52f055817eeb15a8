"""The tools of one MCP server, as LiveKit's toolset, treated as the profile says."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from livekit.agents import RunContext, llm
from livekit.agents.llm.mcp import MCPToolOptions, MCPToolset

from ....format import mcp_snapshot
from ....format.mcp_names import ALL, llm_name
from ....format.mcp_snapshot import BadSnapshot, ServerTool, Tools
from ....format.profile import Profile
from ....format.tools import McpServer, McpTool
from ....format.typos import closest
from ...call_state import CallState
from ...offline import is_offline
from ...secrets import hidden
from ..outcome import Outcome
from ..turns import turns_of
from ..wrapping import Wrapped
from .answers import data_of
from .connection import Connection, Failed
from .reaching import lookup, target

logger = logging.getLogger(__name__)

_Tool: TypeAlias = llm.RawFunctionTool[..., Any]

_FAILURES = ("timeout", "connection")
_SHOWN = 2000  # characters of an answer, in a report or a log


class ServerToolset(MCPToolset):
    """The tools of one server that the profile of a call allows.

    Where they cannot be had, `setup` keeps why, and the set stays empty.
    """

    def __init__(self, name: str, call: CallState) -> None:
        self.name = name
        self._call = call
        self.server: McpServer = call.profile.mcp_servers[name]
        self.why_not: str | None = None
        self._connection = Offering(name, call)
        super().__init__(id=f"mcp_{name}", mcp_server=self._connection)

    @property
    def tools(self) -> Sequence[llm.Tool | llm.Toolset]:
        """The tools, where the agent that holds the call has this server.

        The set belongs to the session, which has it connected for all agents.
        """
        holder = self._call.agent
        if holder and self.name not in self._call.profile.tools_of(holder):
            return []
        return super().tools

    async def setup(self, *, reload: bool = False) -> ServerToolset:
        """Connect, and get the tools; see `MCPToolset.setup`, which LiveKit calls once more."""
        if self.why_not is None:
            try:
                await self._connection.connect()
                await super().setup(reload=reload)
            except Failed as failed:
                self.why_not = hidden(str(failed))
        return self

    def keep_apart(self, taken: Collection[str]) -> set[str]:
        """Leave out what has a name that is taken, by the profile too, and return the names kept.

        Only of a server that offers all its tools this is not known before.
        """
        taken = {*taken, *_own_names(self._call.profile)}
        kept: set[str] = set()

        def is_free(tool: _Tool) -> bool:
            name = tool.info.name
            if name in taken or name in kept:
                sentence = 'MCP server "%s": "%s" is left out, as another tool is called so'
                logger.warning(sentence, self.name, name)
                return False
            kept.add(name)
            return True

        self.filter_tools(is_free)
        return kept


class Offering(Connection):
    """The connection to a server, which lists its tools as LiveKit is to have them."""

    def __init__(self, name: str, call: CallState) -> None:
        self._name = name
        self._call = call
        self._declared = call.profile.mcp_servers[name]
        find = partial(target, call.profile, name, partial(lookup, call.values))
        super().__init__(find, self._declared.timeout)

    async def list_tools(
        self, *, tool_options: dict[str, MCPToolOptions] | None = None
    ) -> list[_Tool]:
        """Return the tools that the profile allows; raise Failed where one is not there."""
        tools = await self.tools()
        chosen = [*self._chosen(tools)]
        if not is_offline():
            self._compare({each.name: each for each in chosen})
        return [self._offered(each) for each in chosen if _is_sound(each, self._name)]

    def _chosen(self, tools: Tools) -> Iterator[ServerTool]:
        """Yield the tools that the profile allows."""
        allowed = self._declared.allowed_tools
        for name in tools if ALL in allowed else allowed:
            if name in tools:
                yield tools[name]
            elif self._declared.required:
                raise Failed("error", self._lacking(name, tools))
            else:
                logger.warning('MCP server "%s": %s', self._name, self._lacking(name, tools))

    def _lacking(self, name: str, tools: Tools) -> str:
        if is_offline() and not tools:
            return f"it cannot be played, as nobody has asked it for its tools: {self._pull()}"
        close = closest(name, tools)
        has = f'did you mean "{close}"?' if close else f"it has {', '.join(sorted(tools))}"
        return f'it has no tool "{name}"; {has}'

    def _pull(self) -> str:
        path = self._call.profile.path
        return f"type pull {path.stem if path else self._call.profile.name}"

    def _compare(self, tools: Tools) -> None:
        """Log in what the tools differ from the snapshot of them."""
        path = self._call.profile.path
        try:
            before = mcp_snapshot.load(path).get(self._name) if path else None
        except BadSnapshot as why:
            logger.warning("the snapshot of the MCP servers is not compared: %s", why)
            return
        if before is None:
            return
        known = {name: before[name] for name in tools if name in before}
        if changes := [*mcp_snapshot.compare(known, tools)]:
            sentence = (
                'MCP server "%s" has changed since its snapshot was pulled, so see that the agent '
                "is told nothing that it should not be, and %s:\n%s"
            )
            logger.warning(sentence, self._name, self._pull(), "\n".join(changes))

    def _offered(self, tool: ServerTool) -> _Tool:
        options = self._declared.tools.get(tool.name, McpTool())
        seen = {
            "name": llm_name(tool.name),
            "description": tool.description,
            "parameters": tool.schema_without(options.values),
        }
        work = partial(self._work, tool.name, options)
        made = Wrapped(seen, options, work, self._call, turns_of(self._call), only_reads=False)
        return made.as_livekits()

    async def _work(
        self, name: str, options: McpTool, arguments: dict[str, Any], _: RunContext[None]
    ) -> Outcome:
        return await self.run(name, options, arguments)

    async def run(self, name: str, options: McpTool, arguments: Mapping[str, Any]) -> Outcome:
        """Have the server run a tool with these arguments and our own, and return what came."""
        try:
            values = self._call.values.render(dict(options.values))
        except (LookupError, ValueError) as error:
            return Outcome(failure="default", reason=str(error))
        given, began = {**arguments, **values}, time.monotonic()
        try:
            result = await self.call(name, given)
        except Failed as failed:
            failure = failed.kind if failed.kind in _FAILURES else "default"
            requests = (self._request(name, given, None, began),)
            return Outcome(failure=failure, reason=hidden(str(failed)), requests=requests)
        data = data_of(result)
        requests = (self._request(name, given, data, began),)
        if result.is_error:
            return Outcome(failure="default", reason=_short(data), requests=requests)
        return Outcome(data, requests=requests)

    def _request(
        self, name: str, arguments: Mapping[str, Any], answer: Any, began: float
    ) -> dict[str, Any]:
        """Return what went over the wire, as the requests of other tools are shown."""
        return {
            "method": "tools/call",
            "url": f"{self._name}/{name}",
            "headers": {},
            "body": hidden(json.dumps(arguments, ensure_ascii=False)),
            "status": None,
            "answer": None if answer is None else _short(answer),
            "size": 0 if answer is None else len(_text(answer).encode()),
            "seconds": round(time.monotonic() - began, 3),
        }


def _own_names(profile: Profile) -> list[str]:
    tools = profile.tools
    livekits = ("end_call", "transfer_call", "send_dtmf_events")
    return [*tools.declared, *(each for each in livekits if getattr(tools, each))]


def _is_sound(tool: ServerTool, server: str) -> bool:
    """Tell whether the schema of a tool can be used; log it where not."""
    try:
        Draft202012Validator.check_schema(tool.input_schema)
    except SchemaError as error:
        sentence = 'MCP server "%s": the tool "%s" is left out, as its schema is none: %s'
        logger.warning(sentence, server, tool.name, error.message)
        return False
    return True


def _short(data: Any) -> str:
    return hidden(_text(data)[:_SHOWN])


def _text(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
