"""Vague statements, told from specific ones, in English and in Spanish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.smart_review.vagueness import vagueness

VAGUE = {
    "feel less depressed": "action",
    "I want to be happy": "action",
    "Feel better every day": "action",
    "get better": "action",
    "Have more energy": "action",
    "less anxiety": "action",
    "sentirme menos deprimido": "action",
    "Quiero estar bien": "action",
    "ser feliz": "action",
    "tener más energía": "action",
    "walk more": "amount",
    "improve my sleep": "amount",
    "spend more time with my daughter": "amount",
    "mejorar mi ánimo": "amount",
    "salir más": "amount",
    "Stop feeling depressed": "action",
    "I want to stop being so sad": "action",
    "Not feel anxious": "action",
    "Dejar de estar triste": "action",
    "Quiero dejar de sentirme culpable": "action",
    "Be a happier person": "action",
    "Have a good life": "action",
    "Get my life back": "action",
    "estar más tranquila": "action",
    "reduce my anxiety": "amount",
    "Manejar el estrés": "amount",
    "Superar mis miedos": "amount",
    "Exercise": "object",
    "Nadar.": "object",
    # Until when is no amount of anything.
    "feel happier within 8 weeks": "action",
    "Be happy by 1 June": "action",
    "Feel better by 2026-06-01": "action",
    "ser feliz en ocho semanas": "action",
    "estar bien antes del 3 de junio": "action",
    "walk more within 8 weeks": "amount",
    "improve my sleep in two months": "amount",
    "dormir mejor para la próxima sesión": "amount",
    "Swim for a month": "object",
    "within 8 weeks": "object",
}
SPECIFIC = [
    "Walk for half an hour on five days a week",
    "I want to be able to walk to the shop",
    "Get up at eight",
    "call my mother",
    "Attend one party",
    "Improve my sleep to seven hours",
    "Feel 50% less depressed within eight weeks",
    "Cook dinner",
    "Go to one party within 4 weeks",
    "Walk for 5000 steps each day",
    "Reduce worry to 10 minutes in a month",
    "Caminar 3 veces por semana durante una semana",
    "asistir a una fiesta",
    "Caminar media hora cada día",
    "Llamar a mi hermana",
    "Fix the bike",
    "Have a good talk with my mother",
    "Be a volunteer at the library",
    "Become a member of the choir",
    "Stop smoking",
    "Stop the newspaper",
    "Change the sheets",
    "Raise the blinds when I get up",
    "Work in the garden",
    "Have lunch with my sister",
    "Get a good book from the library",
    "Bajar la basura",
    "Ser voluntaria en el comedor social",
    "Cambiar las sábanas",
    "Arreglar la bicicleta",
    "Subir al monte con mi hermana",
    "Dejar de fumar",
    "Estar en el parque con mi hijo",
    "Tener una buena conversación con mi madre",
    "Schwimmen gehen",
    "散歩する",
    "?!",
]


@pytest.mark.parametrize(("statement", "lacks"), VAGUE.items())
def test_says_what_a_vague_statement_lacks(statement, lacks):
    found = vagueness(statement)
    assert found is not None
    assert found.lacks == lacks


@pytest.mark.parametrize("statement", SPECIFIC)
def test_is_silent_about_a_specific_one(statement):
    assert vagueness(statement) is None


@given(st.text(max_size=500))
def test_takes_anything(statement):
    found = vagueness(statement)
    assert found is None or found.words >= 0
