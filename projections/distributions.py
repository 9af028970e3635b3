"""What is needed of three distributions, in plain arithmetic.

SciPy has all of it, and takes two seconds and seventy megabytes to load, in a process that else
needs neither. The tests compare each function with SciPy's.
"""

from math import atan, cos, floor, fsum, pi, sin, sqrt
from statistics import NormalDist
from typing import Final

# Beside the largest term, which is 1, what is smaller is lost in a sum.
NEGLIGIBLE: Final = 1e-18
HALVINGS: Final = 100


def normal_deviations(confidence: float) -> float:
    """Within how many standard deviations so large a part of a normal distribution lies.

    >>> round(normal_deviations(0.95), 4)
    1.96
    """
    return NormalDist().inv_cdf((1 + confidence) / 2)


def poisson_at_least(least: int, mean: float) -> float:
    """P(N >= least) for a Poisson distribution with a mean above 0.

    The terms are taken from the largest one outwards, each from the one before, so that none is too
    large or too small for a number.

    >>> round(poisson_at_least(8, 6.0), 4)
    0.256
    """
    mode = floor(mean)
    terms = {mode: 1.0}
    term, count = 1.0, mode
    while term > NEGLIGIBLE:
        count += 1
        term *= mean / count
        terms[count] = term
    term = 1.0
    for count in range(mode, 0, -1):
        term *= count / mean
        terms[count - 1] = term
        if term < NEGLIGIBLE:
            break
    return fsum(term for count, term in terms.items() if count >= least) / fsum(terms.values())


def student_deviations(confidence: float, degrees: int) -> float:
    """Within how many standard errors so large a part of Student's distribution lies.

    `degrees` of freedom are one or more.

    >>> round(student_deviations(0.95, 13), 4)
    2.1604
    """
    low, high = 0.0, 1.0
    while student_within(high, degrees) < confidence:
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if student_within(middle, degrees) < confidence:
            low = middle
        else:
            high = middle
    return high


def student_within(deviations: float, degrees: int) -> float:
    """P(|T| < deviations) for whole degrees of freedom (Abramowitz & Stegun 1964, 26.7.3-4)."""
    angle = atan(deviations / sqrt(degrees))
    is_odd = degrees % 2
    # The powers of the cosine, each with its product of odd and even numbers.
    term = cos(angle) if is_odd else 1.0
    terms = [] if degrees == 1 else [term]
    for nth in range(3 if is_odd else 2, degrees - 1, 2):
        term *= (nth - 1) / nth * cos(angle) ** 2
        terms.append(term)
    if is_odd:
        return 2 / pi * (angle + sin(angle) * fsum(terms))
    return sin(angle) * fsum(terms)
