"""The lint itself: it finds what hurts, wherever it is said and however it is inflected."""

from typing import Any

import pytest

from tests.workers.avoided import found_in
from tests.workers.test_words import SENTENCES, faults_of
from workers.words import Words
from workers.words.english import English
from workers.words.spanish import Spanish


class Planted:
    """A language that says something bad in each of its functions, with the function's name."""

    def __init__(self, words: Words, text: str) -> None:
        self._words = words
        self._text = text

    def __getattr__(self, name: str) -> Any:
        if name not in SENTENCES:
            return getattr(self._words, name)
        return lambda *_, **__: f"{self._text} {name}."


class TestTheLint:
    @pytest.mark.parametrize(
        ("words", "planted"),
        [(English(), "You have not failed."), (Spanish(), "Otra vez incumplió lo acordado.")],
        ids=["en", "es"],
    )
    def test_sees_a_bad_word_in_every_function_of_every_language(self, words, planted):
        wrong = faults_of(Planted(words, planted))
        assert sorted(wrong) == [f"{planted} {name}." for name in SENTENCES]
        assert all(set(found) >= set(found_in(planted, words.language)) for found in wrong.values())
        assert found_in(planted, words.language)

    @pytest.mark.parametrize(
        ("language", "text"),
        [
            ("en", "You failed."), ("en", "A failure."), ("en", "You missed it."),
            ("en", "It is overdue."), ("en", "You are behind."), ("en", "Non-adherent."),
            ("en", "noncompliance"), ("en", "You broke your streak"), ("en", "only 3"),
            ("en", "a lost streak"), ("en", "losing streaks"), ("en", "lapsed"),
            ("en", "just 3"), ("en", "You shouldn't"), ("en", "You shouldn’t"), ("en", "mustn't"),
            ("en", "You should"), ("en", "You must"), ("en", "You had to"), ("en", "You need to"),
            ("en", "at least 3"), ("en", "still not there"), ("en", "try again"), ("en", "never"),
            ("en", "always"), ("en", "You haven't"), ("en", "didn’t"), ("en", "disappointingly"),
            ("en", "You can do it"), ("en", "No excuses"), ("en", "Go!"), ("en", "a ↓ of 3"),
            ("en", "better than most people"), ("en", "You are better"), ("en", "It will pass"),
            ("en", "This proves it"), ("en", "recovered"), ("en", "symptoms"),
            ("es", "Ha fracasado."), ("es", "Un fallo."), ("es", "Falló."), ("es", "fallaste"),
            ("es", "fallar"), ("es", "atrasada"), ("es", "retraso"), ("es", "incumplió"),
            ("es", "incumplimiento"), ("es", "La fecha venció."), ("es", "vencida"),
            ("es", "solo 3"), ("es", "sólo 3"), ("es", "solamente"), ("es", "debería"),
            ("es", "Debes ir"), ("es", "deber"), ("es", "debemos"), ("es", "tiene que ir"),
            ("es", "tienes que ir"), ("es", "al menos 3"), ("es", "por lo menos"),
            ("es", "como mínimo"), ("es", "todavía no"), ("es", "aún no"),
            ("es", "nunca"), ("es", "siempre"), ("es", "otra vez"), ("es", "de nuevo"),
            ("es", "decepcionante"), ("es", "¡Vamos"), ("es", "no ha llegado"), ("es", "mejorará"),
            ("es", "los demás"), ("es", "perdió la racha"), ("es", "racha"), ("es", "No logró"),
            ("es", "Usted puede lograrlo"), ("es", "Mucho ánimo"), ("es", "sin excusas"),
            ("es", "Se ha perdido la racha."), ("es", "Rompió su racha."),
            ("en", "You gave up."), ("en", "giving it up"), ("en", "You fell short."),
            ("en", "past due"), ("en", "over-due"), ("en", "non compliant"), ("en", "adherence"),
            ("en", "You'll see."), ("en", "You’ll see."), ("en", "We're sure."), ("en", "We’re"),
            ("en", "It's late"), ("en", "It’s"), ("en", "I’ve"), ("en", "You’d"), ("en", "didnt"),
            ("en", "Finally, a 9."), ("en", "at last"), ("en", "a mistake"), ("en", "too few"),
            ("en", "not enough"), ("en", "You slipped."), ("en", "regressing"), ("en", "everyone"),
            ("en", "than most"), ("en", "You are healed."), ("en", "we guarantee"), ("en", "wins"),
            ("en", "back to square one"), ("en", "You forgot."), ("en", "let yourself down"),
            ("es", "una decepción"), ("es", "decepciones"), ("es", "una desilusión"),
            ("es", "Se rindió."), ("es", "te rendiste"), ("es", "Faltó una vez."), ("es", "faltas"),
            ("es", "un retroceso"), ("es", "retrocedió"), ("es", "Recayó."), ("es", "recaídas"),
            ("es", "Usted puede."), ("es", "Tú puedes"), ("es", "Dejó de ir."), ("es", "caducó"),
            ("es", "ha expirado"), ("es", "Llegó tarde."), ("es", "un error"), ("es", "obligado"),
            ("es", "No lo hizo."), ("es", "no consiguió"), ("es", "no pudo"), ("es", "por fin"),
            ("es", "muy poco"), ("es", "comparado con"), ("es", "otra persona"), ("es", "perfecto"),
            ("es", "Va a mejorar."), ("es", "sin éxito"), ("es", "ni siquiera"), ("es", "Vamos"),
            *(("en", f"17 {sign}") for sign in "▼⬇📉↓↘🔻⏬👎❌😞"),
            *(("es", f"17 {sign}") for sign in "▼⬇📉↓↘🔻⏬👎❌😞"),
        ],
    )  # fmt: skip
    def test_finds(self, language, text):
        assert found_in(text, language)

    @pytest.mark.parametrize(
        ("language", "text"),
        [
            ("en", "The date we set, 1 March, has passed."),
            ("en", "One since 4 January is not yet recorded."),
            ("en", "With your clinician you can adjust the next step."),
            ("en", "By the slower end of the 95% interval; the measure's own error is 6 points."),
            ("es", "El margen de error de la medida es de 6 puntos."),
            ("es", "Junto con su profesional de salud puede decidir qué viene ahora."),
            ("es", "La fecha acordada, el 1 de marzo, ya pasó."),
            ("es", "Con su profesional de salud puede elegir."),
            ("es", "Hasta esa fecha hay 3 registros de ánimo."),
        ],
    )
    def test_lets_pass(self, language, text):
        assert found_in(text, language) == ()
