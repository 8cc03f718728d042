# SPDX-License-Identifier: MIT
"""Quantiles of random rows are those of a sorted list, bit for bit, whatever --jobs.

    quantiles.py ANALYZE [ROWS [FOLDER]]

In all, of the successes, of service times, of each interval and each request: p50 to p99.9, the least and
the greatest, rank ceil (n q), compared as decimal text. 200,000 rows unless told; the full check is of
10,000,000 (some 4 minutes and 3 GB, most of it Python's). Ends with 1 where one differs.
"""

import array
import collections
import csv
import decimal
import json
import pathlib
import random
import subprocess
import sys
import tempfile

PER_MILLION = {'p50': 500000, 'p90': 900000, 'p95': 950000, 'p99': 990000, 'p99.9': 999000}
INTERVAL = 1000000
SPAN = 100 * INTERVAL


def draw(chance):
    """A response time in us: each sort of histogram bucket has some, and some values are many."""
    sort = chance.random()
    if sort < 0.55:
        return int(1000 * chance.lognormvariate(3, 0.8))  # about 20 ms: buckets of one unit
    if sort < 0.75:
        return chance.choice((0, 1, 20000, 65535, 65536, 131072))
    if sort < 0.95:
        return int(1000 * chance.lognormvariate(5, 1.2))  # about 150 ms: wide ones
    return int(chance.lognormvariate(17, 2))  # about 24 s, up to days


def write_rows(path, n, seed=5):
    """Rows of the default columns, 20 request names (more than the fine histograms are for)."""
    chance = random.Random(seed)
    groups = collections.defaultdict(lambda: array.array('q'))
    names = [f'request-{"x" * (i * 3 % 19)}{i}' for i in range(20)]
    with open(path, 'w', encoding='ascii', buffering=1 << 20) as file:
        for i in range(n):
            response = draw(chance)
            service = response - response // 64
            elapsed = min(SPAN * i // n + chance.randrange(2000), SPAN - 1)
            name = names[int(20 * chance.random() ** 2)]
            fate = chance.random()
            status, failure = (200, '') if fate < 0.97 else (503, 'status') if fate < 0.99 else (0, 'reset')
            file.write(f'{elapsed // 1000000}.{elapsed % 1000000:06d},{response // 1000000}.{response % 1000000:06d},'
                       f'{status},{service // 1000000}.{service % 1000000:06d},{name},{failure},{i % 5000}\n')
            groups['all'].append(response)
            groups['service'].append(service)
            groups['request', name].append(response)
            groups['interval', elapsed // INTERVAL].append(response)
            if not failure:
                groups['ok'].append(response)
                groups['request ok', name].append(response)
    return groups


def sort(groups):
    """What each group should have, as decimals."""
    wanted = {}
    for key, values in groups.items():
        ordered = sorted(values)
        ranks = {'min': 1, 'max': len(ordered),
                 **{name: max(-(-len(ordered) * q // 1000000), 1) for name, q in PER_MILLION.items()}}
        wanted[key] = {name: decimal.Decimal(ordered[rank - 1]) / 1000000 for name, rank in ranks.items()}
        wanted[key]['count'] = len(ordered)
    return wanted


def read_report(folder):
    summary = json.loads((folder / 'summary.json').read_text(), parse_float=decimal.Decimal)
    total = summary['total']
    found = {'all': total['response'], 'ok': total['response_of_successes'], 'service': total['service']}
    for name, request in summary['requests'].items():
        found['request', name] = request['response']
        found['request ok', name] = request['response_of_successes']
    with open(folder / 'intervals.csv', newline='') as file:
        for row in csv.DictReader(file):
            if row['p50']:
                found['interval', int(float(row['start']))] = {
                    key: decimal.Decimal(value) for key, value in row.items() if value and key != 'at_least'}
    return found


def check(analyze, folder, n):
    """What differs, as lines."""
    rows = folder / 'rows.csv'
    wanted = sort(write_rows(rows, n))
    differences = []
    for jobs in (1, 2, 7):
        report = folder / f'report-{jobs}'
        subprocess.run([analyze, rows, '--no-plots', '--interval', '1', '--jobs', str(jobs), '--output', report],
                       check=True, stdout=subprocess.DEVNULL)
        found = read_report(report)
        if found.keys() != wanted.keys():
            differences.append(f'--jobs {jobs}: {sorted(map(str, found.keys() ^ wanted.keys()))} in one alone')
        for key, values in wanted.items():
            for name, value in values.items():
                got = found.get(key, {}).get(name)
                if got != value:
                    differences.append(f'--jobs {jobs}: {name} of {key}: got {got}, wanted {value}')
    return len(wanted), differences


def main():
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 200000
    with tempfile.TemporaryDirectory(dir=sys.argv[3] if len(sys.argv) > 3 else None) as folder:
        n_groups, differences = check(sys.argv[1], pathlib.Path(folder), n)
    for line in differences[:20]:
        print('# ' + line)
    what = f'{n} rows, {n_groups} groups, --jobs 1, 2 and 7: {len(differences)} quantiles differ from the sorted ones'
    print('1..1')
    print(('not ok' if differences else 'ok') + ' 1 - ' + what)
    sys.exit(1 if differences else 0)


if __name__ == '__main__':
    main()
