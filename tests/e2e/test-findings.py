# SPDX-License-Identifier: MIT
"""What thrum-analyze concludes from rows: 95% intervals, a warm-up, Apdex, what is but a lower bound."""

import json
import math
import random
import re
import statistics

from harness import analyze, equal, intervals_of, main, summary_of, test


@test
def a_warm_up_is_proposed_and_cut_only_when_asked(case):
    chance = random.Random(5)
    lines = []
    for i in range(6000):
        begun = i / 100
        response = 0.01 + chance.random() / 1000 + (0.2 * (1 - begun / 6) if begun < 6 else 0)
        lines.append(f'{begun + response:.6f},{response:.6f},200\n')
    case.write('warm.csv', ''.join(lines))
    result = analyze(case, 'warm.csv', '--no-plots')
    summary = summary_of(case, 'warm-report')
    equal(summary['total']['count'], 6000)
    proposed = summary['warm_up']['proposed']
    assert 5 <= proposed <= 30, proposed
    assert 'look like a warm-up' in result.stdout, result

    result = analyze(case, 'warm.csv', '--no-plots', '--skip-warm-up')
    cut = summary_of(case, 'warm-report')
    equal(cut['warm_up']['left_out'], proposed)
    # Its rate is that of the time it names.
    found = re.search(r'^([\d,]+) requests in ([\d.]+) s \(the first ([\d.]+) s left out\): ([\d.]+)/s', result.stdout, re.M)
    n, rest, first, rate = (float(text.replace(',', '')) for text in found.groups())
    assert abs(rate - n / rest) < 0.01 * rate and abs(rest + first - 60) < 0.2, found.group(0)
    kept = sum(float(line.split(',')[0]) - float(line.split(',')[1]) >= proposed - 1e-9 for line in lines)
    equal(cut['total']['count'], kept)
    equal(cut['total']['count'] + cut['warm_up']['rows_left_out'], 6000)


@test
def findings_do_not_depend_on_the_display(case):
    """--interval is for tables and plots: it moves neither the 95% intervals nor the warm-up."""
    chance = random.Random(3)
    lines = []
    for i in range(6000):
        response = 0.02 * chance.lognormvariate(0, 0.2) * (1 + 4 * math.exp(-i / 240))
        lines.append(f'{i / 100 + response:.6f},{response:.6f},200\n')
    case.write('x.csv', ''.join(lines))
    analyze(case, 'x.csv', '--no-plots')
    usual = summary_of(case, 'x-report')
    equal(usual['intervals_95']['batches'], 20)
    assert usual['warm_up']['proposed'] > 0
    for interval in ('10ms', '100ms', '0.3', '0.7', '1', '2', '5', '7', '15', '60', '1h', '2000h'):
        analyze(case, 'x.csv', '--no-plots', '--interval', interval)
        summary = summary_of(case, 'x-report')
        for key in ('total', 'intervals_95', 'warm_up'):
            equal(summary[key], usual[key], (interval, key))
        assert sum(int(line['count']) for line in intervals_of(case, 'x-report')) == 6000
    # With hardly a common divisor, a stretch is one or two of them: about as long, and as many.
    for interval in ('0.037', '0.33', '3.001', '40.7'):
        analyze(case, 'x.csv', '--no-plots', '--interval', interval)
        summary = summary_of(case, 'x-report')
        equal(summary['intervals_95']['batches'], 20, interval)
        equal(summary['total'], usual['total'])
        assert abs(summary['warm_up']['proposed'] - usual['warm_up']['proposed']) < 2.6, (interval, summary['warm_up'])
        for mine, its in zip(summary['intervals_95']['mean'], usual['intervals_95']['mean']):
            assert abs(mine - its) < 0.1 * its, (interval, summary['intervals_95'])


@test
def a_service_that_stood_still_is_no_warm_up(case):
    """All as fast as ever, but for a quarter of a second without a reply."""
    times = [i / 200 for i in range(600) if not 200 <= i < 250]
    case.write('x.csv', ''.join(f'{at + 0.005:.6f},{0.255 if at == 1.25 else 0.005:.6f},200\n'
                                for at in times))
    analyze(case, 'x.csv', '--no-plots')
    equal(summary_of(case, 'x-report')['warm_up']['proposed'], 0)


@test
def few_unfinished_change_few_percentiles(case):
    """Given up after 1 ms, 5 of 1005 may have been the slowest: p99 would stay, p99.9 would not."""
    rows = [f'{i / 100:.6f},{0.005 if i % 50 else 0.02:.6f},200,0.001,x,,1\n' for i in range(1, 1001)]
    rows += ['10.000000,0.001000,0,0.001,x,unfinished,\n'] * 5
    case.write('x.csv', ''.join(rows))
    for jobs in ('1', '3'):
        analyze(case, 'x.csv', '--no-plots', '--jobs', jobs)
        response = summary_of(case, 'x-report')['total']['response']
        equal(response['at_least'], ['mean', 'p99.9', 'max'])
        equal(summary_of(case, 'x-report')['requests']['x']['response']['at_least'], ['mean', 'p99.9', 'max'])


@test
def chance_is_no_warm_up(case):
    """Noise is not proposed for leaving out; a start twice as slow is, in most of as many requests."""
    def proposals(factor):
        found = 0
        for seed in range(12):
            chance = random.Random(seed)
            case.write('x.csv', ''.join(
                f'{i / 20:.6f},{chance.lognormvariate(-4, 0.6) * (factor if i < 100 else 1):.6f},200\n'
                for i in range(1000)))
            analyze(case, 'x.csv', '--no-plots')
            found += summary_of(case, 'x-report')['warm_up']['proposed'] > 0
        return found
    equal(proposals(1), 0)
    assert proposals(2) >= 11


@test
def the_warm_up_of_the_config_counts_in_no_summary(case):
    case.write('run/results.csv', ''.join(f'{i / 10 + 0.05:.6f},0.050000,200\n' for i in range(100)))
    case.write('run/run.json', json.dumps({
        'format': 1, 'columns': ['elapsed', 'response', 'status'], 'duration': 10,
        'config': '[load]\nduration = 10s\nwarm-up = 2s\n'}))
    analyze(case, 'run', '--no-plots')
    summary = summary_of(case, 'run/report')
    equal(summary['total']['count'], 80)
    equal(summary['total']['throughput'], 10)


@test
def apdex(case):
    # 60 satisfied, 20 tolerating, 10 too slow, 10 failed: (60 + 10) / 100.
    case.write('mixed.csv', '1,0.100,200\n' * 60 + '1,0.400,200\n' * 20 + '1,0.401,200\n' * 10
               + '1,0.010,500\n' * 10)
    analyze(case, 'mixed.csv', '--no-plots', '--apdex', '100ms')
    equal(summary_of(case, 'mixed-report')['apdex'], {'time': 0.1, 'score': 0.7})


@test
def intervals_hold_what_was_drawn(case):
    """Of a known distribution, the 95% intervals hold the true quantiles for most seeds."""
    held = total = 0
    for seed in range(8):
        chance = random.Random(seed)
        case.write('drawn.csv', ''.join(f'{i / 100:.6f},{chance.expovariate(100):.6f},200\n'
                                        for i in range(6000)))
        analyze(case, 'drawn.csv', '--no-plots')
        bounds = summary_of(case, 'drawn-report')['intervals_95']
        for key, true in (('mean', 0.01), ('p50', 0.0069315), ('p90', 0.0230259), ('p99', 0.0460517)):
            total += 1
            held += bounds[key][0] <= true <= bounds[key][1]
    assert held >= total - 4, f'{held} of {total}'
    case.write('few.csv', '1,0.1,200\n' * 100)
    analyze(case, 'few.csv', '--no-plots')
    bounds = summary_of(case, 'few-report')['intervals_95']
    equal((bounds['p50'][1], bounds['p99'][1]), (0.1, None))


@test
def intervals_of_what_depends(case):
    """A service that is now slow and now fast: the stretches of time bound its quantiles, by their shares."""
    chance = random.Random(9)
    values = [(1 + (i // 300 * 7 % 20 % 6) + chance.random()) / 1000 for i in range(6000)]
    case.write('moody.csv', ''.join(f'{i / 100 + 0.0095:.6f},{value:.6f},200\n' for i, value in enumerate(values)))
    analyze(case, 'moody.csv', '--no-plots')
    bounds = summary_of(case, 'moody-report')['intervals_95']
    ordered, batches = sorted(values), [values[k * 300:(k + 1) * 300] for k in range(20)]
    for key, q in (('p50', 0.5), ('p90', 0.9), ('p95', 0.95)):
        at = ordered[math.ceil(6000 * q) - 1]
        shares = [sum(value <= at for value in batch) / 300 for batch in batches]
        half = 2.0930 * statistics.stdev(shares) / math.sqrt(20)
        low, high = bounds[key]
        least, most = math.floor(6000 * (q - half)), math.ceil(6000 * (q + half))
        # To one in a hundred: the shares are those of buckets.
        assert ordered[least - 60] <= low <= ordered[least + 60], (key, low, ordered[least])
        if most > 6000:
            # What bounds p99.9 bounds it.
            equal(high, bounds['p99.9'][1], key)
        else:
            assert ordered[most - 60] <= high <= ordered[min(most + 60, 5999)], (key, high, ordered[most])


@test
def intervals_are_of_what_was_measured(case):
    """One stop of the service: bounds are times of rows, and none is below that of a lower percentile."""
    lines = []
    for i in range(6000):
        begun = i / 100
        response = 0.002 + i * 7919 % 6000 / 6e6 + max(0, 0.3 - (begun - 20 if begun >= 20 else 1))
        lines.append((begun + response, response))
    case.write('stop.csv', ''.join(f'{elapsed:.9f},{response:.9f},200\n' for elapsed, response in lines))
    analyze(case, 'stop.csv', '--no-plots')
    summary = summary_of(case, 'stop-report')
    times = {round(response, 9) for _, response in lines}
    lows = [0]
    equal(summary['intervals_95']['mean'][0], summary['total']['response']['min'])
    for key in ('p50', 'p90', 'p95', 'p99', 'p99.9'):
        low, high = summary['intervals_95'][key]
        assert low in times and (high is None or high in times), (key, low, high)
        assert low <= summary['total']['response'][key], key
        lows.append(low)
    equal(lows, sorted(lows))


if __name__ == '__main__':
    main()
