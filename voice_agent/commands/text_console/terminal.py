"""The terminal of a call in text: what is said stands above the line that is being typed."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass

from prompt_toolkit.application import Application, run_in_terminal
from prompt_toolkit.application.current import set_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.data_structures import Size
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import (
    AnyContainer,
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.widgets import SearchToolbar

from ...errors import INTERRUPTED, OK
from ...runtime.readable import readable
from ...runtime.sound import is_terminal
from ...runtime.text_call import (
    AgentCutOff,
    AgentHolds,
    AgentIs,
    AgentSays,
    AgentStopped,
    CallerSaid,
    Event,
    ToolActed,
)
from .words import whole_words, wrap

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
# The line that is typed gone, bracketed paste and colours off, the cursor on: what a program may
# leave behind besides the modes of the terminal.
_LEAVE = b"\r\x1b[J\x1b[?2004l\x1b[0m\x1b[?7h\x1b[?25h"


@dataclass
class _Paragraph:
    """What one side says at once, or a note."""

    label: str
    text: str
    complete: bool

    def rows(self, columns: int) -> list[str]:
        """Return the rows that are certain, as the terminal shows them; the label is bold."""
        text = f"{self.label}{self.text}"
        rows = wrap(text if self.complete else whole_words(text), columns)
        if self.label and rows[0].startswith(self.label.rstrip()):
            label = self.label.rstrip()
            rows[0] = f"{_BOLD}{label}{_PLAIN}{rows[0][len(label) :]}"
        return rows


class Terminal:
    """The operator's terminal, from `run` to `close`.

    `enter` gets each text that is entered. `leave` gets the exit code of the key that ends the
    call, Ctrl-C or Ctrl-D.
    """

    def __init__(self, enter: Callable[[str], None], leave: Callable[[int], None]) -> None:
        self._enter = enter
        self._leave = leave
        self._said: list[_Paragraph] = []
        self._rows_shown = 0  # of the last paragraph
        self._speaking = False
        self._state = "starting"
        self._agent = ""
        self._waiting: list[str] = []
        self._buffer = Buffer(
            multiline=False, history=InMemoryHistory(), accept_handler=self._accept
        )
        self._modes = termios.tcgetattr(sys.stdin)
        self._output = _Output()
        self._columns = self._output.get_size().columns
        self._app: Application[None] = Application(
            layout=self._layout(),
            key_bindings=self._keys(),
            output=self._output,
            erase_when_done=True,
            before_render=self._notice_width,
        )

    async def run(self) -> None:
        """Show the line to type on, until `close`."""
        with self._taking_stderr():
            # Signals have handlers already, and asyncio tells of exceptions by the log.
            await self._app.run_async(handle_sigint=False, set_exception_handler=False)

    def close(self) -> None:
        """Give the terminal back to who had it before."""
        if self._app.is_running and not self._app.is_done:
            self._app.exit()

    def restore(self) -> None:
        """Give the terminal back at once, because the program ends without another word."""
        os.write(sys.stdout.fileno(), _LEAVE)
        termios.tcsetattr(sys.stdin, termios.TCSANOW, self._modes)

    def show(self, event: Event) -> None:
        """Show what has happened in the call."""
        match event:
            case AgentSays(text) if self._said and not self._said[-1].complete:
                self._said[-1].text += text
                self._print()
            case AgentSays(text):
                label = "Agent: … " if self._speaking else "Agent: "
                self._speaking = True
                self._add(_Paragraph(label, text.lstrip(), complete=False))
            case AgentStopped():
                self._speaking = False
                self._complete()
            case AgentCutOff():
                self.note("(The agent was cut off.)")
            case ToolActed(line):
                self.note(line)
            case CallerSaid(text, from_profile):
                label = "You (from on_enter): " if from_profile else "You: "
                self._add(_Paragraph(label, text, complete=True))
            case AgentIs(state):
                self._state = "starting" if state == "initializing" else state
                self._app.invalidate()
            case AgentHolds(name):
                self._agent = name
                self._app.invalidate()

    def show_waiting(self, lines: list[str]) -> None:
        """Show the lines that the agent has not come to yet."""
        self._waiting = lines
        self._app.invalidate()

    def note(self, text: str) -> None:
        """Show a sentence about the call."""
        self._add(_Paragraph("", text, complete=True))

    def _add(self, paragraph: _Paragraph) -> None:
        self._complete()
        self._said.append(paragraph)
        self._rows_shown = 0
        self._print()

    def _complete(self) -> None:
        if self._said and not self._said[-1].complete:
            self._said[-1].complete = True
            self._print()

    def _print(self) -> None:
        """Print what is new of the last paragraph; its last row is printed anew as it grows."""
        rows = self._said[-1].rows(self._columns)
        old = self._rows_shown
        with self._above_the_line(self._app.renderer.erase):
            if old:
                self._output.write_raw("\x1b[A\r\x1b[K")
            self._write(rows[max(0, old - 1) :])
        self._rows_shown = len(rows)

    def _print_again(self) -> None:
        """Clear the screen, and print the end of the talk with the rows that fit."""
        size = self._output.get_size()
        self._columns = size.columns
        rows: list[str] = []
        for paragraph in reversed(self._said):
            rows[:0] = paragraph.rows(self._columns)
            if len(rows) >= size.rows:
                break
        with self._above_the_line(self._app.renderer.clear):
            self._write(rows[-size.rows :])
        self._rows_shown = len(self._said[-1].rows(self._columns)) if self._said else 0

    def _write(self, rows: list[str]) -> None:
        for row in rows:
            self._output.write_raw(f"{row}\r\n")

    @contextmanager
    def _above_the_line(self, give_way: Callable[[], None]) -> Iterator[None]:
        """Take the line that is typed away, print, and bring it back, in one piece."""
        if not self._app.is_running:
            yield
            self._output.flush()
            return
        with self._output.in_one_piece(), set_app(self._app):
            give_way()
            yield
            self._app.renderer.render(self._app, self._app.layout)

    def _notice_width(self, _: object) -> None:
        # A terminal breaks the rows that are too long now within words, and those of the prompt.
        if self._output.get_size().columns != self._columns:
            asyncio.get_running_loop().call_soon(self._print_again)
            self._columns = self._output.get_size().columns

    def _accept(self, buffer: Buffer) -> bool:
        if text := readable(buffer.text).strip():
            self._enter(text)
        return False  # The line is empty again.

    def _layout(self) -> Layout:
        search = SearchToolbar()
        line = BufferControl(
            self._buffer,
            input_processors=[BeforeInput("You: ", style="bold")],
            search_buffer_control=search.control,
            preview_search=True,
        )
        waiting = Window(
            FormattedTextControl(self._waiting_lines),
            height=Dimension(max=4),
            wrap_lines=True,
            dont_extend_height=True,
        )
        state = Window(
            FormattedTextControl(self._state_line), height=1, style="class:bottom-toolbar"
        )
        rows: list[AnyContainer] = [
            ConditionalContainer(waiting, Condition(lambda: bool(self._waiting))),
            Window(line, wrap_lines=True, dont_extend_height=True),
            search,
            state,
        ]
        return Layout(HSplit(rows), focused_element=line)

    def _waiting_lines(self) -> StyleAndTextTuples:
        lines = [f"You (waiting): {' '.join(line.split())}" for line in self._waiting]
        return [("italic", "\n".join(lines))]

    def _state_line(self) -> StyleAndTextTuples:
        who = f"{self._agent}: " if self._agent else ""
        return [("", f" {who}{self._state}   /help   Ctrl-D ends")]

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("c-c", eager=True)
        def _(event: KeyPressEvent) -> None:
            self._leave(INTERRUPTED)

        @keys.add("c-d", filter=Condition(lambda: not self._buffer.text))
        def _(event: KeyPressEvent) -> None:
            self._leave(OK)

        @keys.add("c-l")
        def _(event: KeyPressEvent) -> None:
            self._print_again()

        @keys.add("c-z")
        def _(event: KeyPressEvent) -> None:
            stopped = run_in_terminal(lambda: os.kill(0, signal.SIGTSTP))
            asyncio.ensure_future(stopped).add_done_callback(lambda _: self._print_again())

        return keys

    @contextmanager
    def _taking_stderr(self) -> Iterator[None]:
        """Show what else is written to standard error as notes, if it goes to a terminal."""
        if not is_terminal(sys.stderr):
            yield
            return
        loop = asyncio.get_running_loop()
        notes = _Notes(lambda text: loop.call_soon_threadsafe(self.note, text))
        with redirect_stderr(notes):
            yield


class _Output(Vt100_Output):
    """The terminal, which is never asked where its cursor is, as some do not answer."""

    def __init__(self) -> None:
        self._kept_back = False
        super().__init__(sys.stdout, _size, term=os.environ.get("TERM"), enable_cpr=False)

    @contextmanager
    def in_one_piece(self) -> Iterator[None]:
        """Write what is written meanwhile at the end and at once, so that nothing flickers."""
        self._kept_back = True
        try:
            yield
        finally:
            self._kept_back = False
            self.flush()

    def flush(self) -> None:
        """Write what has not been written yet."""
        if not self._kept_back:
            super().flush()


def _size() -> Size:
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    return Size(rows or 24, columns or 80)


class _Notes(io.TextIOBase):
    """A stream whose lines become notes."""

    def __init__(self, note: Callable[[str], object]) -> None:
        self._note = note
        self._line = ""

    def write(self, text: str) -> int:
        """Take text, and pass on the lines that are complete."""
        *lines, self._line = (self._line + text).split("\n")
        for line in filter(None, lines):
            self._note(readable(line))
        return len(text)
