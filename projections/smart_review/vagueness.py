"""Whether a statement says what is to be done: a small rule of thumb, for English and Spanish.

A statement that names no amount (a number, a half, a percentage) is asked about where it says
nothing more; until when ("within eight weeks", "by 1 June") is a date, and no amount of anything.
It is vague where it

- is one word ("Exercise"): it has no object;
- says how somebody feels, after "I want to", "stop" and the like ("feel less depressed", "dejar de
  estar triste"), is or has nothing but a quality ("be happy", "tener más energía"), or begins with
  more or less of something ("less anxiety"): it has no action that somebody could see;
- begins with a change of something inward ("improve my sleep", but not "fix the bike") or says
  more, less or better without a day or an hour ("walk more"): it does not say how much.

Anything else passes. It is a rule of thumb, because verbs can not be listed: it looks for what is
known to be vague, in either language whichever is spoken, and errs on the side of silence. Locke &
Latham (2002, Am Psychol 57:705-717) is why it matters: specific goals do more than "do your best".
"""

import re
import unicodedata
from typing import Final, Literal

import msgspec

Lacks = Literal["object", "action", "amount"]


def words_in(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What people say before they say what they mean.
OPENERS: Final = words_in("""
    i i'd i'll we my goal goals is are to want wants would like wish hope aim try trying will can
    could please the a an of
    yo quiero quisiera queremos me gustaria gusta mi meta metas objetivo objetivos es son que el la
    los las un una intentar intento tratar trato de poder puedo lograr conseguir a espero deseo
""")
STATES: Final = words_in("""
    feel feeling seem cope
    sentir sentirme sentirse sentirnos encontrarme verme afrontar
""")
# States where nothing but a quality follows: "get up at eight" and "be a volunteer" are actions,
# "get well" and "be happy" are none.
STATES_BEFORE: Final = words_in("""
    be being become becoming get getting have having stay remain
    ser estar volverme hacerme tener mantenerme
""")
# What is to end, where a state follows: "stop smoking" is an action.
CEASING: Final = words_in("stop quit not no longer dejar parar")
# Said beside a quality without adding anything that could be seen.
BESIDE: Final = words_in("""
    and so very too again always really back with about in than now not all less more
    y e tan muy otra vez siempre de con nuevo que ahora tanto
""")
# What is inside somebody, or all of their life: a change of it does not show.
INWARD: Final = words_in("""
    anxiety depression sadness anger stress worry worries fear fears guilt shame loneliness grief
    sleep appetite concentration memory motivation symptoms symptom confidence self esteem image
    wellbeing health mind feelings emotions thoughts person version relationships relationship
    communication habits attitude weight fitness mental
    ansiedad depresion tristeza ira estres preocupacion preocupaciones miedo miedos culpa vergueza
    soledad duelo sueno apetito concentracion memoria motivacion sintomas sintoma autoestima
    autoimagen bienestar salud mente sentimientos emociones pensamientos persona relaciones relacion
    comunicacion habitos actitud peso mental
""")
CHANGES: Final = words_in("""
    improve increase reduce decrease raise lower boost change manage handle overcome beat fix
    work control lessen strengthen
    mejorar aumentar reducir disminuir bajar subir cambiar manejar superar vencer arreglar
    trabajar controlar fortalecer
""")
COMPARISONS: Final = words_in("""
    more less fewer better worse happier calmer healthier stronger fitter easier easily
    mas menos mejor peor
""")
QUALITIES: Final = words_in("""
    happy sad well good fine okay ok normal calm confident motivated depressed anxious energy
    energetic positive myself life mood hope hopeful peace relaxed lonely stressed tired worthless
    feliz triste bien bueno buena normal tranquilo tranquila calma confianza motivado motivada
    deprimido deprimida ansioso ansiosa energia positivo positiva vida animo esperanza paz
    relajado relajada estresado estresada cansado cansada felices tristes
""")
AMOUNTS: Final = words_in("""
    one two three four five six seven eight nine ten twelve fifteen twenty thirty forty sixty
    hundred half quarter third once twice thrice percent double
    uno dos tres cuatro cinco seis siete ocho nueve diez doce quince veinte treinta cuarenta
    sesenta cien mitad medio media cuarto tercio ciento doble
""")
TIMES: Final = words_in("""
    day days daily week weeks weekly month months monthly morning mornings evening evenings night
    nights weekend weekends hour hours hourly minute minutes every each monday tuesday wednesday
    thursday friday saturday sunday breakfast lunch dinner bedtime session
    dia dias diario diaria diariamente semana semanas semanal semanalmente mes meses mensual manana
    mananas tarde tardes noche noches hora horas minuto minutos cada todos lunes martes miercoles
    jueves viernes sabado domingo desayuno almuerzo comida cena sesion
""")
_NUMBER = (
    r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|next|uno|una|un|dos|tres|"
    r"cuatro|cinco|seis|siete|ocho|nueve|diez|doce|proxim[oa]s?)"
)
_SPAN = r"(?:days?|weeks?|months?|years?|sessions?|dias?|semanas?|mes(?:es)?|anos?|sesion(?:es)?)"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
)
# Until when: "within 8 weeks", "by the next session", "para el 1 de junio", "durante un mes".
_UNTIL = re.compile(
    r"\b(?:(?:with)?in|for|over|during|by|before|until|till|en|dentro de|durante|por|para|"
    r"antes del?|hasta)(?: the| el| la| las| los)?"
    rf"(?: (?:next|proxim[oa]s?))? (?:{_NUMBER} {_SPAN}(?:'? time)?"
    rf"|{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?)?|\d{{1,2}}(?:st|nd|rd|th)?(?: of| de)? {_MONTH}"
    r"|20[2-9]\d(?: \d{2} \d{2})?)(?: (?:de )?20[2-9]\d)?\b"
)
# Said in several words, and saying as little as the openers.
_ABLE = re.compile(r"\b(be able to|ser capaz de)\b")
_WORD = re.compile(r"[a-z0-9%½¼¾]+(?:'[a-z]+)?")


class Vagueness(msgspec.Struct, frozen=True, kw_only=True):
    """What a statement lacks, out of so many words; those that say until when are left out."""

    lacks: Lacks
    words: int


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, without accents.

    >>> words_of("Sentirme MÁS tranquilo.")
    ['sentirme', 'mas', 'tranquilo']
    """
    parts = unicodedata.normalize("NFD", text.lower().replace("’", "'"))
    plain = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return _WORD.findall(_ABLE.sub(" ", plain))


def is_amount(word: str) -> bool:
    return word in AMOUNTS or any(sign.isdigit() or sign in "%½¼¾" for sign in word)


def vagueness(statement: str) -> Vagueness | None:
    """What a statement lacks; None where nothing says that it lacks anything.

    >>> vagueness("Feel less depressed")
    Vagueness(lacks='action', words=3)
    >>> vagueness("Walk around the lake on five days a week")
    >>> vagueness("Feel happier within 8 weeks")
    Vagueness(lacks='action', words=2)
    """
    said = words_of(statement)
    words = _UNTIL.sub(" ", " ".join(said)).split()
    if not said or any(is_amount(word) for word in words):
        return None
    lacks = lack_of(words)
    return None if lacks is None else Vagueness(lacks=lacks, words=len(words))


def lack_of(words: list[str]) -> Lacks | None:
    """What words without an amount lack."""
    said = without_openers(words)
    ceasing = without_openers(said[1:]) if said and said[0] in CEASING else []
    if ceasing and (ceasing[0] in STATES or ceasing[0] in STATES_BEFORE):
        said = ceasing
    if len(said) <= 1:
        return "object"
    head, rest = said[0], said[1:]
    if head in STATES or head in COMPARISONS or (head in STATES_BEFORE and is_quality(rest)):
        return "action"
    if any(word in TIMES for word in rest):
        return None
    inward = any(word in INWARD or word in QUALITIES for word in rest)
    if (head in CHANGES and inward) or any(word in COMPARISONS for word in rest):
        return "amount"
    return None


def without_openers(words: list[str]) -> list[str]:
    opened = next((nth for nth, word in enumerate(words) if word not in OPENERS), len(words))
    return words[opened:]


def is_quality(words: list[str]) -> bool:
    """Whether nothing but a quality is named, and nothing that it would be a quality of."""
    told = [word for word in words if word not in OPENERS and word not in BESIDE]
    qualities = QUALITIES | COMPARISONS | INWARD
    return all(word in qualities or word in TIMES for word in told) and any(
        word in qualities for word in words
    )
