"""The script hands a call over where the caller wants that, and hardly ever where not."""

from __future__ import annotations

from typing import Any

import pytest

from voice_agent.rehearsal.sentences import SENTENCES
from voice_agent.standin.phrases import PHRASES
from voice_agent.standin.replies import Reply, ToolCall
from voice_agent.standin.script import think
from voice_agent.standin.taking_over import Before

PEOPLE = {"type": "integer", "minimum": 1, "maximum": 12, "description": "How many will come."}


def handoff(agent: str, when: str, **properties: Any) -> dict[str, Any]:
    """Return the tool of a handoff, as the language model is offered it."""
    parameters = {"type": "object", "properties": properties, "required": [*properties]}
    name = "handoff_back" if agent == "back" else f"handoff_to_{agent}"
    return {"name": name, "description": when, "parameters": parameters}


WAYS = (
    handoff("booking", "The caller wants a table."),
    handoff("billing", "The caller has a question about an invoice or a payment."),
    handoff("complaint", "The caller is unhappy."),
    handoff("kitchen", "The caller wants to know what is in a dish, as of an allergy."),
    handoff("back", "The caller wants something else."),
    {
        "name": "opening_hours",
        "description": "Says when we are open on a day.",
        "parameters": {"type": "object", "properties": {}},
    },
)

# What callers say, by the language, and the handoff that they want; "" for none.
WISHES: dict[str, dict[str, str]] = {
    "en": {
        "I'd like a table for tonight.": "booking",
        "Hello, a table for four, please.": "booking",
        "Can I get a table by the window?": "booking",
        "We need a table.": "booking",
        "I want to talk to somebody about booking.": "booking",
        "Put me through to booking, please.": "booking",
        "I have a question about my invoice.": "billing",
        "There is a mistake in my invoice, and I want to talk about the payment.": "billing",
        "Could you explain the invoice to me?": "billing",
        "Can you check my last payment, please?": "billing",
        "I am very unhappy with my food.": "complaint",
        "My soup was cold, and I'm unhappy.": "complaint",
        "I want to make a complaint.": "complaint",
        "I have an allergy. What is in this dish?": "kitchen",
        "What's in the dish of the day?": "kitchen",
        "Let me speak to the kitchen.": "kitchen",
        "I'd like something else.": "back",
        "No, I want something else.": "back",
        "Take me back, please.": "back",
        "Can we go back to the start?": "back",
        "Back.": "back",
        "Please call handoff_to_booking.": "booking",
        "Hello.": "",
        "My name is Ada.": "",
        "Thank you very much.": "",
        "Yes, that's right.": "",
        "No.": "",
        "What did you say?": "",
        "I do not want a table.": "",
        "No table for me, thanks.": "",
        "We had a table last week.": "",
        "How can I book a taxi?": "",
        "When are you open?": "",
        "The weather is nice today.": "",
        "I'm happy with everything.": "",
        "I am not unhappy.": "",
        "I paid already.": "",
        "My friend works in billing.": "",
        "I'll be back in a minute.": "",
        "My back hurts.": "",
        "Nothing else, thanks.": "",
        "Who are you?": "",
        "Can you hear me?": "",
        "One moment, please.": "",
        "ada at example dot com": "",
        "five five five, one two three four": "",
        "Do you speak German?": "",
        "Is there parking nearby?": "",
        "Please speak louder.": "",
        "Stop please, I have a question for you.": "",
        "I never got an invoice from anybody.": "",
        "Tell me a joke.": "",
    },
    "de": {
        "Ich möchte einen Tisch für heute Abend.": "booking",
        "Haben Sie einen Tisch für vier?": "booking",
        "Ich habe eine Frage zu meiner Rechnung.": "billing",
        "Können Sie mir die Rechnung erklären?": "billing",
        "Ich bin sehr unzufrieden mit dem Essen.": "complaint",
        "Ich möchte zurück.": "back",
        "Ich will etwas anderes.": "back",
        "Guten Tag.": "",
        "Mein Name ist Ada.": "",
        "Ich möchte keinen Tisch.": "",
        "Wir saßen gestern an einem Tisch.": "",
        "Vielen Dank.": "",
        "Ich bin zufrieden.": "",
        "Wie bitte?": "",
        "Ja, genau.": "",
        "Einen Moment bitte.": "",
    },
    "es": {
        "Quisiera una mesa para esta noche.": "booking",
        "Tengo una pregunta sobre mi factura.": "billing",
        "Estoy muy descontento.": "complaint",
        "Quiero volver, por favor.": "back",
        "Hola.": "",
        "No quiero una mesa.": "",
        "Gracias.": "",
        "¿Cómo se llama usted?": "",
    },
    "pt": {
        "Eu queria uma mesa para hoje.": "booking",
        "Tenho uma pergunta sobre a minha fatura.": "billing",
        "Estou muito insatisfeito.": "complaint",
        "Quero voltar, por favor.": "back",
        "Bom dia.": "",
        "Não quero uma mesa.": "",
        "Obrigado.": "",
    },
    "fr": {
        "Je voudrais une table pour ce soir.": "booking",
        "J'ai une question sur ma facture.": "billing",
        "Je suis très mécontent.": "complaint",
        "Je voudrais autre chose.": "back",
        "Bonjour.": "",
        "Je ne veux pas de table.": "",
        "Merci beaucoup.": "",
    },
    "it": {
        "Vorrei un tavolo per stasera.": "booking",
        "Ho una domanda sulla mia fattura.": "billing",
        "Sono molto scontento.": "complaint",
        "Vorrei tornare indietro.": "back",
        "Buongiorno.": "",
        "Non voglio un tavolo.": "",
        "Grazie mille.": "",
    },
    "nl": {
        "Ik wil graag een tafel voor vanavond.": "booking",
        "Ik heb een vraag over mijn factuur.": "billing",
        "Ik ben erg ontevreden.": "complaint",
        "Ik wil graag terug.": "back",
        "Goedendag.": "",
        "Ik wil geen tafel.": "",
        "Dank u wel.": "",
    },
    "hi": {
        "मुझे एक मेज़ चाहिए।": "booking",
        "मुझे बिल के बारे में पूछना है।": "billing",
        "मैं नाराज़ हूँ।": "complaint",
        "मुझे वापस जाना है।": "back",
        "नमस्ते।": "",
        "धन्यवाद।": "",
    },
    "zh": {
        "我想订餐桌。": "booking",
        "我想问一下账单。": "billing",
        "我很不满。": "complaint",
        "请返回。": "back",
        "你好。": "",
        "谢谢。": "",
    },
    "ja": {
        "テーブルをおねがいします。": "booking",
        "請求書について教えてください。": "billing",
        "とても不満です。": "complaint",
        "もどりたいです。": "back",
        "こんにちは。": "",
        "ありがとう。": "",
    },
}
# What an operator of each language writes in place of the first three conditions.
WHEN = {
    "de": ("Der Anrufer möchte einen Tisch.", "Eine Frage zu einer Rechnung.", "Unzufrieden."),
    "es": ("El cliente quiere una mesa.", "Una pregunta sobre una factura.", "Está descontento."),
    "pt": ("O cliente quer uma mesa.", "Uma pergunta sobre uma fatura.", "Está insatisfeito."),
    "fr": ("Le client veut une table.", "Une question sur une facture.", "Il est mécontent."),
    "it": ("Il cliente vuole un tavolo.", "Una domanda su una fattura.", "È scontento."),
    "nl": ("De beller wil een tafel.", "Een vraag over een factuur.", "Hij is ontevreden."),
    "hi": ("मेज़", "बिल", "नाराज़"),
    "zh": ("餐桌", "账单", "不满"),
    "ja": ("テーブル", "請求書", "不満"),
}


def ways(language: str) -> tuple[dict[str, Any], ...]:
    if language not in WHEN:
        return WAYS
    own = zip(("booking", "billing", "complaint"), WHEN[language], strict=True)
    return (*(handoff(agent, when) for agent, when in own), *WAYS[4:])


def asked_for(said: str, language: str) -> str:
    """Return the agent that the script hands over to; "" where it does not."""
    reply = think([system(), user(said)], ways(language), language)
    (name,) = [call.tool for call in reply.calls] or [""]
    if name == "opening_hours":
        return ""
    return name.removeprefix("handoff_").removeprefix("to_")


def system() -> dict[str, Any]:
    return {"role": "system", "content": "Be brief."}


def user(said: str) -> dict[str, Any]:
    return {"role": "user", "content": said}


def test_who_wants_to_go_elsewhere_is_handed_over_and_hardly_anybody_else() -> None:
    """Of these sentences; what is wrong is shown."""
    told = [(language, *each) for language, said in WISHES.items() for each in said.items()]
    wanted = [each for each in told if each[2]]
    others = [each for each in told if not each[2]]
    missed = [(*each, got) for each in wanted if (got := asked_for(each[1], each[0])) != each[2]]
    alarms = [(*each, got) for each in others if (got := asked_for(each[1], each[0]))]
    assert len(missed) <= 0.1 * len(wanted), missed
    assert len(alarms) <= 0.02 * len(others), alarms


def test_there_are_wishes_in_every_language_of_the_script() -> None:
    assert WISHES.keys() == PHRASES.keys()


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_a_caller_who_only_cuts_in_is_not_handed_over(language: str) -> None:
    sentences = SENTENCES[language]
    for said in (sentences.barge_in, sentences.short, sentences.typed):
        assert asked_for(said, language) == ""


def handed(said: str, *tools: dict[str, Any]) -> Reply:
    return think([system(), user(said)], tools)


def test_what_a_handoff_has_to_know_is_taken_from_what_was_said_or_asked_for() -> None:
    booking = handoff("booking", "The caller wants a table.", people=PEOPLE)
    (call,) = handed("A table for twenty-three, no, for four people, please.", booking).calls
    assert call == ToolCall("handoff_to_booking", {"people": 4})
    asked = handed("A table, please.", booking)
    assert asked.text == "For booking I still need to know: How many will come."
    talk = [system(), user("A table, please."), {"role": "assistant", "content": asked.text}]
    assert think([*talk, user("Four.")], [booking]).calls == (call,)


MENU = {
    "name": "choose",
    "description": "Does what a key of the menu does. The keys:\n- 1: The caller wants a table.\n"
    "- 2: Says: We are open every day from ten to ten.\n- 4: Opens the menu below it.\n"
    "- 4.2: The caller asks for a copy of an invoice.\n- *: Says the menu again.",
    "parameters": {
        "type": "object",
        "properties": {"key": {"type": "string", "enum": ["1", "2", "4", "4.2", "*"]}},
        "required": ["key"],
    },
}


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("One.", "1"),
        ("Press two, please.", "2"),
        ("I'd like number 4.", "4"),
        ("A table, please.", "1"),
        ("Could I have a copy of my invoice?", "4.2"),
        ("Star.", "*"),
        ("Please say the menu again.", "*"),
    ],
)
def test_a_caller_who_says_what_a_key_is_for_reaches_it(said: str, key: str) -> None:
    assert handed(said, MENU).calls == (ToolCall("choose", {"key": key}),)


@pytest.mark.parametrize(
    "said", ["Hello.", "Nine.", "I have one question.", "I do not want a table.", "Thank you."]
)
def test_a_caller_who_names_no_key_reaches_none(said: str) -> None:
    assert not handed(said, MENU).calls


def test_a_key_of_a_menu_that_was_opened_is_meant_before_that_of_the_first() -> None:
    function = {"name": "choose", "arguments": '{"key": "4"}'}
    call = {"id": "1", "type": "function", "function": function}
    opened = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "It is done."},
    ]
    (chosen,) = think([system(), user("Four."), *opened, user("Two.")], [MENU]).calls
    assert chosen == ToolCall("choose", {"key": "4.2"})


def test_nothing_is_said_where_the_menu_says_it_itself() -> None:
    function = {"name": "choose", "arguments": '{"key": "2"}'}
    call = {"id": "1", "type": "function", "function": function}
    done = "It is done, and the caller hears what comes of it. Say nothing more."
    talk = [
        system(),
        user("Two."),
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": done},
    ]
    assert think(talk, [MENU]) == Reply()


AGENTS = {"reception": "Find out what the caller wants.", "booking": "Book a table for {{people}}."}
BOOKING = {"role": "system", "content": "Be brief.\n\nBook a table for {{ people }}.\n\nMore."}


VALUES = {"role": "system", "content": 'Values.\n<values>\npeople: 4\nname: "Ada"\n</values>'}


@pytest.mark.parametrize(
    "talk", [[], [user("A table."), {"role": "assistant", "content": "I will take it."}]]
)
def test_an_agent_that_takes_over_says_who_it_is_and_what_it_was_told(talk: Any) -> None:
    assert think([BOOKING, VALUES, *talk], WAYS, "en", AGENTS).text == (
        "This is booking. I was told: Book a table for 4. "
        "I am only the offline stand-in, so that is all."
    )


def test_an_agent_that_takes_over_after_the_last_word_of_the_caller_speaks_first() -> None:
    """As one does that an agent hands over to once it has collected all."""
    first = {"role": "system", "content": "Be brief.\n\nFind out what the caller wants."}
    before = Before.of([first, user("Yes.")], AGENTS)
    assert think([BOOKING, user("Yes.")], WAYS, "en", AGENTS, before).text.startswith("This is")
    spoken = think([BOOKING, user("Yes."), user("Tomorrow.")], WAYS, "en", AGENTS, before)
    assert not spoken.text.startswith("This is")


def test_the_first_agent_opens_the_call_as_any_does() -> None:
    first = {"role": "system", "content": "Be brief.\n\nFind out what the caller wants."}
    assert think([first], WAYS, "en", AGENTS).text == PHRASES["en"].greeting
    talk = [first, user("Hello.")]
    assert think(talk, WAYS, "en", AGENTS) == think(talk, WAYS)


def test_an_agent_that_keeps_the_call_tells_why() -> None:
    function = {"name": "handoff_to_booking", "arguments": "{}"}
    call = {"id": "1", "type": "function", "function": function}
    first = {"role": "system", "content": "Be brief.\n\nFind out what the caller wants."}
    refused = {"role": "tool", "tool_call_id": "1", "content": "Another one was first."}
    talk = [first, user("A table."), {"role": "assistant", "tool_calls": [call]}, refused]
    assert think(talk, WAYS, "en", AGENTS).text == "Another one was first."


def test_what_was_collected_is_told_and_no_order() -> None:
    known = "What was to be asked of the caller has been asked. Do not ask for it again.\nguests: 4"
    talk = [system(), user("Four."), {"role": "system", "content": known}]
    assert think(talk, WAYS).text == "This is what I was given: guests 4."
