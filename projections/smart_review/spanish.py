"""What a review asks, in Spanish, in the polite form."""

from typing import Final

PACE_SHOWN: Final = (
    "{change:1 punto|# puntos} ÷ {weeks:1 semana|# semanas} = {required_per_week} por semana. "
    "Ritmo propio {own_per_week} por semana: la pendiente mediana de {points} puntuaciones en "
    "{span_days} días, intervalo del 95 por ciento de {low_per_week} a {high_per_week}, positivo "
    "en la dirección deseada."
)
ERROR_ASKED: Final = (
    "Con una sola puntuación, {instrument} no distingue un cambio de {change:1 punto|# puntos} del "
    "error de medida. ¿Convendría apuntar más lejos, o tomar la media de varias puntuaciones?"
)
VAGUE_SHOWN: Final = "{words:Una palabra|# palabras} sobre lo que se hace, y ninguna cantidad."
CHANCE_SHOWN: Final = (
    "{baseline} × {over_periods} = {usual} es lo habitual; {target} × {over_periods} = {asked_for} "
    "es lo que se pide, es decir, {least} o más. Calculado con la distribución de Poisson, sin "
    "cambio en el ritmo."
)
CHANCE_LONGER_SHOWN: Final = (
    CHANCE_SHOWN
    + " Con {longer_periods}: {baseline} × {longer_periods} = {usual_longer} es lo habitual, y se "
    "piden {least_longer} o más."
)
DAYS_SHOWN: Final = (
    "El día central de {periods:uno|#}, contando los vacíos y quitando {left_out} de descanso: "
    "{kept}; se pide: {asked}."
)
WEEKS_SHOWN: Final = (
    "La semana central de {periods:una|#}, contando las vacías y quitando {left_out} con días de "
    "descanso: {kept}; se pide: {asked}."
)
# In what other goals are alike.
ALIKE: Final = {
    "template": "hechos con esta plantilla,",
    "score": "medidos con {instrument} y con el mismo tipo de valor por alcanzar,",
    "rate_day": "que piden cierto número de {units} al día, se trate de lo que se trate,",
    "rate_week": "que piden cierto número de {units} por semana, se trate de lo que se trate,",
    "rise_day": "que piden más {units} al día que antes, se trate de lo que se trate,",
    "rise_week": "que piden más {units} por semana que antes, se trate de lo que se trate,",
    "moods": "que piden anotar el estado de ánimo,",
}
SIMILAR_SHOWN: Final = (
    "{reached} ÷ {ended} = {percent} por ciento de los últimos que terminaron o llegaron a su "
    "fecha."
)
SPANISH: Final = {
    "statement_missing": (
        "¿Qué quiere hacer o alcanzar el cliente, en una frase?",
        "",
    ),
    "statement_without_object": (
        "¿Qué se va a hacer, dónde o con quién, y con qué frecuencia?",
        VAGUE_SHOWN,
    ),
    "statement_without_action": (
        (
            "El enunciado nombra un estado. ¿Qué vería alguien hacer al cliente, con qué "
            "frecuencia o en qué medida?"
        ),
        VAGUE_SHOWN,
    ),
    "statement_without_amount": (
        (
            "El enunciado dice hacia dónde, y no hasta dónde. ¿Cuánto, con qué frecuencia o hasta "
            "qué punto?"
        ),
        VAGUE_SHOWN,
    ),
    "parameter_missing": (
        "La plantilla deja un número abierto. {meaning}: ¿cuál es para este cliente?",
        "{name}: de {minimum} a {maximum}.",
    ),
    "measure_missing": (
        (
            "¿Cómo verían ambos que el objetivo se alcanzó: por una puntuación, por la "
            "frecuencia, por la cantidad o por algo hecho una vez?"
        ),
        "",
    ),
    "baseline_missing": (
        "¿Qué puntuación tiene el cliente en {instrument} ahora, antes de empezar?",
        "",
    ),
    "target_missing": (
        (
            "¿Con qué puntuación, banda o porcentaje en {instrument} dirían ambos que el objetivo "
            "se alcanzó?"
        ),
        "",
    ),
    "baseline_open_day": (
        ("¿Cuánto hace ahora el cliente en un día habitual, o desde qué día se ha de medir?"),
        "",
    ),
    "baseline_open_week": (
        ("¿Cuánto hace ahora el cliente en una semana habitual, o desde qué día se ha de medir?"),
        "",
    ),
    "baseline_unknown_day": (
        (
            "No se indicó una línea de base mayor que 0. ¿Cuánto hace ahora el cliente en un día "
            "habitual?"
        ),
        "Se pide: {amount_units} al día.",
    ),
    "baseline_unknown_week": (
        (
            "No se indicó una línea de base mayor que 0. ¿Cuánto hace ahora el cliente en una "
            "semana habitual?"
        ),
        "Se pide: {amount_units} por semana.",
    ),
    "baseline_meets_amount_day": (
        (
            "En un día habitual el cliente ya hace lo que se pide. ¿Convendría pedir más, o el "
            "objetivo es mantenerlo?"
        ),
        "Línea de base: {baseline_units} al día; se pide: {amount_units} al día.",
    ),
    "baseline_meets_amount_week": (
        (
            "En una semana habitual el cliente ya hace lo que se pide. ¿Convendría pedir más, o "
            "el objetivo es mantenerlo?"
        ),
        "Línea de base: {baseline_units} por semana; se pide: {amount_units} por semana.",
    ),
    "baseline_to_measure": (
        (
            "La línea de base se mide antes de empezar. ¿Serán días habituales para el cliente, y "
            "bastarán?"
        ),
        "{baseline_days:Un día|# días} de registros antes del primer día.",
    ),
    "baseline_zero": (
        (
            "La línea de base medida es 0, y también cualquier porcentaje de ella. ¿Convendría "
            "pedir un número de veces, sin porcentaje?"
        ),
        "{percent} por ciento de {baseline} = 0.",
    ),
    "change_within_chance_day": (
        (
            "Sin que nada cambie, {least} o más en {over_periods:un día|# días} salen por puro "
            "azar en {by_chance} de cada 100 casos. ¿Diría más un tiempo más largo, o un "
            "porcentaje mayor?"
        ),
        CHANCE_SHOWN,
    ),
    "change_within_chance_day_longer": (
        (
            "Sin que nada cambie, {least} o más en {over_periods:un día|# días} salen por puro "
            "azar en {by_chance} de cada 100 casos; con {longer_periods} días serían "
            "{by_chance_longer} de cada 100. ¿Convendría mirar más días seguidos, o un porcentaje "
            "mayor?"
        ),
        CHANCE_LONGER_SHOWN,
    ),
    "change_within_chance_week": (
        (
            "Sin que nada cambie, {least} o más en {over_periods:una semana|# semanas} salen por "
            "puro azar en {by_chance} de cada 100 casos. ¿Diría más un tiempo más largo, o un "
            "porcentaje mayor?"
        ),
        CHANCE_SHOWN,
    ),
    "change_within_chance_week_longer": (
        (
            "Sin que nada cambie, {least} o más en {over_periods:una semana|# semanas} salen por "
            "puro azar en {by_chance} de cada 100 casos; con {longer_periods} semanas serían "
            "{by_chance_longer} de cada 100. ¿Convendría mirar más semanas seguidas, o un "
            "porcentaje mayor?"
        ),
        CHANCE_LONGER_SHOWN,
    ),
    "band_met_by_baseline_lower": (
        (
            "La línea de base ya está en esta banda, o por debajo. ¿Convendría una banda más "
            "saludable, o el objetivo de mantenerse ahí?"
        ),
        "Línea de base {baseline}; la banda llega hasta {target} en {instrument}.",
    ),
    "band_met_by_baseline_higher": (
        (
            "La línea de base ya está en esta banda, o por encima. ¿Convendría una banda más "
            "saludable, o el objetivo de mantenerse ahí?"
        ),
        "Línea de base {baseline}; la banda empieza en {target} en {instrument}.",
    ),
    "band_met_by_latest_lower": (
        (
            "La puntuación más reciente ya está en esta banda, o por debajo. ¿Sigue "
            "siendo válida la línea de base?"
        ),
        "Puntuación más reciente {latest}; la banda llega hasta {target} en {instrument}.",
    ),
    "band_met_by_latest_higher": (
        (
            "La puntuación más reciente ya está en esta banda, o por encima. ¿Sigue "
            "siendo válida la línea de base?"
        ),
        "Puntuación más reciente {latest}; la banda empieza en {target} en {instrument}.",
    ),
    "target_within_error_by_index": (
        ERROR_ASKED,
        (
            "De {baseline} a {target} = {change:1 punto|# puntos}. Cambio fiable: {z} × √2 × "
            "{standard_deviation} × √(1 - {reliability}) = {reliable_change} puntos."
        ),
    ),
    "target_within_error_by_points": (
        ERROR_ASKED,
        (
            "De {baseline} a {target} = {change:1 punto|# puntos}. Cambio fiable: "
            "{reliable_change:1 punto|# puntos}."
        ),
    ),
    "percent_of_low_baseline": (
        (
            "Desde una línea de base de {baseline}, un {percent} por ciento es menos de lo que "
            "{instrument} distingue del error de medida. ¿Convendría pensar en puntos, u otra "
            "medida?"
        ),
        (
            "{percent} por ciento de {baseline} = {change:1 punto|# puntos}. {reliable_change} ÷ "
            "{percent} por ciento = {least_baseline}: la línea de base más baja que lo sostiene."
        ),
    ),
    "percent_below_cut_off": (
        (
            "La línea de base está por debajo del punto de corte de {instrument}, donde los "
            "porcentajes dicen poco. ¿Convendría pensar en puntos, u otra medida?"
        ),
        (
            "Línea de base {baseline}, punto de corte {cut_off}; {percent} por ciento = "
            "{change:1 punto|# puntos}."
        ),
    ),
    "achievability_missing": (
        "De 0 a 10, ¿hasta qué punto lo ve alcanzable el cliente?",
        "",
    ),
    "achievability_low": (
        (
            "El cliente lo valora en {achievability} de 10. ¿Qué lo haría más alcanzable: un paso "
            "más pequeño, más tiempo, la ayuda de alguien?"
        ),
        "{achievability} de 10; se pregunta por debajo de {asked_below}.",
    ),
    "pace_beyond_own": (
        (
            "Esto requiere {required_per_week:1 punto|# puntos} por semana en {instrument}, y el "
            "ritmo propio hasta ahora es de {own_per_week}. ¿Qué lo aceleraría, o convendría más "
            "tiempo?"
        ),
        PACE_SHOWN,
    ),
    "pace_from_standing": (
        (
            "Esto requiere {required_per_week:1 punto|# puntos} por semana en {instrument}, y "
            "hasta ahora las puntuaciones no se han movido en esa dirección. ¿Qué las pondría en "
            "movimiento, o convendría empezar por otro objetivo?"
        ),
        PACE_SHOWN,
    ),
    "more_than_kept_day": (
        (
            "Esto pide {asked_units} al día. En el objetivo anterior «{earlier}», la mitad de los "
            "días tuvo {kept_units} o más. ¿Ayudaría empezar más cerca de eso?"
        ),
        DAYS_SHOWN,
    ),
    "more_than_kept_day_nothing": (
        (
            "Esto pide {asked_units} al día. En el objetivo anterior «{earlier}», más de la mitad "
            "de los días quedó vacía. ¿Ayudaría empezar por menos?"
        ),
        DAYS_SHOWN,
    ),
    "more_than_kept_week": (
        (
            "Esto pide {asked_units} por semana. En el objetivo anterior «{earlier}», la mitad de "
            "las semanas tuvo {kept_units} o más. ¿Ayudaría empezar más cerca de eso?"
        ),
        WEEKS_SHOWN,
    ),
    "more_than_kept_week_nothing": (
        (
            "Esto pide {asked_units} por semana. En el objetivo anterior «{earlier}», más de la "
            "mitad de las semanas quedó vacía. ¿Ayudaría empezar por menos?"
        ),
        WEEKS_SHOWN,
    ),
    "why_missing": (
        "¿Por qué le importa esto al cliente, en sus propias palabras?",
        "",
    ),
    "why_repeats_statement": (
        "El motivo repite el enunciado. ¿Para qué diría el cliente que le sirve?",
        "{words:La única palabra está|Las # palabras están} en el enunciado.",
    ),
    "why_repeats_question": (
        "El motivo repite la pregunta de la plantilla. ¿Qué responde el cliente?",
        "{words:La única palabra está|Las # palabras están} en la pregunta.",
    ),
    "deadline_missing": (
        "¿Para qué día, o para qué sesión, quieren verlo ambos?",
        "",
    ),
    "session_missing": (
        "No consta una próxima sesión. ¿Cuándo se ven, o para qué día es el objetivo?",
        "",
    ),
    "session_of_nobody": (
        "¿De quién es la próxima sesión, o para qué día es el objetivo?",
        "",
    ),
    "review_after_deadline": (
        "La primera revisión llega después de la fecha. ¿Cuándo lo miran ambos antes?",
        (
            "Una revisión cada {review_every_days:día|# días}; del primer día a la fecha {days:1 "
            "día|# días}."
        ),
    ),
    **{
        f"similar_by_{by}": (
            (
                f"De {{ended}} objetivos de esta consulta {alike} se {{reached:alcanzó "
                "1|alcanzaron #}. ¿Qué ayudó allí, y qué es distinto aquí?"
            ),
            SIMILAR_SHOWN,
        )
        for by, alike in ALIKE.items()
    },
    **{
        f"similar_by_{by}_none": (
            (
                f"De {{ended}} objetivos de esta consulta {alike} no se alcanzó ninguno. ¿Qué "
                "sería distinto con este?"
            ),
            SIMILAR_SHOWN,
        )
        for by, alike in ALIKE.items()
    },
}
