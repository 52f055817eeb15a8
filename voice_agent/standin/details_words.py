"""The words in which callers give their details, and in which the script asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_ITEMS = (
    *("name", "first_name", "middle_name", "last_name", "email", "phone_number"),
    *("street_address", "locality", "country", "dob", "card_number", "expiration_date"),
    *("security_code", "inputs"),
)
_WIDE_MONTHS = (
    *("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月"),
    *("十月", "十一月", "十二月"),
)
_NAME = r"(?P<name>[^,.;:!?，。！？]+)"


@dataclass(frozen=True, slots=True)
class Details:
    """How the script asks for details in one language, and what it understands of the answers.

    `{what}` is what is asked for, and `{value}` what was understood. The others are regular
    expressions, in which letters may be small or capital.
    """

    asks: str
    again: str
    """Says that an answer was not understood; the question follows."""
    noted: str
    once_more: str
    """Asks for what is not to be read back once again."""
    items: Mapping[str, str]
    """What LiveKit's tasks ask for, by their names for it."""
    yes: str
    withholds: str
    """Says that the caller does not want to give something, or has not got it."""
    corrects: str
    """Says that something was wrong."""
    goes_back: str
    """Says that something is to be gone back to."""
    leads: str
    """Stands before what is given."""
    returns: str
    """Asks for the agent that the call came from."""
    named: str
    at: str
    dot: str
    dash: str
    underscore: str
    months: tuple[str, ...]
    """From January, each as the beginning of a word."""


def _items(*names: str) -> Mapping[str, str]:
    return dict(zip(_ITEMS, names, strict=True))


ENGLISH = Details(
    asks="The offline stand-in needs to know: {what}.",
    again="The offline stand-in did not understand that.",
    noted="I have noted {value}. Is that right?",
    once_more="Please say it once more, so that it is sure to be right.",
    items=_items(
        *("your name", "your first name", "your middle name", "your last name"),
        *("your email address", "your phone number", "your street and house number"),
        *("your town", "your country", "your date of birth", "the number of your card"),
        *("the month and year in which your card expires", "the security code of your card"),
        "the digits, which you can say or type",
    ),
    yes=r"^(?:yes|yeah|yep|yup|sure|of course|right|correct|exactly|ok(?:ay)?|perfect|"
    r"(?:that|it)(?:'s| is) (?:right|correct|fine|it)|that sounds right)\b",
    withholds=r"\b(?:rather not|(?:do not|don'?t|will not|won'?t) (?:want|wish|like|give|tell|"
    r"say|have|know|need)|(?:not (?:going|willing) to)|none of your|no thank|skip|refuse|"
    r"keep (?:that|it) (?:to|for) myself|decline|have no (?:\w+ ?){1,3}$)|^(?:no|nope|none)\W*$",
    corrects=r"^(?:no|nope|wrong)\b|\b(?:is|was|that'?s) (?:wrong|not right|not correct|"
    r"incorrect)|\bactually\b|\bi (?:mean|meant)\b|\bsorry\b|\bcorrection\b|\binstead\b",
    goes_back=r"\b(?:go(?:ing)? back|back to|change|correct|update|wrong|mistake|fix|"
    r"start over|not right)\b",
    leads=r"^(?:well,? )?(?:it(?:'s| is)|that(?:'s| is| would be)|(?:my|the) [\w ]{1,30}? is|"
    r"i live (?:at|in)) ",
    returns=r"\b(?:go|take me|bring me|put me|get) back\b|\bback to (?:the )?(?:start|beginning|"
    r"menu|reception|where|previous)|\bstart over\b|\b(?:something|anything) else\b|^back\W*$",
    named=rf"\b(?:(?:my |the )?(?:(?:first|last|middle|family|full|sur)[ -]?)?name(?:'s| is|:)?|"
    rf"i am|i'm|this is|call me|it(?:'s| is)|that(?:'s| is)|speaking with) {_NAME}",
    at=r"at|@",
    dot=r"dot|point",
    dash=r"dash|hyphen|minus",
    underscore=r"underscore|under score",
    months=(
        *("january", "february", "march", "april", "may", "june", "july", "august"),
        *("september", "october", "november", "december"),
    ),
)

DETAILS: Mapping[str, Details] = {
    "en": ENGLISH,
    "de": Details(
        asks="Der Offline-Ersatz muss noch wissen: {what}.",
        again="Das hat der Offline-Ersatz nicht verstanden.",
        noted="Notiert ist {value}. Stimmt das?",
        once_more="Bitte sagen Sie es noch einmal, damit es sicher stimmt.",
        items=_items(
            *("Ihr Name", "Ihr Vorname", "Ihr zweiter Vorname", "Ihr Nachname"),
            *("Ihre E-Mail-Adresse", "Ihre Telefonnummer", "Ihre Straße und Hausnummer"),
            *("Ihr Ort", "Ihr Land", "Ihr Geburtsdatum", "die Nummer Ihrer Karte"),
            *("Monat und Jahr, in denen Ihre Karte abläuft", "der Prüfcode Ihrer Karte"),
            "die Ziffern, gesprochen oder getippt",
        ),
        yes=r"^(?:ja|jawohl|gern\w*|genau|richtig|stimmt|korrekt|passt|"
        r"das (?:stimmt|ist richtig))\b",
        withholds=r"\b(?:möchte|will|werde|kann) ich (?:\w+ )?(?:nicht|lieber nicht)|\b(?:möchte|"
        r"will|sage|gebe|verrate|habe|weiß) (?:\w+ ){0,3}?(?:nicht|keine?n?)\b|\blieber nicht|"
        r"\bgeht (?:sie|dich) nichts an|^(?:nein|nee)\W*$",
        corrects=r"^(?:nein|nee|falsch)\b|\b(?:ist|war) falsch|\bstimmt nicht|\bsondern\b|"
        r"\bich meine?\b|\beigentlich\b|\bentschuldigung\b",
        goes_back=r"\b(?:zurück|ändern|korrigieren|falsch|fehler|von vorn\w*)\b",
        leads=r"^(?:es ist|das ist|(?:mein\w*|die|der|das) [\w-]{1,30} ist|ich wohne in) ",
        returns=r"\bzurück\b|\bvon vorne?\b|\betwas anderes\b",
        named=rf"\b(?:(?:mein|der) (?:(?:vor|nach|familien)?name)(?: ist|:)?|ich heiße|ich bin|"
        rf"hier (?:ist|spricht)|das ist|es ist) (?:die |der |frau |herr )?{_NAME}",
        at=r"at|ät|@|klammeraffe",
        dot=r"punkt|dot",
        dash=r"bindestrich|minus|strich",
        underscore=r"unterstrich",
        months=(
            *("januar|jänner", "februar|feber", "märz", "april", "mai", "juni", "juli", "august"),
            *("september", "oktober", "november", "dezember"),
        ),
    ),
    "es": Details(
        asks="El suplente sin conexión necesita saber: {what}.",
        again="El suplente sin conexión no lo ha entendido.",
        noted="He anotado {value}. ¿Es correcto?",
        once_more="Dígalo otra vez, por favor, para que sea seguro.",
        items=_items(
            *("su nombre", "su nombre de pila", "su segundo nombre", "su apellido"),
            *("su correo electrónico", "su número de teléfono", "su calle y número"),
            *("su ciudad", "su país", "su fecha de nacimiento", "el número de su tarjeta"),
            *("el mes y el año en que caduca su tarjeta", "el código de seguridad de su tarjeta"),
            "los dígitos, que puede decir o teclear",
        ),
        yes=r"^(?:sí|si|claro|correcto|exacto|de acuerdo|eso es|así es|vale)\b",
        withholds=r"\b(?:prefiero no|no (?:quiero|voy a|deseo|tengo|se lo|lo sé|pienso))|"
        r"^no\W*(?:gracias)?\W*$",
        corrects=r"^no\b|\b(?:está mal|es incorrecto|me equivoqué|perdón|quiero decir)",
        goes_back=r"\b(?:volver|cambiar|corregir|está mal|error|equivoqué|atrás)\b",
        leads=r"^(?:es|mi [\w ]{1,30}? es|vivo en) ",
        returns=r"\b(?:volver|regresar|atrás)\b|\botra cosa\b",
        named=rf"\b(?:me llamo|mi (?:nombre|apellido) es|soy|es|habla) {_NAME}",
        at=r"arroba|at|@",
        dot=r"punto|dot",
        dash=r"guion|guión",
        underscore=r"guion bajo|guión bajo",
        months=(
            *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
            *("septiembre|setiembre", "octubre", "noviembre", "diciembre"),
        ),
    ),
    "pt": Details(
        asks="O substituto offline precisa saber: {what}.",
        again="O substituto offline não entendeu.",
        noted="Anotei {value}. Está certo?",
        once_more="Diga mais uma vez, por favor, para ter certeza.",
        items=_items(
            *("o seu nome", "o seu primeiro nome", "o seu segundo nome", "o seu sobrenome"),
            *("o seu e-mail", "o seu número de telefone", "a sua rua e o número"),
            *("a sua cidade", "o seu país", "a sua data de nascimento", "o número do seu cartão"),
            *("o mês e o ano de validade do cartão", "o código de segurança do cartão"),
            "os dígitos, que pode dizer ou digitar",
        ),
        yes=r"^(?:sim|claro|certo|isso|correto|exato|está certo)\b",
        withholds=r"\b(?:prefiro não|não (?:quero|vou|desejo|tenho|sei))|"
        r"^não\W*(?:obrigad[oa])?\W*$",
        corrects=r"^não\b|\b(?:está errad[oa]|desculpe|quero dizer|me enganei)",
        goes_back=r"\b(?:voltar|mudar|corrigir|errad[oa]|erro)\b",
        leads=r"^(?:é|(?:o meu|a minha|meu|minha) [\w ]{1,30}? é|moro em) ",
        returns=r"\b(?:voltar|de volta)\b|\boutra coisa\b",
        named=rf"\b(?:me chamo|chamo-me|(?:o )?meu (?:sobre)?nome é|sou|é|aqui é) "
        rf"(?:o |a )?{_NAME}",
        at=r"arroba|at|@",
        dot=r"ponto|dot",
        dash=r"hífen|traço",
        underscore=r"sublinhado|underline",
        months=(
            *("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto"),
            *("setembro", "outubro", "novembro", "dezembro"),
        ),
    ),
    "fr": Details(
        asks="La doublure hors ligne doit encore savoir : {what}.",
        again="La doublure hors ligne n'a pas compris.",
        noted="J'ai noté {value}. Est-ce exact ?",
        once_more="Dites-le encore une fois, s'il vous plaît, pour être sûr.",
        items=_items(
            *("votre nom", "votre prénom", "votre deuxième prénom", "votre nom de famille"),
            *("votre adresse e-mail", "votre numéro de téléphone", "votre rue et le numéro"),
            *("votre ville", "votre pays", "votre date de naissance", "le numéro de votre carte"),
            *("le mois et l'année d'expiration", "le code de sécurité de votre carte"),
            "les chiffres, à dire ou à taper",
        ),
        yes=r"^(?:oui|d'accord|bien sûr|exact\w*|c'est (?:ça|exact|bien ça|correct|juste)|voilà)\b",
        withholds=r"\b(?:préfère (?:ne )?pas|ne (?:veux|souhaite|désire|vais) pas|"
        r"n'ai pas|ne sais pas|je refuse)|^non\W*(?:merci)?\W*$",
        corrects=r"^non\b|\b(?:c'est faux|pas (?:ça|correct|juste)|pardon|je veux dire|en fait)",
        goes_back=r"\b(?:revenir|changer|corriger|modifier|faux|fausse|erreur|retour)\b",
        leads=r"^(?:c'est|mon [\w ]{1,30}? est|ma [\w ]{1,30}? est|j'habite(?: à)?) ",
        returns=r"\b(?:revenir|retour(?:ner)?|en arrière)\b|\bautre chose\b",
        named=rf"(?:\bje m'appelle|\bmon (?:pré)?nom(?: de famille)? est|\bje suis|"
        rf"\bc'est) {_NAME}",
        at=r"arobase|arrobas|at|@",
        dot=r"point|dot",
        dash=r"tiret",
        underscore=r"tiret bas|souligné",
        months=(
            *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
            *("septembre", "octobre", "novembre", "décembre"),
        ),
    ),
    "it": Details(
        asks="Il sostituto offline deve sapere: {what}.",
        again="Il sostituto offline non ha capito.",
        noted="Ho annotato {value}. È giusto?",
        once_more="Lo dica ancora una volta, per favore, per essere sicuri.",
        items=_items(
            *("il suo nome", "il suo nome di battesimo", "il suo secondo nome", "il suo cognome"),
            *("il suo indirizzo e-mail", "il suo numero di telefono", "la sua via e il numero"),
            *("la sua città", "il suo paese", "la sua data di nascita", "il numero della carta"),
            *("il mese e l'anno di scadenza della carta", "il codice di sicurezza della carta"),
            "le cifre, che può dire o digitare",
        ),
        yes=r"^(?:sì|si|certo|esatto|giusto|corretto|va bene|proprio così)(?!\w)",
        withholds=r"\b(?:preferisco (?:di )?no[n]?|non (?:voglio|desidero|intendo|ho|lo so|la so))|"
        r"^no\W*(?:grazie)?\W*$",
        corrects=r"^no\b|\b(?:è sbagliat[oa]|non è giusto|mi scusi|volevo dire|intendo)",
        goes_back=r"\b(?:tornare|cambiare|correggere|modificare|sbagliat[oa]|errore|indietro)\b",
        leads=r"^(?:è|(?:il mio|la mia) [\w ]{1,30}? è|abito (?:a|in)) ",
        returns=r"\b(?:tornare|torni|indietro)\b|\b(?:un'altra cosa|qualcos'altro)",
        named=rf"(?:\bmi chiamo|\bil mio (?:cog)?nome è|\bsono|\bè) {_NAME}",
        at=r"chiocciola|at|@",
        dot=r"punto|dot",
        dash=r"trattino|meno",
        underscore=r"trattino basso|underscore",
        months=(
            *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto"),
            *("settembre", "ottobre", "novembre", "dicembre"),
        ),
    ),
    "nl": Details(
        asks="De offline vervanger moet nog weten: {what}.",
        again="Dat heeft de offline vervanger niet begrepen.",
        noted="Genoteerd is {value}. Klopt dat?",
        once_more="Zeg het alstublieft nog een keer, zodat het zeker klopt.",
        items=_items(
            *("uw naam", "uw voornaam", "uw tweede voornaam", "uw achternaam"),
            *("uw e-mailadres", "uw telefoonnummer", "uw straat en huisnummer"),
            *("uw woonplaats", "uw land", "uw geboortedatum", "het nummer van uw kaart"),
            *("de maand en het jaar waarin uw kaart verloopt", "de beveiligingscode van uw kaart"),
            "de cijfers, gesproken of getypt",
        ),
        yes=r"^(?:ja|jawel|graag|klopt|dat klopt|juist|precies|inderdaad)\b",
        withholds=r"\b(?:liever niet|(?:wil|ga|zeg|geef) (?:ik )?(?:\w+ ){0,3}?niet|"
        r"heb (?:ik )?(?:\w+ )?(?:geen|niet)|weet (?:ik )?(?:\w+ )?niet)|^nee\W*$",
        corrects=r"^nee\b|\b(?:is (?:fout|verkeerd)|klopt niet|ik bedoel|sorry|eigenlijk)",
        goes_back=r"\b(?:terug|wijzigen|veranderen|corrigeren|fout|verkeerd)\b",
        leads=r"^(?:het is|dat is|mijn [\w ]{1,30}? is|ik woon in) ",
        returns=r"\bterug\b|\biets anders\b",
        named=rf"\b(?:ik heet|(?:mijn|de) (?:voor|achter)?naam is|ik ben|dit is|het is|"
        rf"u spreekt met) {_NAME}",
        at=r"apenstaartje|at|@",
        dot=r"punt|dot",
        dash=r"streepje|koppelteken",
        underscore=r"laag streepje|underscore",
        months=(
            *("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus"),
            *("september", "oktober", "november", "december"),
        ),
    ),
    "hi": Details(
        asks="ऑफ़लाइन स्थानापन्न को यह जानना है: {what}।",
        again="ऑफ़लाइन स्थानापन्न यह नहीं समझा।",
        noted="मैंने लिख लिया: {value}। क्या यह सही है?",
        once_more="कृपया एक बार फिर बताइए, ताकि कोई ग़लती न हो।",
        items=_items(
            *("आपका नाम", "आपका पहला नाम", "आपका बीच का नाम", "आपका उपनाम", "आपका ईमेल पता"),
            *("आपका फ़ोन नंबर", "आपकी गली और मकान नंबर", "आपका शहर", "आपका देश", "आपकी जन्म तिथि"),
            *("आपके कार्ड का नंबर", "कार्ड किस महीने और साल तक चलेगा", "कार्ड का सुरक्षा कोड"),
            "अंक, बोलकर या दबाकर",
        ),
        yes=r"^(?:हाँ|हां|जी|सही|ठीक)(?!\w)",
        withholds=r"नहीं (?:बता|दे|दू|है|पता)|नहीं चाह|^(?:जी )?नहीं\W*$",
        corrects=r"^(?:जी )?नहीं|ग़लत|गलत|माफ़",
        goes_back=r"वापस|बदल|ठीक कर|सुधार|ग़लत|गलत",
        leads=r"^(?:यह|मेरा|मेरी) ",
        returns=r"वापस|कुछ और",
        named=r"(?:मेरा नाम|मैं) (?P<name>[^,.;:!?।]+?)(?: है| हूँ| हूं|[।.]|$)",
        at=r"एट|ऐट|at|@",
        dot=r"डॉट|dot",
        dash=r"डैश|हाइफ़न",
        underscore=r"अंडरस्कोर",
        months=(
            *("जनवरी", "फ़रवरी|फरवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त"),
            *("सितंबर|सितम्बर", "अक्टूबर|अक्तूबर", "नवंबर|नवम्बर", "दिसंबर|दिसम्बर"),
        ),
    ),
    "zh": Details(
        asks="离线替身还需要知道：{what}。",
        again="离线替身没有听懂。",
        noted="我记下了：{value}。对吗？",
        once_more="请再说一遍，以免出错。",
        items=_items(
            *("您的姓名", "您的名字", "您的中间名", "您的姓", "您的电子邮箱", "您的电话号码"),
            *("您的街道和门牌号", "您的城市", "您的国家", "您的出生日期", "您的卡号"),
            *("卡的有效期，月和年", "卡的安全码", "数字，可以说或者按"),
        ),
        yes=r"^(?:是|对|好|没错|正确)",
        withholds=r"不想|不要|不愿|不告诉|不方便|没有|不知道|^不(?:用|是)?\W*$",
        corrects=r"^不|错了|不对|应该是|更正",
        goes_back=r"回到|返回|修改|改一下|更改|错了",
        leads=r"^(?:是|我的[^是]{1,8}是|我住在)",
        returns=r"回到|返回|回去|别的事",
        named=r"(?:我(?:的(?:名字|姓名))?(?:叫|是|姓)|叫|是) ?(?P<name>[^,.;:!?，。！？]+)",
        at=r"艾特|at|@",
        dot=r"点|dot",
        dash=r"横杠|减号",
        underscore=r"下划线",
        months=_WIDE_MONTHS,
    ),
    "ja": Details(
        asks="オフラインのかわりが、おたずねします。{what}。",
        again="オフラインのかわりには、わかりませんでした。",
        noted="{value}、とかきました。よろしいですか？",
        once_more="もういちど、おねがいします。",
        items=_items(
            *("おなまえ", "したのおなまえ", "ミドルネーム", "みょうじ", "メールアドレス"),
            *("でんわばんごう", "まちのなとばんち", "おすまいのまち", "くに", "せいねんがっぴ"),
            *("カードのばんごう", "カードのゆうこうきげん", "カードのセキュリティコード"),
            "すうじ。いうか、おしてください",
        ),
        yes=r"^(?:はい|ええ|そう|うん|正しい|あっています)",
        withholds=r"たくない|たくありません|ありません|わかりません|けっこうです|結構です|"
        r"^(?:いいえ|いや)\W*$",
        corrects=r"^(?:いいえ|いや|ちが|違)|まちが|間違|ではなく|じゃなく",
        goes_back=r"もど|戻|変更|なお|直|まちが|間違",
        leads=r"^(?:わたしの|私の)[^は]{1,10}は",
        returns=r"もどっ|もどり|戻っ|戻り|ほかのこと|他のこと",
        named=r"(?:(?:なまえ|名前)は|わたしは|私は) ?(?P<name>[^,.;:!?、。！？]+?)"
        r"(?:です|ともうします|と申します|といいます|と言います|[。]|$)",
        at=r"アットマーク|あっとまーく|アット|at|@",
        dot=r"ドット|てん|点|dot",
        dash=r"ハイフン",
        underscore=r"アンダーバー|アンダースコア",
        months=_WIDE_MONTHS,
    ),
}
"""By the code of the language, without a region."""


def details_in(language: str) -> tuple[Details, ...]:
    """Return the words of a language, and those of English, which many things are spelt in."""
    own = DETAILS.get(language.partition("-")[0], ENGLISH)
    return (own,) if own is ENGLISH else (own, ENGLISH)
