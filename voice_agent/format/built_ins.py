"""The names that every template may have beside those that a profile declares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from .language import ENGLISH, base_of

UTC = "UTC"
TIMES = ("now", "today", "weekday")
BUILT_INS = (*TIMES, "call.id", "call.room", "call.started_at")
RESERVED = (*TIMES, "call", "secrets", "metadata", "attributes", "env")
"""What no variable may be called."""

_WEEKDAYS: Mapping[str, str] = MappingProxyType(
    {
        "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        "es": "lunes martes miércoles jueves viernes sábado domingo",
        "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
        "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
        "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        "pl": "poniedziałek wtorek środa czwartek piątek sobota niedziela",
        "sv": "måndag tisdag onsdag torsdag fredag lördag söndag",
        "da": "mandag tirsdag onsdag torsdag fredag lørdag søndag",
        "tr": "Pazartesi Salı Çarşamba Perşembe Cuma Cumartesi Pazar",
        "hi": "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार",
        "zh": "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
        "ja": "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日",
        "ko": "월요일 화요일 수요일 목요일 금요일 토요일 일요일",
    }
)


def moment(timezone: str | None) -> datetime:
    """Return the time in a zone of the tz database, by default in UTC."""
    return datetime.now(ZoneInfo(timezone or UTC))


def of_time(name: str, at: datetime, language: str = ENGLISH) -> str:
    """Return the value of `now`, `today` or `weekday`.

    The day of the week is in the language where that is one of those known here, else in English.
    """
    if name == "now":
        return at.strftime("%Y-%m-%d %H:%M")
    if name == "today":
        return at.strftime("%Y-%m-%d")
    names = _WEEKDAYS.get(base_of(language), _WEEKDAYS[ENGLISH])
    return names.split(" ")[at.weekday()]
