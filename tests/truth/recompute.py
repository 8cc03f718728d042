#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A run's percentiles, recomputed from results.csv and held against run.json.

    python3 tests/truth/recompute.py RUN...        a table; exit code 1 if anything is off

Shares nothing with thrum but the two files: exact quantiles of type 1 (the value of rank ceil (nq))
by sorting. run.json's are from a histogram, within 0.4 % of the exact ones; the file's times are
rounded to 1 us. Count, minimum, maximum and mean are exact but for that rounding.
"""

import csv
import json
import math
import pathlib
import sys

QUANTILES = {'p50_ns': 0.5, 'p90_ns': 0.9, 'p95_ns': 0.95, 'p99_ns': 0.99, 'p99.9_ns': 0.999}
HISTOGRAM_BOUND = 0.004
ROUNDING_S = 1e-6

# What never connected is a failure, not a latency.
UNCONNECTED = {'no-address', 'connect-refused', 'connect-failed', 'no-port', 'tls-verify',
               'tls-failed'}


def quantile(ordered, q):
    # ceil (nq), of a product that may be off by a rounding error: 0.999 * 1000 is 999.
    rank = math.ceil(len(ordered) * q - 1e-9)
    return ordered[max(rank, 1) - 1]


def read_rows(folder, document=None):
    """results.csv as dicts of strings, by the columns that run.json names."""
    folder = pathlib.Path(folder)
    if document is None:
        document = json.loads((folder / 'run.json').read_text())
    with open(folder / 'results.csv', newline='') as file:
        return [dict(zip(document['columns'], row)) for row in csv.reader(file)]


def latencies(rows, column, warm_up=0.0):
    """Sorted, s: of what the summary's histograms count."""
    return sorted(float(row[column]) for row in rows
                  if row.get('failure', '') not in UNCONNECTED
                  and float(row['elapsed']) - float(row['response']) >= warm_up - ROUNDING_S)


def compare(folder, warm_up=0.0):
    """[(measure, from the rows, from run.json, limit, ok)], in s."""
    document = json.loads((pathlib.Path(folder) / 'run.json').read_text())
    rows = read_rows(folder, document)
    found = []
    for measure in 'response', 'service':
        if measure not in document['columns']:
            continue
        ordered = latencies(rows, measure, warm_up)
        summary = document['all'][measure]
        found.append((f'{measure} count', len(ordered), summary['count'], 0,
                      len(ordered) == summary['count']))
        if not ordered:
            continue
        exact = {'min_ns': ordered[0], 'mean_ns': math.fsum(ordered) / len(ordered),
                 'max_ns': ordered[-1]}
        bounds = dict.fromkeys(exact, 0)
        for name, q in QUANTILES.items():
            exact[name], bounds[name] = quantile(ordered, q), HISTOGRAM_BOUND
        for name, value in exact.items():
            limit = bounds[name] * value + ROUNDING_S
            said = summary[name] / 1e9
            found.append((f'{measure} {name[:-3]}', value, said, limit,
                          abs(value - said) <= limit))
    return found


def main():
    good = True
    for folder in sys.argv[1:]:
        print(f'{folder}\n{"":18} {"results.csv":>12} {"run.json":>12} {"within":>12}')
        for name, exact, said, limit, ok in compare(folder):
            print(f'{name:18} {exact:12.9g} {said:12.9g} {limit:12.3g}{"" if ok else "  OFF"}')
            good = good and ok
    sys.exit(0 if good and len(sys.argv) > 1 else 1)


if __name__ == '__main__':
    main()
