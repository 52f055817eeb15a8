"""The script takes details from what callers say, and takes nothing else for one."""

from __future__ import annotations

from typing import Any

from voice_agent.standin.details_words import DETAILS
from voice_agent.standin.phrases import PHRASES
from voice_agent.standin.script import think
from voice_agent.standin.spoken_numbers import LANGUAGES

TAKES = {
    "email": ("update_email_address", "email"),
    "phone": ("update_phone_number", "phone_number"),
    "name": ("update_name", "first_name middle_name last_name"),
    "dob": ("update_dob", "year month day"),
    "people": ("update_people", "value"),
}
PEOPLE = {"type": "integer", "minimum": 1, "description": "How many will come."}

# What callers answer, by the language and what they were asked for; "" where that is not in it, and
# a dash where they do not want to say it.
GIVEN: dict[str, dict[str, dict[str, str]]] = {
    "en": {
        "email": {
            "ada at example dot com": "ada@example.com",
            "It's ada underscore king at mail dot example dot org.": "ada_king@mail.example.org",
            "a, d, a at example dot com": "ada@example.com",
            "My email is Ada@Example.com, please.": "Ada@Example.com",
            "ada dot king nine at example dot com": "ada.king9@example.com",
            "I am at home.": "",
            "What for?": "",
            "Hello?": "",
            "I don't have one.": "-",
            "I'd rather not.": "-",
            "No.": "-",
        },
        "phone": {
            "555 123 4567": "5551234567",
            "plus four nine, three oh, one two three four five six": "+4930123456",
            "It's five five five, double one, three four five six.": "555113456",
            "(555) 123-4567": "5551234567",
            "One moment, please.": "",
            "Let me see.": "",
            "I won't tell you.": "-",
        },
        "name": {
            "Ada.": "Ada",
            "My name is Ada King.": "Ada King",
            "It's ada.": "Ada",
            "I'm Grace Brewster Hopper": "Grace Hopper",
            "Hello, this is Ada King from the office.": "Ada King",
            "King, k i n g": "King",
            "What did you say?": "",
            "Can you hear me?": "",
            "I want a table.": "",
            "Okay.": "",
            "Rather not.": "-",
        },
        "dob": {
            "January 15th 1990": "1990 1 15",
            "the fifteenth of January nineteen ninety": "1990 1 15",
            "01/15/1990": "1990 1 15",
            "1990-01-15": "1990 1 15",
            "May the fourth, two thousand and one": "2001 5 4",
            "In January.": "",
            "I may not remember.": "",
            "I don't want to say that.": "-",
        },
        "people": {
            "Four.": "4",
            "We are twenty-three.": "23",
            "There will be 6 of us.": "6",
            "Just me.": "",
            "I do not know.": "-",
        },
    },
    "de": {
        "email": {
            "ada punkt king at beispiel minus shop punkt de": "ada.king@beispiel-shop.de",
            "Wozu?": "",
            "Das möchte ich nicht sagen.": "-",
        },
        "phone": {"null drei null, einundzwanzig, zwo drei vier": "03021234", "Moment.": ""},
        "name": {"Mein Name ist Ada von Berg.": "Ada von Berg", "Wie bitte?": ""},
        "dob": {"15. Januar 1990": "1990 1 15", "15.1.1990": "1990 1 15", "Im Januar.": ""},
        "people": {"Wir sind einundzwanzig.": "21", "Vier Personen.": "4", "Keine Ahnung.": ""},
    },
    "es": {
        "email": {"ada guion bajo king arroba ejemplo punto com": "ada_king@ejemplo.com"},
        "phone": {"seis uno dos, treinta y cuatro, cinco seis": "6123456", "Un momento.": ""},
        "name": {"Me llamo Ada Pérez.": "Ada Pérez", "¿Cómo?": "", "Prefiero no decirlo.": "-"},
        "dob": {"15 de enero de 1990": "1990 1 15"},
        "people": {"Somos veintitrés.": "23"},
    },
    "pt": {
        "email": {"ada ponto king arroba exemplo ponto com": "ada.king@exemplo.com"},
        "phone": {"nove um dois, trinta e quatro, cinco seis": "9123456"},
        "name": {"Meu nome é Ada Silva.": "Ada Silva", "Como?": "", "Prefiro não dizer.": "-"},
        "dob": {"15 de janeiro de 1990": "1990 1 15"},
        "people": {"Somos vinte e três.": "23"},
    },
    "fr": {
        "email": {"ada tiret king arobase exemple point fr": "ada-king@exemple.fr"},
        "phone": {"zéro six douze quatre-vingt-dix-sept un": "0612971"},
        "name": {"Je m'appelle Ada Martin.": "Ada Martin", "Je préfère ne pas le dire.": "-"},
        "dob": {"le 15 janvier 1990": "1990 1 15"},
        "people": {"Nous serons vingt et un.": "21"},
    },
    "it": {
        "email": {"ada punto king chiocciola esempio punto it": "ada.king@esempio.it"},
        "phone": {"tre tre otto, ventuno, ventitré": "3382123"},
        "name": {"Mi chiamo Ada Rossi.": "Ada Rossi", "Preferisco non dirlo.": "-"},
        "dob": {"il 15 gennaio 1990": "1990 1 15"},
        "people": {"Siamo ventuno.": "21"},
    },
    "nl": {
        "email": {"ada punt king apenstaartje voorbeeld punt nl": "ada.king@voorbeeld.nl"},
        "phone": {"nul zes, eenentwintig, tweeëntwintig, drie": "0621223"},
        "name": {"Ik heet Ada de Vries.": "Ada de Vries", "Liever niet.": "-"},
        "dob": {"15 januari 1990": "1990 1 15"},
        "people": {"We zijn met eenentwintig.": "21"},
    },
    "hi": {
        "email": {"ada एट example डॉट com": "ada@example.com"},
        "phone": {"नौ आठ सात, छह पाँच चार, तीन": "9876543"},
        "name": {"मेरा नाम आदा है।": "आदा", "मैं नहीं बताऊँगा।": "-"},
        "dob": {"15 जनवरी 1990": "1990 1 15"},
        "people": {"हम तेईस हैं।": "23"},
    },
    "zh": {
        "email": {"ada 艾特 example 点 com": "ada@example.com"},
        "phone": {"一三八 零零一 三八": "13800138"},
        "name": {"我叫艾达。": "艾达", "我不想说。": "-"},
        "dob": {"1990年1月15日": "1990 1 15"},
        "people": {"二十三个人。": "23"},
    },
    "ja": {
        "email": {"ada アットマーク example ドット com": "ada@example.com"},
        "phone": {"ゼロ三の一二三四の五六": "03123456"},
        "name": {"わたしはアダです。": "アダ", "いいたくないです。": "-"},
        "dob": {"1990年1月15日": "1990 1 15"},
        "people": {"二十三人です。": "23"},
    },
}
PROMPT = "You need to naturally collect the name parts in this order: {}.\n"


def understood(said: str, asked: str, language: str, parts: str) -> str:
    """Return what the script records of an answer; "" for nothing, and a dash for a refusal."""
    name, takes = TAKES[asked]
    properties = {
        each: PEOPLE if asked == "people" else {"type": "string"} for each in takes.split()
    }
    reason = {"reason": {"type": "string"}}
    tools = [
        {"name": name, "parameters": {"type": "object", "properties": properties}},
        {"name": "decline_it", "parameters": {"type": "object", "properties": reason}},
    ]
    talk: list[dict[str, Any]] = [{"role": "system", "content": PROMPT.format(parts)}]
    talk.append({"role": "assistant", "content": think(talk, tools, language).text})
    talk.append({"role": "user", "content": said})
    calls = think(talk, tools, language).calls
    if not calls or calls[0].tool == "decline_it":
        return "-" if calls else ""
    return " ".join(str(each) for each in calls[0].arguments.values())


def _parts(value: str) -> str:
    """Return the parts of a name that LiveKit has asked for, where the answer has so many."""
    return "{first_name} {last_name}" if " " in value else "{first_name}"


def test_details_are_understood_and_hardly_ever_where_there_are_none() -> None:
    """Of these answers; what is wrong is shown."""
    told = [
        (language, asked, said, value)
        for language, kinds in GIVEN.items()
        for asked, answers in kinds.items()
        for said, value in answers.items()
    ]
    got = [(*each, understood(each[2], each[1], each[0], _parts(each[3]))) for each in told]
    missed = [each for each in got if each[3] and each[3] != each[4]]
    alarms = [each for each in got if not each[3] and each[4]]
    assert len(missed) <= 0.05 * len(told), missed
    assert len(alarms) <= 1, alarms


def test_details_are_given_in_every_language_of_the_script() -> None:
    assert GIVEN.keys() == PHRASES.keys() == DETAILS.keys() == LANGUAGES
