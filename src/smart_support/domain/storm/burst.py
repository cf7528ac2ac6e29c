"""Is this many more than usual? A test of a topic's count against what its own past lets expect.

The share of a topic among all tickets is not known; what is known is that `seen` of `seen_of` earlier ones had it. With
a prior worth `PRIOR_OF` tickets of which `PRIOR` had it, that share has a gamma posterior, and the count among the next
`among` tickets is negative binomial (Gelman et al., "Bayesian Data Analysis", 3rd ed., section 2.6) with

    r = PRIOR + seen        mean = r * among / (PRIOR_OF + seen_of)

A short past so asks for a much larger count, and a busy hour by itself for none: it is the share that counts.
"""

import math

PRIOR, PRIOR_OF = 1.0, 50.0
"""Before anything is known a topic is thought to have 2 % of all tickets, give or take 2 %."""

LARGEST = 30.0
"""But a company may have a topic with three in five of all its tickets, as some bank has cards."""


def log10_chance(count: int, among: float, seen: int, seen_of: int) -> float:
    """The decimal logarithm of the chance of `count` or more among `among` tickets; 0 for a count up to the mean."""
    r = PRIOR + seen
    mean = r * among / (PRIOR_OF + seen_of)
    if count <= mean:
        return 0.0
    if mean == 0:
        return -math.inf
    q = mean / (r + mean)
    first = math.lgamma(count + r) - math.lgamma(r) - math.lgamma(count + 1)
    first += r * math.log1p(-q) + count * math.log(q)
    total, term, k = 0.0, 1.0, count
    while term > 1e-9 * total:  # the terms relative to the first; past the mean they fall off
        total += term
        term *= (k + r) / (k + 1) * q
        k += 1
    return min(0.0, (first + math.log(total)) / math.log(10))


def may_be_usual(count: int, among: float, seen: int, seen_of: int) -> bool:
    """Whether, for all that is known, the topic is so frequent all the time: its share is at most

    (LARGEST + seen) / (PRIOR_OF + seen_of)

    A chance says nothing of that while the past is short, since it hangs on the prior then.
    """
    return count <= (LARGEST + seen) * among / (PRIOR_OF + seen_of)
