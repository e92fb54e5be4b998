"""How probable a table of counts is, if its rows differ by chance only: Pearson's chi-square test."""

import math
from collections.abc import Sequence


def p_value(table: Sequence[Sequence[int]]) -> float:
    """Return the probability of a table at least this uneven.

    Columns too rare for the test, with fewer than five expected in a row, are counted as one.

    Args:
        table: Counts; a row for each group, a column for each outcome.
    """
    columns = [list(column) for column in zip(*table, strict=True) if sum(column)]
    rows = len(table)
    common = [column for column in columns if sum(column) >= 5 * rows]
    rare = [sum(numbers) for numbers in zip(*(c for c in columns if sum(c) < 5 * rows), strict=True)]
    if sum(rare) >= 5 * rows:
        common.append(rare)
    elif rare and common:
        smallest = min(common, key=sum)
        smallest[:] = [a + b for a, b in zip(smallest, rare, strict=True)]
    if len(common) < 2:
        return 1.0
    totals = [sum(numbers) for numbers in zip(*common, strict=True)]
    everything = sum(totals)
    statistic = 0.0
    for column in common:
        share = sum(column) / everything
        statistic += sum(
            (seen - total * share) ** 2 / (total * share) for seen, total in zip(column, totals, strict=True)
        )
    return upper_gamma((rows - 1) * (len(common) - 1) / 2, statistic / 2)


def upper_gamma(a: float, x: float) -> float:
    """Return the regularized upper incomplete gamma function Q(a, x).

    Source: Abramowitz and Stegun 6.5.29 (series), 6.5.31 (continued fraction, evaluated by Lentz's method).
    """
    if x <= 0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-16:
            n += 1
            term *= x / n
            total += term
        return max(0.0, 1 - front * total)
    b = x + 1 - a
    c = 1e300
    d = 1 / b
    found = d
    for i in range(1, 10000):
        step = -i * (i - a)
        b += 2
        d = 1 / (step * d + b)
        c = b + step / c
        found *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * found
