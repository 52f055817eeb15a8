"""The script calls a tool where it is plainly asked for, and hardly ever where it is not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from voice_agent.rehearsal.sentences import SENTENCES
from voice_agent.standin import spoken_times
from voice_agent.standin.asking import ASKING
from voice_agent.standin.phrases import PHRASES
from voice_agent.standin.replies import Reply, ToolCall
from voice_agent.standin.script import think


def tool(name: str, description: str, **properties: Any) -> dict[str, Any]:
    optional = {each for each, schema in properties.items() if schema.pop("optional", False)}
    schema = {
        "type": "object",
        "properties": properties,
        "required": [each for each in properties if each not in optional],
        "$defs": {"DtmfEvent": {"type": "string", "enum": list("0123456789*#")}},
    }
    return {"name": name, "description": description, "parameters": schema}


def text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


DESK = (
    tool(
        "book_table",
        "Books a table, once the caller has agreed to day, time and number of people.",
        day=text("The day of the visit.", format="date"),
        time=text("Hour and minute, 24 hours.", pattern=r"^\d\d:\d\d$"),
        people={"type": "integer", "minimum": 1, "maximum": 12, "description": "How many come."},
        note=text("A wish, if there is one.", optional=True),
    ),
    tool("opening_hours", "Says when we are open on a day.", day=text("The day.", format="date")),
    tool("menu", "What we serve."),
    tool("get_weather", "Looks up the weather.", location=text("The city.")),
    tool("order_status", "Looks up where an order is.", order_id=text("Its number.")),
    tool("cancel_booking", "Cancels a booking.", booking_id=text("The number of the booking.")),
    tool(
        "change_language",
        "Changes the language that is spoken, when the caller asks for it.",
        language={"type": "string", "enum": ["german", "english"]},
    ),
    tool("end_call", "Ends the current call and disconnects immediately."),
    tool(
        "send_dtmf_events",
        "Send a list of DTMF events to the telephony provider.",
        events={"type": "array", "items": {"$ref": "#/$defs/DtmfEvent"}},
    ),
    tool(
        "transfer_call",
        "Puts the caller through to somebody else.",
        destination={
            "type": "string",
            "enum": ["billing", "kitchen"],
            "description": "billing: The caller has a question about an invoice. "
            "kitchen: A complaint about food.",
        },
    ),
)
DESK_IN_GERMAN = (
    tool(
        "tisch_reservieren",
        "Reserviert einen Tisch.",
        tag=text("Der Tag.", format="date"),
        personen={"type": "integer", "description": "Wie viele kommen."},
    ),
    tool("oeffnungszeiten", "Sagt, wann das Restaurant geöffnet hat."),
    DESK[7],
    DESK[9],
)

BILLING = {"destination": "billing"}

ASKED_FOR = {
    "When are you open on Monday?": "opening_hours",
    "What are your opening hours?": "opening_hours",
    "what are your opening hours tomorrow": "opening_hours",
    "Can you tell me the opening hours for Sunday?": "opening_hours",
    "Until when are you open today?": "opening_hours",
    "I'd like to book a table for four people tomorrow at seven": "book_table",
    "Book a table for 4 tomorrow at 19:30": "book_table",
    "Can I book a table?": "book_table",
    "A table for two, please": "book_table",
    "Hello, I want to book a table for Friday.": "book_table",
    "Could you please book me a table for six people?": "book_table",
    "We'd like a table for three on Saturday at eight o'clock.": "book_table",
    "Please call book_table": "book_table",
    "What's on the menu?": "menu",
    "Do you have a menu?": "menu",
    "Can you read me the menu, please?": "menu",
    "Tell me the menu.": "menu",
    "What is the weather in Berlin?": "get_weather",
    "How is the weather in New York today?": "get_weather",
    "Give me the weather for tomorrow.": "get_weather",
    "Will the weather be good in Rome?": "get_weather",
    "Where is my order B-17?": "order_status",
    "What is the status of my order 12345?": "order_status",
    "Can you check the order status of A-9?": "order_status",
    "Please cancel my booking B-17": "cancel_booking",
    "Cancel the booking 4711.": "cancel_booking",
    "I want to cancel my booking.": "cancel_booking",
    "Can we speak German?": "change_language",
    "Please switch to english": "change_language",
    "Could you change the language to German?": "change_language",
    "Goodbye": "end_call",
    "Thank you, goodbye.": "end_call",
    "That was all, bye bye!": "end_call",
    "Please hang up.": "end_call",
    "You can end the call now.": "end_call",
    "Put me through to billing": "transfer_call",
    "Transfer me to the kitchen, please": "transfer_call",
    "Can I speak to a human?": "transfer_call",
    "I want to talk to somebody in the kitchen": "transfer_call",
    "I have a question about my invoice": "transfer_call",
    "I need to make a complaint about the food.": "transfer_call",
    "Press 1 2 #": "send_dtmf_events",
    "Please dial 4 and then 2": "send_dtmf_events",
}
NOT_ASKED_FOR = (
    "Hello.",
    "Good morning, my name is Ada.",
    "My name is Peter.",
    "Thank you very much.",
    "Yes, please.",
    "No.",
    "Four, tomorrow at seven",
    "Tell me a long story.",
    "What can you do?",
    "Who are you?",
    "How are you today?",
    "Are you a human?",
    "Is anybody there?",
    "I booked a table yesterday.",
    "I have already booked a table.",
    "The food on the menu was great.",
    "I did not order anything.",
    "How do I book a table?",
    "How can I cancel a booking?",
    "What happens if I cancel my booking?",
    "I don't want to book a table.",
    "Do not hang up.",
    "Please don't transfer me.",
    "Never mind the table.",
    "Stop please, I have a question for you.",
    "I am calling about something else.",
    "Can you hear me?",
    "Could you repeat that?",
    "Wait a moment, please.",
    "I need to think about it.",
    "Let me ask my wife.",
    "We were four people last time.",
    "I live in Berlin.",
    "It is raining here.",
    "My number is 030 1234567.",
    "What time is it?",
    "What day is it today?",
    "I am hungry.",
    "That sounds good.",
    "Why is the kitchen closed?",
    "The weather was terrible last week.",
    "I said goodbye to my old phone company, and now I want to hear about yours, if you have time.",
    "My daughter learns German at school.",
    "She works in billing.",
    "I like your voice.",
    "Do you like music?",
    "Say something somewhat long and boring so I can test if you're interruptable.",
    "I want to know more about you.",
    "It is about the thing we talked about.",
    "Please speak louder.",
)


def called(said: str, tools: Any = DESK, language: str = "en") -> Reply:
    return think([{"role": "system", "content": "Be brief."}, user(said)], tools, language)


def user(said: str) -> dict[str, Any]:
    return {"role": "user", "content": said}


def used(reply: Reply, tools: Any = DESK) -> str | None:
    """Return the tool that a reply calls, or for which it asks for more."""
    if reply.calls:
        return reply.calls[0].tool
    names = [each["name"] for each in tools]
    needs = [each for each in names if f"For {each.replace('_', ' ')} I still" in reply.text]
    return needs[0] if needs else None


def test_tools_are_called_where_they_are_plainly_asked_for_and_hardly_ever_elsewhere() -> None:
    """Of these sentences; what is wrong is shown."""
    missed = {said: used(called(said)) for said in ASKED_FOR}
    missed = {said: got for said, got in missed.items() if got != ASKED_FOR[said]}
    alarms = {said: got for said in NOT_ASKED_FOR if (got := used(called(said)))}
    assert len(missed) <= 0.1 * len(ASKED_FOR), missed
    assert len(alarms) <= 0.02 * len(NOT_ASKED_FOR), alarms


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_a_caller_who_only_cuts_in_asks_for_no_tool(language: str) -> None:
    sentences = SENTENCES[language]
    for said in (sentences.barge_in, sentences.short, sentences.typed):
        assert not called(said, DESK, language).calls


TODAY = date(2026, 11, 25)


class Calendar(date):
    """The calendar on the day of these tests, which may run at midnight."""

    @classmethod
    def today(cls) -> Calendar:
        return cls(TODAY.year, TODAY.month, TODAY.day)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it be the same day in every test."""
    monkeypatch.setattr(spoken_times, "date", Calendar)


def in_days(days: int) -> str:
    return (TODAY + timedelta(days)).isoformat()


MONDAY = in_days((0 - TODAY.weekday()) % 7 or 7)


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        (
            "I'd like to book a table for four people tomorrow at seven",
            {"people": 4, "day": in_days(1), "time": "19:00"},
        ),
        (
            "Book a table for 2 on 2031-05-06 at 12:30",
            {"people": 2, "day": "2031-05-06", "time": "12:30"},
        ),
        (
            "Book a table on Monday at 9 a.m. for three people",
            {"people": 3, "day": MONDAY, "time": "09:00"},
        ),
        (
            'Book a table for 5 today at 8 pm, with the note "near the window"',
            {"people": 5, "day": in_days(0), "time": "20:00", "note": "near the window"},
        ),
        (
            "Book a table for four people on May 3 at 19:30",
            {"people": 4, "day": "2027-05-03", "time": "19:30"},
        ),
        ("What is the weather in New York?", {"location": "New York"}),
        ("Where is my order B-17?", {"order_id": "B-17"}),
        ("Can we speak German?", {"language": "german"}),
        ("Put me through to billing.", {"destination": "billing"}),
        ("I have a question about my invoice.", {"destination": "billing"}),
        ("Press 1 2 #", {"events": ["1", "2", "#"]}),
    ],
)
def test_arguments_are_taken_from_what_was_typed(said: str, arguments: dict[str, Any]) -> None:
    (call,) = called(said).calls
    assert call.arguments == arguments


def test_an_argument_that_its_schema_does_not_allow_is_asked_for() -> None:
    reply = called("Book a table for 40 people tomorrow at seven")
    assert reply.text == "For book table I still need to know: How many come."


def talk(*said: str, tools: Any = DESK, language: str = "en") -> Reply:
    """Say one thing after the other, and return the last answer."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": "Be brief."}]
    for each in said:
        messages.append(user(each))
        reply = think(messages, tools, language)
        messages.append({"role": "assistant", "content": reply.text})
    return reply


def test_what_is_missing_is_asked_for_until_all_is_there() -> None:
    assert talk("A table, please, for four").text.endswith("The day of the visit.")
    assert talk("A table, please, for four", "tomorrow").text.endswith("24 hours.")
    reply = talk("A table, please, for four", "tomorrow", "At half past, no, at 19:30")
    assert reply.calls == (
        ToolCall("book_table", {"people": 4, "day": in_days(1), "time": "19:30"}),
    )


def test_any_words_answer_the_question_for_a_text() -> None:
    reply = talk("Tell me the weather, please.", "Castrop-Rauxel.")
    assert reply.calls == (ToolCall("get_weather", {"location": "Castrop-Rauxel"}),)


def test_who_does_not_want_to_go_on_is_not_asked_again() -> None:
    asked = "I want to book a table."
    assert "still need" in talk(asked, "What do you mean?").text
    assert not used(talk(asked, "Never mind."))
    assert not used(talk(asked, "What do you mean?", "What do you mean?"))


def test_who_asks_for_something_else_meanwhile_gets_that() -> None:
    reply = talk("I want to book a table.", "Put me through to billing, please.")
    assert reply.calls == (ToolCall("transfer_call", BILLING),)


def after(output: str, *, name: str = "menu", language: str = "en") -> str:
    """Return what the script says after a tool has answered."""
    function = {"name": name, "arguments": "{}"}
    messages = [
        user("What's on the menu?"),
        {
            "role": "assistant",
            "tool_calls": [{"id": "1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "1", "content": output},
    ]
    return think(messages, DESK, language).text


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (
            '{"id": "B-17", "table": {"name": "window", "free": true}}',
            "This is what I was given: id B-17, table name window, table free yes.",
        ),
        ('["Pizza", "pasta"]', "This is what I was given: Pizza, pasta."),
        ("Pizza, pasta, tiramisu.", "Pizza, pasta, tiramisu."),
        ("That time is gone. Offer another.", "That time is gone. Offer another."),
        ("Successfully sent the keys: 1 2", "Successfully sent the keys: 1 2."),
        ("Pizza", "This is what I was given: Pizza."),
        ("", "That is done."),
        ('{"ok": true}', "That is done."),
    ],
)
def test_after_a_tool_its_facts_are_told(output: str, told: str) -> None:
    assert after(output) == told


def test_a_long_result_is_told_in_short() -> None:
    assert len(after(str(list(range(5000)))).split()) < 80


def test_after_end_call_the_script_says_goodbye() -> None:
    assert after("say goodbye to the user", name="end_call") == PHRASES["en"].goodbye


def test_who_agrees_to_what_a_tool_wants_confirmed_has_it_called_again() -> None:
    function = {"name": "book_table", "arguments": '{"people": 4}'}
    call = {"id": "1", "type": "function", "function": function}
    asked = "Nothing was done yet. Repeat it. Once the caller has agreed, call the tool again."
    messages = [
        user("Book it."),
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": asked},
        {"role": "assistant", "content": "Four people, is that right?"},
        user("Yes, please."),
    ]
    assert think(messages, DESK).calls == (ToolCall("book_table", {"people": 4}),)
    assert not think([*messages[:-1], user("I like pizza.")], DESK).calls


def test_an_instruction_for_one_answer_calls_the_tool_that_it_names() -> None:
    told = {"role": "system", "content": "Call opening_hours for 2031-05-06 and greet the caller."}
    messages = [{"role": "system", "content": "Be brief."}, user("Hello."), told]
    assert think(messages, DESK).calls == (ToolCall("opening_hours", {"day": "2031-05-06"}),)
    again = {"role": "system", "content": "Say when we are open."}
    assert not think([*messages[:2], again], DESK).calls


@pytest.mark.parametrize(
    ("language", "said", "call"),
    [
        (
            "de",
            "Ich möchte einen Tisch für vier Personen morgen reservieren.",
            ToolCall("tisch_reservieren", {"personen": 4, "tag": in_days(1)}),
        ),
        ("de", "Auf Wiederhören!", ToolCall("end_call")),
        ("de", "Verbinden Sie mich bitte mit billing", ToolCall("transfer_call", BILLING)),
        ("es", "Páseme con billing, por favor", ToolCall("transfer_call", BILLING)),
        ("pt-BR", "Me transfira para billing", ToolCall("transfer_call", BILLING)),
        ("fr", "Passez-moi billing, s'il vous plaît", ToolCall("transfer_call", BILLING)),
        ("it", "Mi passi billing, per favore", ToolCall("transfer_call", BILLING)),
        ("nl", "Kunt u me doorverbinden met billing?", ToolCall("transfer_call", BILLING)),
        ("zh", "请转接 billing", ToolCall("transfer_call", BILLING)),
        ("ja", "billing につないでください", ToolCall("transfer_call", BILLING)),
        ("hi", "मुझे billing से बात करनी है", ToolCall("transfer_call", BILLING)),
        ("es", "Adiós.", ToolCall("end_call")),
        ("zh", "再见", ToolCall("end_call")),
        ("ja", "さようなら", ToolCall("end_call")),
    ],
)
def test_other_languages_ask_for_tools_as_well(language: str, said: str, call: ToolCall) -> None:
    assert called(said, DESK_IN_GERMAN, language).calls == (call,)


@pytest.mark.parametrize(
    "said",
    [
        "Ich habe gestern einen Tisch reserviert.",
        "Guten Tag.",
        "Nein, bitte keinen Tisch reservieren.",
        "Legen Sie nicht auf.",
        "Wie kann ich einen Tisch reservieren?",
        "Am Tisch sitzen vier Personen.",
    ],
)
def test_what_is_not_asked_for_in_german_is_not_done(said: str) -> None:
    assert not called(said, DESK_IN_GERMAN, "de").calls


def test_the_script_asks_and_tells_in_every_language_that_it_speaks() -> None:
    assert ASKING.keys() == PHRASES.keys()
    for language, words in ASKING.items():
        assert "{tool}" in words.needs
        assert "B-17" in after('{"id": "B-17"}', language=language)
