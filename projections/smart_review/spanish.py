"""What a review asks, in Spanish, in the polite form."""

from typing import Final

SPANISH: Final = {
    "statement_missing": (
        "¿Qué quiere hacer o alcanzar el cliente, en una frase?",
        "",
    ),
    "statement_without_object": (
        "El enunciado es una sola palabra. ¿Qué se hace, dónde o con quién, y con qué frecuencia?",
        "{words:Una palabra|# palabras}, {amounts} de ellas una cantidad.",
    ),
    "statement_without_action": (
        (
            "El enunciado nombra un estado. ¿Qué vería alguien que hace el cliente, con qué "
            "frecuencia o en qué medida?"
        ),
        "{words:Una palabra|# palabras}, {amounts} de ellas una cantidad, y ninguna acción.",
    ),
    "statement_without_amount": (
        (
            "El enunciado dice hacia dónde, y no hasta dónde. ¿Cuánto, con qué frecuencia o hasta "
            "cuándo?"
        ),
        "{words:Una palabra|# palabras}, {amounts} de ellas una cantidad.",
    ),
    "parameter_missing": (
        "La plantilla deja abierto un número: {meaning}. ¿Cuál es para este cliente?",
        "",
    ),
    "measure_missing": (
        (
            "¿Cómo verían ambos que la meta se alcanzó: por una puntuación, por la frecuencia, "
            "por la cantidad o por algo hecho una vez?"
        ),
        "",
    ),
    "baseline_missing": (
        "¿Cuál es la puntuación en {instrument} ahora, antes de que empiece la meta?",
        "",
    ),
    "target_missing": (
        "¿Qué puntuación, banda o porcentaje en {instrument} llamarían ambos la meta?",
        "",
    ),
    "baseline_unknown_day": (
        (
            "La línea de base registrada es 0. ¿Cuánto de esto hace ahora el cliente en un día "
            "habitual?"
        ),
        "Línea de base {baseline_units} al día; se piden {amount_units} al día.",
    ),
    "baseline_unknown_week": (
        (
            "La línea de base registrada es 0. ¿Cuánto de esto hace ahora el cliente en una "
            "semana habitual?"
        ),
        "Línea de base {baseline_units} por semana; se piden {amount_units} por semana.",
    ),
    "baseline_to_measure": (
        (
            "La línea de base se mide antes de que empiece la meta. ¿Es un tiempo habitual para "
            "el cliente, y alcanza?"
        ),
        "{baseline_days:Un día|# días} de registros antes del primer día.",
    ),
    "band_met_by_baseline": (
        (
            "La línea de base ya está en esta banda. ¿Convendría una banda más saludable, o una "
            "meta de mantenerse ahí?"
        ),
        "Línea de base {baseline}; la banda empieza en {target} en {instrument}.",
    ),
    "band_met_by_latest": (
        "La puntuación más reciente ya está en esta banda. ¿Sigue valiendo la línea de base?",
        "Puntuación más reciente {latest}; la banda empieza en {target} en {instrument}.",
    ),
    "target_within_error_by_index": (
        (
            "Con una sola puntuación, {instrument} no distingue un cambio de {change} puntos del "
            "error de medida. ¿Convendría un objetivo más lejano, o la media de varias "
            "puntuaciones?"
        ),
        (
            "De {baseline} a {target} = {change} puntos. Cambio fiable: 1,96 × √2 × "
            "{standard_deviation} × √(1 - {reliability}) = {reliable_change} puntos."
        ),
    ),
    "target_within_error_by_points": (
        (
            "Con una sola puntuación, {instrument} no distingue un cambio de {change} puntos del "
            "error de medida. ¿Convendría un objetivo más lejano, o la media de varias "
            "puntuaciones?"
        ),
        "De {baseline} a {target} = {change} puntos. Cambio fiable: {reliable_change} puntos.",
    ),
    "percent_of_low_baseline": (
        (
            "Desde una línea de base de {baseline}, un {percent} por ciento es menos de lo que "
            "{instrument} distingue del error de medida. ¿Convendría un objetivo en puntos, u "
            "otra medida?"
        ),
        (
            "{percent} por ciento de {baseline} = {change} puntos. {reliable_change} ÷ {percent} "
            "por ciento = {least_baseline}: la línea de base más baja que lo sostiene."
        ),
    ),
    "percent_below_cut_off": (
        (
            "La línea de base está por debajo del punto de corte de {instrument}, donde los "
            "porcentajes dicen poco. ¿Convendría un objetivo en puntos, u otra medida?"
        ),
        (
            "Línea de base {baseline}, punto de corte {cut_off}; {percent} por ciento = {change} "
            "puntos."
        ),
    ),
    "achievability_missing": (
        "¿Qué tan alcanzable es para el cliente, de 0 a 10, según su propia valoración?",
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
            "Esto pide {required_per_week} puntos por semana en {instrument}, y el ritmo propio "
            "hasta ahora es de {own_per_week}. ¿Qué lo aceleraría, o convendría más tiempo?"
        ),
        (
            "{change} puntos ÷ {weeks:una semana|# semanas} = {required_per_week} por semana. "
            "Ritmo propio {own_per_week} por semana: la pendiente mediana de {points} "
            "puntuaciones en {span_days} días, intervalo del 95 por ciento de {low_per_week} a "
            "{high_per_week}, positivo hacia el objetivo."
        ),
    ),
    "pace_from_standing": (
        (
            "Esto pide {required_per_week} puntos por semana en {instrument}, y las puntuaciones "
            "hasta ahora no se han movido hacia el objetivo. ¿Qué las pondría en movimiento, o "
            "convendría empezar por otra meta?"
        ),
        (
            "{change} puntos ÷ {weeks:una semana|# semanas} = {required_per_week} por semana. "
            "Ritmo propio {own_per_week} por semana: la pendiente mediana de {points} "
            "puntuaciones en {span_days} días, intervalo del 95 por ciento de {low_per_week} a "
            "{high_per_week}, positivo hacia el objetivo."
        ),
    ),
    "more_than_kept_day": (
        (
            "Esto pide {asked_units} al día; en una meta anterior de este tipo, el día mediano "
            "tuvo {kept_units}. ¿Ayudaría empezar más cerca de eso?"
        ),
        "Mediana de {periods:un día|# días}, contando los vacíos: {kept}; se piden {asked}.",
    ),
    "more_than_kept_week": (
        (
            "Esto pide {asked_units} por semana; en una meta anterior de este tipo, la semana "
            "mediana tuvo {kept_units}. ¿Ayudaría empezar más cerca de eso?"
        ),
        "Mediana de {periods:una semana|# semanas}, contando las vacías: {kept}; se piden {asked}.",
    ),
    "similar_by_template": (
        (
            "De {ended} metas hechas con esta plantilla en esta consulta, se alcanzaron "
            "{reached}. ¿Qué ayudó allí, y qué es distinto aquí?"
        ),
        (
            "{reached} ÷ {ended} = {percent} por ciento de las últimas que terminaron o llegaron "
            "a su fecha."
        ),
    ),
    "similar_by_measure": (
        (
            "De {ended} metas medidas como esta en esta consulta, se alcanzaron {reached}. ¿Qué "
            "ayudó allí, y qué es distinto aquí?"
        ),
        (
            "{reached} ÷ {ended} = {percent} por ciento de las últimas que terminaron o llegaron "
            "a su fecha."
        ),
    ),
    "why_missing": (
        "¿Por qué le importa esto al cliente, en sus propias palabras?",
        "",
    ),
    "why_repeats_statement": (
        "El motivo repite el enunciado. ¿Para qué diría el cliente que le sirve?",
        "{repeated} de {words:una palabra|# palabras} son las del enunciado.",
    ),
    "why_repeats_question": (
        "El motivo repite la pregunta de la plantilla. ¿Qué responde el cliente?",
        "{repeated} de {words:una palabra|# palabras} son las de la pregunta.",
    ),
    "deadline_missing": (
        "¿Para qué día, o para qué sesión, quieren verlo ambos?",
        "",
    ),
    "session_missing": (
        "No consta una próxima sesión. ¿Cuándo se ven, o para qué día es la meta?",
        "",
    ),
    "review_after_deadline": (
        "La primera revisión llega después de la fecha. ¿Cuándo lo miran ambos antes?",
        (
            "Una revisión cada {review_every_days:día|# días}; del primer día a la fecha {days:un "
            "día|# días}."
        ),
    ),
}
