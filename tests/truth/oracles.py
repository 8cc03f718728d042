# SPDX-License-Identifier: MIT
"""What a perfect tool would measure: closed forms, and replays of what really arrived. Times in s."""

import math

QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)


def quantile(values, q):
    """Type 1: the value of rank ceil (nq)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * q - 1e-9), 1) - 1]


# Of so many values the quantile has a 95 % upper bound among them.
SUPPORTED_FROM = {q: math.ceil(math.log(0.025) / math.log(q)) for q in QUANTILES}


def of_sample(values):
    """{'mean': ..., 0.5: ..., ...} of a list."""
    ordered = sorted(values)
    found = {q: ordered[max(math.ceil(len(ordered) * q - 1e-9), 1) - 1] for q in QUANTILES}
    found['mean'] = math.fsum(ordered) / len(ordered)
    return found


def upper_bound(values, q):
    """The upper end of the quantile's 95 % interval, by order statistics."""
    ordered = sorted(values)
    n = len(ordered)
    rank = math.ceil(n * q + 1.96 * math.sqrt(n * q * (1 - q)))
    return ordered[min(rank, n) - 1]


def constant(seconds):
    return dict.fromkeys(('mean', *QUANTILES), seconds)


def freeze(delay, pause, period, rho=0.0):
    """Freeze A (rho 0) and B (one FIFO server): arrivals at every phase alike."""
    found = {q: delay + max(0, pause - (1 - rho) * (1 - q) * period) for q in QUANTILES}
    found['mean'] = delay + pause ** 2 / (2 * (1 - rho) * period)
    return found


def replay_freeze(arrivals, delay, pause, period, phase=0.0):
    """Each response, by its own instant of CLOCK_MONOTONIC."""
    for at in arrivals:
        into = (at + delay - phase) % period
        yield delay + (pause - into if into < pause else 0)


def replay_queue(arrivals, services):
    """One FIFO server: T(i) = S(i) + max (0, T(i-1) - A(i))."""
    response = before = 0.0
    for at, service in zip(arrivals, services):
        response = service + max(0.0, response - (at - before))
        before = at
        yield response


def kolmogorov_smirnov(gaps, rate):
    """The distance of the gaps' distribution from the exponential."""
    n = len(gaps)
    return max(max(1 - math.exp(-gap * rate) - i / n, (i + 1) / n - 1 + math.exp(-gap * rate))
               for i, gap in enumerate(sorted(gaps)))


def slope(xs, ys):
    """Of the least-squares line."""
    mean_x, mean_y = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    return (math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys))
            / math.fsum((x - mean_x) ** 2 for x in xs))


def poisson_plan(rate, duration, seed=1):
    """The arrivals that doc/design.md and core/plan/plan.h promise for one worker of one lane: unit
    exponentials drawn by splitmix64's finalizer."""
    mask, golden = (1 << 64) - 1, 0x9e3779b97f4a7c15

    def mix(x):
        x = ((x ^ (x >> 30)) * 0xbf58476d1ce4e5b9) & mask
        x = ((x ^ (x >> 27)) * 0x94d049bb133111eb) & mask
        return x ^ (x >> 31)

    unit, taken = 0.0, 0
    while True:
        taken += 1
        word = mix((mix((mix((seed + golden) & mask) + golden) & mask) + taken + golden) & mask)
        unit -= math.log1p(-(word >> 11) * 2.0 ** -53)
        if unit / rate >= duration:
            return
        yield unit / rate


def replay_drops(arrivals, seconds, slots):
    """How many arrivals find all slots busy, each reply taking the same time."""
    busy, dropped = [], 0
    for at in arrivals:
        busy = [end for end in busy if end > at]
        if len(busy) < slots:
            busy.append(at + seconds)
        else:
            dropped += 1
    return dropped
