# SPDX-License-Identifier: MIT
"""What thrum-analyze --compare says of two sides, and what it refuses to say."""

import json
import random
import re
import shutil
import xml.dom.minidom

from harness import THRUM_ANALYZE, analyze, equal, main, png_size, test


def write_runs(case, side, count, factor):
    paths = []
    for i in range(count):
        chance = random.Random(f'{side}{i}')
        run = factor * chance.lognormvariate(0, 0.005)
        paths.append(f'{side}{i}.csv')
        case.write(paths[-1], ''.join(f'{j / 500:.6f},{0.01 * run * chance.lognormvariate(0, 0.3):.6f},200\n'
                                      for j in range(2000)))
    return paths


@test
def comparisons(case):
    base, same, slow = (write_runs(case, 'base', 5, 1), write_runs(case, 'same', 5, 1),
                        write_runs(case, 'slow', 5, 1.2))
    verdicts = {}
    for name, new, code in (('same', same, 0), ('slow', slow, 1)):
        analyze(case, '--compare', *base, '--', *new, '--fail-if', 'p50 slower than 5%', '--output', name,
                '--junit', f'{name}.xml', code=code)
        measures = json.loads((case.directory / name / 'comparison.json').read_text())['measures']
        verdicts[name] = {key: measure['verdict'] for key, measure in measures.items()}
        suite = xml.dom.minidom.parse(str(case.directory / f'{name}.xml')).getElementsByTagName('testsuite')[0]
        equal((suite.getAttribute('tests'), suite.getAttribute('failures')), ('1', str(code)))
    assert not {'faster', 'slower'} & set(verdicts['same'].values()), verdicts
    equal((verdicts['slow']['p50'], verdicts['slow']['mean'], verdicts['slow']['throughput']),
          ('slower', 'slower', 'no difference shown'))
    analyze(case, '--compare', *slow, '--', *base, '--no-plots', '--output', 'back')
    equal(json.loads((case.directory / 'back/comparison.json').read_text())['measures']['p50']['verdict'], 'faster')
    # A warm-up is left out of runs to be compared as of one alone.
    lines = [f'{i / 100:.6f},{0.2 if i < 600 else 0.01 + i % 7 / 1000:.6f},200\n' for i in range(6000)]
    case.write('warm.csv', ''.join(lines))
    for option, expected in (([], 0.0317), (['--skip-warm-up'], 0.013)):  # the run's own
        analyze(case, '--compare', 'warm.csv', '--', 'warm.csv', '--no-plots', '--output', 'warm', '--json', *option)
        mean = json.loads((case.directory / 'warm/comparison.json').read_text())['measures']['mean']['base']
        assert abs(mean - expected) < 0.001, (option, mean)
    # Not beyond the limit, not beyond doubt: no failure.
    analyze(case, '--fail-if', 'p50 slower than 30%', '--compare', *base, '--', *slow, '--no-plots')
    result = analyze(case, '--compare', base[0], '--', slow[0], '--no-plots')
    assert 'blocks of time stand in for runs' in result.stdout, result
    for arguments in (['--compare', base[0]], ['--compare', base[0], '--'],
                      ['--compare', base[0], '--', slow[0], '--fail-if', 'p50 is bad'],
                      ['--compare', base[0], '--', slow[0], '--fail-if', 'p50 lower than 5%'],
                      [base[0], '--fail-if', 'p50 slower than 5%'],
                      ['--compare', base[0], '--', 'missing.csv']):
        analyze(case, *arguments, code=2)
    if shutil.which('gnuplot') is not None:
        for name in ('overlay', 'shift'):
            equal(png_size(case.directory / 'slow' / f'{name}.png'), (1200, 700))


def write_side(case, name, responses, status='200', failure=''):
    """One run of 7 columns: a row every 10 ms, with these response times in turn."""
    case.write(name, ''.join(f'{i / 100:.6f},{responses[i % len(responses)]:.6f},{status},0.001,get,{failure},1\n'
                             for i in range(2000)))
    return name


def failed_cases(case, name, kind='failure'):
    """[(name, message)] of the failures, or errors, in a JUnit file."""
    document = xml.dom.minidom.parse(str(case.directory / name))
    return [(element.parentNode.getAttribute('name'), element.getAttribute('message'))
            for element in document.getElementsByTagName(kind)]


@test
def sides_are_told_apart(case):
    for name in ('a.csv', 'b.csv'):
        write_side(case, name, [0.01, 0.02])
    for arguments in (['--compare', 'a.csv'], ['--compare', 'a.csv', '--'], ['--compare', '--', 'a.csv'],
                      ['--compare', 'a.csv', 'b.csv'], ['--compare', '--'], ['--compare']):
        result = analyze(case, *arguments, code=2)
        assert '--compare needs both sides' in result.stderr, result
    # One test of both would be none.
    for arguments in (['a.csv', '--', 'b.csv'], ['--no-plots', 'a.csv', 'a.csv', '--', 'b.csv', 'b.csv']):
        result = analyze(case, *arguments, code=2)
        assert 'did you mean --compare BASE... -- NEW...?' in result.stderr, result
    case.write('-c.csv', (case.directory / 'a.csv').read_text())
    analyze(case, '--no-plots', '--output', 'out', '--', '-c.csv', 'a.csv')
    analyze(case, '--no-plots', '--output', 'out', 'a.csv', '--')


@test
def a_run_without_rows_is_named_and_refused(case):
    good = [write_side(case, f'b{i}.csv', [0.01 + i / 10000, 0.02]) for i in range(2)]
    empty = {'none.csv': '', 'jmeter.csv': 'timeStamp,elapsed,label,responseCode,success\n',
             'k6.csv': 'metric_name,timestamp,metric_value,status,error_code,expected_response\n'}
    for name, text in empty.items():
        case.write(name, text)
        for base, new in ((good[:1], [name]), ([name], good[:1]), (good, [name, good[0]]), ([name], [name])):
            result = analyze(case, '--compare', *base, '--', *new, '--no-plots', '--fail-if', 'p99 slower than 5%',
                             '--junit', 'out.xml', code=2)
            assert f'cannot compare {name}: it has no rows' in result.stderr, result
            assert not (case.directory / 'out.xml').exists() and '%' not in result.stdout, result


@test
def what_has_no_value_passes_no_condition(case):
    runs = [write_side(case, f'b{i}.csv', [0.01 + i / 10000, 0.02]) for i in range(3)]
    case.write('short.csv', '1,0.1,200\n')
    case.write('zero.csv', '0,0,200\n')
    write_side(case, 'refused.csv', [0.0001], status='0', failure='connect-refused')
    for base, new, why in ((runs[:1], runs[1:], 'at least two runs a side are needed'),
                           (runs[1:], runs[:1], 'at least two runs a side are needed'),
                           (runs[:1], ['short.csv'], 'a block of time has none'),
                           (runs[:1], ['zero.csv'], 'a run is too short to be cut into blocks of time'),
                           (runs[:2], ['refused.csv', runs[2]], 'too few runs have one'),
                           (runs[:1], ['refused.csv'], 'a block of time has none')):
        result = analyze(case, '--compare', *base, '--', *new, '--no-plots', '--junit', 'out.xml',
                         '--fail-if', 'p99 slower than 5%', code=1)
        assert f'FAILED  p99 not worse by more than 5% (no value: {why})' in result.stdout, result
        assert '-100.00%' not in result.stdout, result
        equal(failed_cases(case, 'out.xml'), [('p99 not worse by more than 5%', f'no value: {why}')])
        assert why in (case.directory / 'compare-report/comparison.html').read_text()
    assert 'refused.csv: it has no replies' in result.stdout, result


def write_timeouts(case, name, response, limit):
    """One run of which each 20th request was given up after @limit."""
    chance = random.Random(name)
    case.write(name, ''.join(
        f'{i / 100:.6f},{limit:.6f},0,{limit:.6f},get,timeout,0\n' if i % 20 == 7 and limit else
        f'{i / 100:.6f},{response * chance.uniform(0.99, 1.01):.6f},200,0.001,get,,1\n' for i in range(2000)))
    return name


@test
def what_is_incomplete_is_not_compared(case):
    rows = ''.join(f'{i / 100 + 0.02:.6f},0.020000,200\n' for i in range(1000))
    run = {'format': 1, 'state': 'complete', 'columns': ['elapsed', 'response', 'status'], 'duration': 10, 'seconds': 10}
    for name, more in (('good', {}), ('stopped', {'state': 'interrupted'}), ('killed', {'state': 'running'}),
                       ('cut', {'all': {'rows': 1500}}), ('ended', {'state': 'aborted'})):
        case.write(f'{name}/results.csv', rows)
        case.write(f'{name}/run.json', json.dumps({**run, **more}))
    for base, new, told in (('good', 'stopped', 'stopped: its state is interrupted'), ('killed', 'good', 'its end is not recorded'),
                            ('good', 'cut', 'only 1,000 of the 1,500 rows')):
        result = analyze(case, '--compare', base, '--', new, '--no-plots', '--output', 'out', '--junit', 'out.xml',
                         '--fail-if', 'p99 slower than 5%', code=3)
        assert 'it is incomplete' in result.stderr and told in result.stderr, result
        equal([name for name, message in failed_cases(case, 'out.xml', 'error')], ['the runs are complete'])
    # What a threshold of its own ended has measured what it was to.
    analyze(case, '--compare', 'good', '--', 'ended', '--no-plots', '--output', 'out')


@test
def lower_bounds_are_not_exact(case):
    """p99 and p99.9 of what was given up are timeouts; p50 and p90 are exact."""
    sides = {name: [write_timeouts(case, f'{name}{i}.csv', *times) for i in range(3)] for name, times in {
        'exact': (0.02, 0), 'long': (0.02, 2), 'short': (0.02, 1), 'quick': (0.01, 1), 'crawl': (3, 0)}.items()}

    def compare(base, new, condition, code):
        result = analyze(case, '--compare', *base, '--', *new, '--no-plots', '--output', 'out', '--junit', 'out.xml',
                         '--fail-if', condition, code=code)
        measures = json.loads((case.directory / 'out/comparison.json').read_text())['measures']
        return result.stdout, measures, (case.directory / 'out/comparison.html').read_text()

    for count in (1, 3):  # blocks of time, and runs
        # New gave up earlier: no service of it is faster.
        text, measures, page = compare(sides['long'][:count], sides['short'][:count], 'p99 slower than 5%', 4)
        equal((measures['p99']['verdict'], measures['p99']['at_least'], measures['p99']['ratio_interval']),
              ('inconclusive', ['base', 'new'], [None, None]))
        equal(measures['mean']['at_least'], ['base', 'new'])
        assert 'at_least' not in measures['p50'] and 'at_least' not in measures['throughput'], measures
        assert '>=2.00 s' in text and '>=1.00 s' in text and 'inconclusive (lower bound)' in text, text
        assert '&ge;&nbsp;1.00 s' in page and 'inconclusive (lower bound)' in page and 'unknown<br>unknown' in page
        assert 'UNDECIDED  p99 not worse by more than 5% (unknown, inconclusive: new is a lower bound)' in text, text
        assert 'new is a lower bound' in failed_cases(case, 'out.xml', 'error')[0][1]
        compare(sides['long'][:count], sides['short'][:count], 'p50 slower than 5%', 0)
        # Slower than an exact base it is, however long it would have taken: but not only so much.
        text, measures, page = compare(sides['exact'][:count], sides['short'][:count], 'p99 slower than 99999%', 4)
        equal((measures['p99']['verdict'], measures['p99']['at_least']), ('slower', ['new']))
        assert 'p99 not worse by more than 99999% (>=+4' in text and 'new is a lower bound' in text, text
        # And so the other way: what is exact may be faster than a bound, but not slower.
        text, measures, page = compare(sides['short'][:count], sides['exact'][:count], 'p99 slower than 5%', 0)
        equal((measures['p99']['verdict'], measures['p99']['at_least']), ('faster', ['base']))
        text, measures, page = compare(sides['short'][:count], sides['crawl'][:count], 'p99 slower than 5%', 4)
        equal((measures['p99']['verdict'], measures['p50']['verdict']), ('inconclusive', 'slower'))
        assert 'base is a lower bound' in text, text
        text, measures, page = compare(sides['short'][:count], sides['quick'][:count], 'p50 slower than 5%', 0)
        equal((measures['mean']['verdict'], measures['p50']['verdict']), ('inconclusive', 'faster'))


@test
def what_failed_is_no_faster_service(case):
    good = [write_side(case, f'good{i}.csv', [0.02 + i / 10000, 0.021]) for i in range(3)]
    bad, some = [], []
    for i in range(3):
        rows = (case.directory / good[i]).read_text().splitlines()
        for name, every, sides in (('bad', 10, bad), ('some', 200, some)):
            sides.append(f'{name}{i}.csv')
            # Nine of ten fail at once; the others one of 200.
            case.write(sides[-1], ''.join(
                (row if (j % every == 0) == (name == 'bad') else f'{j / 100:.6f},0.001,503,0.001,get,status,1') + '\n'
                for j, row in enumerate(rows)))
    for count in (1, 3):  # blocks of time, and runs
        def compare(base, new, condition, code):
            result = analyze(case, '--compare', *base[:count], '--', *new[:count], '--no-plots', '--output', 'out',
                             '--junit', 'out.xml', '--fail-if', condition, code=code)
            comparison = json.loads((case.directory / 'out/comparison.json').read_text())
            return result.stdout, comparison, (case.directory / 'out/comparison.html').read_text()

        text, comparison, page = compare(good, bad, 'failures higher than 1%', 1)
        failures = comparison['measures']['failures']
        equal([failures[key] for key in ('base', 'new', 'difference', 'verdict')], [0, 0.9, 0.9, 'more'])
        assert 0.8 < failures['difference_interval'][0] < 0.9 < failures['difference_interval'][1] < 1, failures
        equal(comparison['measures']['p50']['verdict'], 'faster')
        for place in (text, page, comparison['notes'][0]):
            assert 'what failed is no faster service' in place, place
        assert '<strong>more</strong>: failures +90.00 pt' in page
        equal(failed_cases(case, 'out.xml'), [('failures not worse by more than 1 pt', '+90.00 pt, more')])
        text, comparison, page = compare(good, bad, 'failures higher than 95%', 0)
        text, comparison, page = compare(bad, good, 'failures higher than 0%', 0)
        equal(comparison['measures']['failures']['verdict'], 'fewer')
        assert 'what failed is no faster service' in text, text
        # None failed on either side: that is a value, too.
        text, comparison, page = compare(good, good, 'failures higher than 0%', 0)
        equal([comparison['measures']['failures'][key] for key in ('base', 'new', 'verdict')],
              [0, 0, 'no difference shown'])
        equal((comparison['notes'], 'no faster service' in text + page), ([], False))
    # Half a point is more, but not by more than one.
    compare(good, some, 'failures higher than 1%', 0)


def write_tails(case, side, factor, tail):
    """Four runs; @tail of the base's time for one request in 2000."""
    paths = []
    for i in range(4):
        chance = random.Random(f'{i}')
        paths.append(f'{side}{i}.csv')
        case.write(paths[-1], ''.join(
            f'{j / 500:.6f},{0.02 * chance.uniform(0.5, 1.5) * (tail if j % 2000 == 500 else factor):.6f},200\n'
            for j in range(6000)))
    return paths


def shift_of(case, base, new):
    """The y range of the shift, its note, its marks' types, and the changes of its points."""
    # Without gnuplot there are scripts all the same.
    case.run([THRUM_ANALYZE, '--compare', *base, '--', *new, '--output', 'out'], env={'PATH': '/nonexistent'})
    script = (case.directory / 'out/shift.gp').read_text()
    y = tuple(map(float, re.search(r'set yrange \[(.*):(.*)\]', script).groups()))
    note = re.search(r"set label 3 '(.*?)' at screen", script)
    rows = [list(map(float, line.split(','))) for line in (case.directory / 'out/shift.csv').read_text().split()[1:]]
    return y, note and note.group(1), re.findall(r"set label \d+ '' at .* point pointtype (\d+)", script), rows


@test
def a_shift_fills_its_frame(case):
    base = write_tails(case, 'base', 1, 1)
    for factor, sign in ((1.2, 1), (0.8, -1)):
        (low, high), note, marks, rows = shift_of(case, base, write_tails(case, 'new', factor, factor))
        equal((note, marks), (None, []))
        far, near = max(sign * low, sign * high), min(sign * low, sign * high)
        assert -5 < near < 0 and 20 < far < 30, (low, high)
        assert all(low < value < high for row in rows for value in row[1:]), rows
    # What does not fit is marked, and said.
    (low, high), note, marks, rows = shift_of(case, base, write_tails(case, 'new', 1.2, 30))
    assert high < 40 and re.fullmatch(r'beyond the frame: the curve to \+\d{4}\.\d\d%', note), (high, note)
    assert marks and set(marks) == {'9'}, marks
    # Two runs a side that are far apart have intervals without an end.
    for i, response in enumerate((0.01, 0.03, 0.01, 0.01)):
        case.write(f'apart-{i}.csv', f'1,{response},200\n' * 100 + f'2,{response},200\n' * 100)
    (low, high), note, marks, rows = shift_of(case, ['apart-2.csv', 'apart-3.csv'], ['apart-0.csv', 'apart-1.csv'])
    equal((note, set(marks), len(marks)), ('beyond the frame: intervals to >+9900%', {'9'}, len(rows)))
    assert -110 < low < -100 and 200 < high < 400, (low, high)


@test
def a_log_axis_has_labels_within_its_decades(case):
    chance = random.Random(3)
    for name in ('a', 'b'):
        case.write(f'{name}.csv', ''.join(f'{i / 500:.6f},{0.007 * 40 ** chance.random() ** 2:.6f},200\n'
                                          for i in range(3000)))
    case.run([THRUM_ANALYZE, '--compare', 'a.csv', '--', 'b.csv', '--output', 'out'], env={'PATH': '/nonexistent'})
    script = (case.directory / 'out/overlay.gp').read_text()
    labels = re.findall(r"'([^']+)' [-\d.e]+ 0", re.search(r'set ytics \((.*)\)', script).group(1))
    equal(labels, ['5 ms', '10 ms', '20 ms', '50 ms', '100 ms', '200 ms'])


if __name__ == '__main__':
    main()
