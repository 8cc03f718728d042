# SPDX-License-Identifier: MIT
"""thrum-analyze from files to report: its numbers against plain Python, damaged files, hostile names."""

import csv
import gzip
import json
import lzma
import os
import random
import re
import signal
import subprocess
import xml.dom.minidom

from harness import (THRUM_ANALYZE, analyze, equal, intervals_of, main, png_size, skip, summary_of,
                     test, wait_until)
from decimal import Decimal, ROUND_HALF_EVEN
from fractions import Fraction

import shutil

COLUMNS = 'elapsed,response,status,service,request,failure,bytes'


def rows_of_2010(n, seed=1, decimals=3, status=None):
    """Unsorted rows as the 2010 script wrote them."""
    chance = random.Random(seed)
    rows = []
    for i in range(n):
        response = 0.001 + chance.lognormvariate(-4, 0.8)
        elapsed = response + chance.uniform(0, 20)
        code = status if status is not None else chance.choice([200] * 50 + [404, 500, 0])
        rows.append(f'{elapsed:.{decimals}f},{response:.{decimals}f},{code}')
    return rows


def quantile(values, per_million):
    """Type 1, in integers."""
    ordered = sorted(values)
    return ordered[max(-(-len(ordered) * per_million // 1000000), 1) - 1]


@test
def equals_a_three_line_script(case):
    for name, decimals in (('coarse', 3), ('fine', 6)):
        case.write(f'{name}.csv', ''.join(row + '\n' for row in rows_of_2010(5000, 7, decimals)))
        analyze(case, f'{name}.csv', '--no-plots', '--interval', '2')
        rows = [line.split(',') for line in open(case.directory / f'{name}.csv')]
        mean = sum(float(row[1]) for row in rows) / len(rows)
        total = summary_of(case, f'{name}-report')['total']
        equal(total['count'], len(rows))
        equal(f'{total["mean_all_rows"]:.6f}', f'{mean:.6f}')
        equal(total['failures'], sum(int(row[2]) == 0 or int(row[2]) >= 400 for row in rows))
        for per_million, key in ((500000, 'p50'), (900000, 'p90'), (950000, 'p95'),
                                 (990000, 'p99'), (999000, 'p99.9'), (1000000, 'max')):
            equal(total['response'][key], quantile([float(row[1]) for row in rows], per_million), key)


@test
def equals_python_per_interval_and_request(case):
    chance = random.Random(11)
    kinds = [('', 200)] * 30 + [('status', 503), ('timeout', 0), ('connect-refused', 0), ('check', 200)]
    lines, rows = [], []
    for _ in range(4000):
        name = chance.choice(['home', 'login', 'a-rather-long-name_of_a_request'])
        failure, status = chance.choice(kinds)
        response = chance.randrange(100, 900000)
        elapsed = chance.randrange(response, 12000000)
        rows.append((elapsed, response, name, failure))
        lines.append(f'{elapsed / 1e6:.6f},{response / 1e6:.6f},{status},{response / 2e6:.6f},{name},{failure},10\n')
    case.write('run/results.csv', ''.join(lines))
    case.write('run/run.json', json.dumps({'format': 1, 'state': 'complete', 'columns': COLUMNS.split(','),
                                           'duration': 14}))
    analyze(case, 'run', '--no-plots', '--interval', '3s')
    intervals = intervals_of(case, 'run/report')
    equal(len(intervals), 5, 'the planned 14 s')
    for i, line in enumerate(intervals):
        inside = [row for row in rows if row[0] // 3000000 == i]
        latencies = [row[1] for row in inside if row[3] != 'connect-refused']
        equal(float(line['start']), 3.0 * i)
        equal(int(line['count']), len(inside))
        equal(int(line['failures']), sum(row[3] != '' for row in inside))
        equal(int(line['offered']), sum((row[0] - row[1]) // 3000000 == i for row in rows))
        if i == 4:
            equal((line['count'], line['p99'], line['mean']), ('0', '0.000000', '0.000000'))
            continue
        mean = Fraction(sum(latencies), len(latencies) * 1000000)
        equal(line['mean'], str((Decimal(mean.numerator) / Decimal(mean.denominator))
                                .quantize(Decimal('0.000001'), ROUND_HALF_EVEN)))
        equal(line['p95'], f'{quantile(latencies, 950000) / 1e6:.6f}')
        equal(line['max'], f'{max(latencies) / 1e6:.6f}')

    summary = summary_of(case, 'run/report')
    for name in ('home', 'login', 'a-rather-long-name_of_a_request'):
        mine = [row for row in rows if row[2] == name]
        request = summary['requests'][name]
        equal(request['count'], len(mine))
        equal(request['response']['p99'],
              quantile([row[1] for row in mine if row[3] != 'connect-refused'], 990000) / 1e6)
        equal(request['response_of_successes']['max'], max(row[1] for row in mine if row[3] == '') / 1e6)
        equal(request['response_of_successes']['p90'],
              quantile([row[1] for row in mine if row[3] == ''], 900000) / 1e6)
    equal(summary['failures_by_kind']['status 503'], sum(row[3] == 'status' for row in rows))
    # A timeout's true time is unknown: whatever it could move is a lower bound.
    least = min(row[1] for row in rows if row[3] == 'timeout') / 1e6
    response = summary['total']['response']
    equal(response['at_least'],
          ['mean', *(key for key in ('p50', 'p90', 'p95', 'p99', 'p99.9', 'max') if response[key] >= least)])


@test
def the_same_for_any_number_of_threads(case):
    case.write('many.csv', ''.join(row + '\n' for row in rows_of_2010(60000, 3, 6)))
    for jobs in ('1', '2', '7'):
        analyze(case, 'many.csv', '--no-plots', '--jobs', jobs, '--output', f'with-{jobs}')
    for file in ('intervals.csv', 'summary.json'):
        texts = [(case.directory / f'with-{jobs}' / file).read_bytes() for jobs in ('1', '2', '7')]
        equal(texts[1], texts[0])
        equal(texts[2], texts[0])


@test
def lines_of_every_kind(case):
    rows = rows_of_2010(50)
    rows[10:10] = ['', 'nonsense', '1.0,nan,200', '1.0,-2,200', '1.0,1e300,200', '1.0']
    case.write('crlf.csv', '\r\n'.join(rows) + '\r\n\r\n')
    result = analyze(case, 'crlf.csv', '--no-plots')
    summary = summary_of(case, 'crlf-report')
    equal((summary['total']['count'], summary['malformed'], summary['torn']), (50, 5, []))
    assert 'crlf.csv:12: a time is not a number' in result.stderr, result
    assert 'crlf.csv:14: a negative time' in result.stderr, result


@test
def a_torn_last_line_is_reported(case):
    case.write('torn.csv', '1.0,0.1,200\n2.0,0.2,200\n3.0,0.')
    result = analyze(case, 'torn.csv', '--no-plots')
    equal(summary_of(case, 'torn-report')['total']['count'], 2)
    assert 'torn and left out' in result.stderr, result

    case.write('whole.csv', '1.0,0.1,200\n2.0,0.2,200')
    result = analyze(case, 'whole.csv', '--no-plots')
    equal(summary_of(case, 'whole-report')['total']['count'], 2)
    assert 'the last line has no end' in result.stderr, result

    # thrum ends every line, so that in a run's folder it is torn for certain.
    case.write('run/results.csv', '1.0,0.1,200\n2.0,0.2,20')
    case.write('run/run.json', json.dumps({'format': 1, 'columns': ['elapsed', 'response', 'status']}))
    analyze(case, 'run', '--no-plots')
    equal(summary_of(case, 'run/report')['total']['count'], 1)


@test
def a_byte_order_mark_costs_no_row(case):
    for name, text in (('two.csv', '1.0,0.1,200\r\n2.0,0.2,500\r\n'), ('one.csv', '1.0,0.1,200'),
                       ('jmeter.csv', 'timeStamp,elapsed,label,responseCode,success\n1000,100,a,200,true\n')):
        analyze(case, case.write('plain/' + name, text), '--no-plots')
        result = analyze(case, case.write('marked/' + name, b'\xef\xbb\xbf' + text.encode()), '--no-plots')
        assert 'left out' not in result.stderr, result
        stem = name.removesuffix('.csv')
        marked, plain = summary_of(case, f'marked/{stem}-report'), summary_of(case, f'plain/{stem}-report')
        for summary in (marked, plain):
            del summary['torn']  # names the file
        equal(marked, plain)


@test
def a_run_cut_short_has_no_planned_duration(case):
    case.write('run/results.csv', ''.join(f'{i}.5,0.1,200\n' for i in range(4)))
    for extra, extent, code in (({}, 10, 0), ({'state': 'complete', 'seconds': 10.01}, 10, 0), ({'state': 'running'}, 3.5, 3),
                                ({'state': 'interrupted', 'seconds': 5.0}, 5, 3),
                                ({'state': 'incomplete', 'seconds': 11}, 10, 3)):
        case.write('run/run.json', json.dumps({
            'format': 1, 'columns': ['elapsed', 'response', 'status'], 'duration': 10.0, **extra}))
        analyze(case, 'run', '--no-plots', code=code)
        summary = summary_of(case, 'run/report')
        equal((summary['duration'], summary['seconds']), (extent, extent), repr(extra))


@test
def long_numbers_stay_apart(case):
    case.write('long.csv', '1.0,0.1,200\n2000000000,1000000000,200\n')
    result = analyze(case, 'long.csv', '--no-plots')
    assert '1,000,000,000,000 1,000,000,000,000' in result.stdout, result


@test
def a_full_standard_output_is_an_error(case):
    case.write('some.csv', '1.0,0.1,200\n')
    for arguments in (('some.csv', '--json'), ('--help',), ('--version',), ('--compare', '--help')):
        with open('/dev/full', 'w') as full:
            result = subprocess.run([THRUM_ANALYZE, *arguments], cwd=case.directory, stdout=full,
                                    stderr=subprocess.PIPE, text=True)
        equal(result.returncode, 5, repr(result))
        assert 'cannot write to standard output: No space left' in result.stderr, result


@test
def concurrency_is_what_was_under_way(case):
    """However long a request takes, and however many intervals that is: also where none ends."""
    chance = random.Random(3)
    rows = [(begun := i / 50, begun + chance.choice([0.003, 0.3, 1.7, 6.1])) for i in range(500)]
    rows.sort(key=lambda row: row[1])
    case.write('busy.csv', ''.join(f'{done:.3f},{done - begun:.3f},200\n' for begun, done in rows))
    for options in (), ('--jobs', '3'):
        for width in 0.25, 2, 3.1:
            analyze(case, 'busy.csv', '--no-plots', '--interval', str(width), *options)
            for line in intervals_of(case, 'busy-report'):
                start = float(line['start'])
                inside = sum(max(0, min(done, start + width) - max(begun, start)) for begun, done in rows)
                assert abs(float(line['concurrency']) - inside / width) < 0.01, (width, line, inside / width)


@test
def empty_intervals_are_rows(case):
    case.write('gap.csv', '0.5,0.1,200\n9.5,0.1,200\n')
    analyze(case, 'gap.csv', '--no-plots', '--interval', '1')
    equal([line['count'] for line in intervals_of(case, 'gap-report')],
          ['1', '0', '0', '0', '0', '0', '0', '0', '0', '1'])


@test
def no_rows_at_all(case):
    case.write('none.csv', '')
    case.write('header.csv', 'elapsed,response,status\n')
    for name in ('none', 'header'):
        equal(analyze(case, f'{name}.csv', '--no-plots', code=2).stderr, f'thrum-analyze: no rows in {name}.csv\n')
        equal(summary_of(case, f'{name}-report')['total']['count'], 0)
        equal(intervals_of(case, f'{name}-report'), [])
    # One of several that is empty is named, too.
    case.write('some.csv', '1.0,0.1,200\n')
    equal(analyze(case, 'some.csv', 'none.csv', '--no-plots').stderr, 'thrum-analyze: no rows in none.csv\n')
    equal(analyze(case, 'some.csv', '--no-plots').stderr, '')


@test
def junk_is_refused_in_words(case):
    case.write('junk.csv', bytes(random.Random(1).randrange(256) for _ in range(100000)))
    result = analyze(case, 'junk.csv', code=2)
    assert 'no format known' in result.stderr, result
    for arguments in ([], ['missing.csv'], ['junk.csv', '--interval', '2x'], ['--bad-option'],
                      ['junk.csv', '--jobs', '-3'], ['junk.csv', '--jobs', '0'], ['junk.csv', '--format', 'nonsense']):
        analyze(case, *arguments, code=2)
    case.write('long.csv', '1.0,0.1,200\n' + '7' * 1000000 + '\n2.0,0.1,200\n')
    analyze(case, 'long.csv', '--no-plots')
    equal(summary_of(case, 'long-report')['total']['count'], 2)
    equal(summary_of(case, 'long-report')['malformed'], 1)


@test
def too_many_intervals_are_refused(case):
    case.write('far.csv', '0.5,0.1,200\n99999999,0.1,200\n')
    analyze(case, 'far.csv', '--no-plots', '--interval', '1', code=2)
    analyze(case, 'far.csv', '--no-plots')
    equal(summary_of(case, 'far-report')['total']['count'], 2)


@test
def run_json_is_read_forgivingly(case):
    case.write('run/results.csv', '0.500000,7,0.100000,200\n')
    for extra in ({}, {'verdict': 7, 'counts': [], 'config': None, 'name': {}, 'plugins': 'x'},
                  {'verdict': {'level': 'DEGRADED', 'reasons': [{'signal': 'lag', 'text': 'lag p99 is 2 ms'}]},
                   'state': 'complete',
                   'config': '[load]\nduration = 1s\n', 'plugins': [{'name': 'http', 'version': '1'}]}):
        case.write('run/run.json', json.dumps({
            'format': 1, 'columns': ['elapsed', 'shoe-size', 'response', 'status'], **extra}))
        result = analyze(case, 'run', '--no-plots')
        equal(summary_of(case, 'run/report')['total']['count'], 1)
    assert 'DEGRADED' in result.stdout and 'lag p99 is 2 ms' in result.stdout, result
    page = (case.directory / 'run/report/report.html').read_text()
    assert 'duration = 1s' in page and 'lag p99 is 2 ms' in page

    for bad in ('{', '[]', '{"format": 2}'):
        case.write('run/run.json', bad)
        analyze(case, 'run', code=2)


@test
def what_was_measured_is_never_overwritten(case):
    text = '1.0,0.1,200\n'
    path = case.write('out/intervals.csv', text)
    result = analyze(case, 'out/intervals.csv', '--output', 'out', '--no-plots', code=5)
    assert 'it is what was measured' in result.stderr, result
    equal(path.read_text(), text)
    case.write('out/link.csv', text)
    os.link(case.directory / 'out/link.csv', case.directory / 'out/summary.json')
    analyze(case, 'out/link.csv', '--output', 'out', '--no-plots', code=5)
    equal((case.directory / 'out/link.csv').read_text(), text)


@test
def plots_render_and_render_again(case):
    if shutil.which('gnuplot') is None:
        skip('gnuplot is not installed')
    case.write('good.csv', ''.join(row + '\n' for row in rows_of_2010(500)))
    case.write('one.csv', '1.0,0.1,200\n')
    case.write('equal.csv', '1.0,0.1,200\n' * 100)
    case.write('zero.csv', '0,0,200\n' * 100)
    case.write('outlier.csv', '1.0,0.01,200\n' * 100 + '20,10,200\n' * 3)
    case.write('failed.csv', ''.join(row + '\n' for row in rows_of_2010(500, status=0)))
    case.write('none.csv', '')
    for name in ('good', 'one', 'equal', 'zero', 'outlier', 'failed', 'none'):
        result = analyze(case, f'{name}.csv', code=2 if name == 'none' else 0)
        equal(result.stderr, '' if name != 'none' else 'thrum-analyze: no rows in none.csv\n', name)
        folder = case.directory / f'{name}-report'
        scripts = sorted(folder.glob('*.gp'))
        equal(len(scripts), 7)
        equal(list(folder.glob('*.part')), [])
        for script in scripts:
            image = script.with_suffix('.png')
            equal(png_size(image), (1200, 700))
            image.unlink()
            again = case.run(['gnuplot', '-d', script.name], cwd=folder, env={'LC_ALL': 'C.UTF-8'})
            # That a matrix has empty cells is no fault.
            said = [line for line in again.stderr.splitlines() if 'missing or undefined' not in line]
            equal((again.returncode, ''.join(said)), (0, ''), f'{name} {script.name}')
            equal(png_size(image), (1200, 700))
        page = (folder / 'report.html').read_text()
        # A plot of nothing is a sentence there.
        nothing = page.count('class="nothing"')
        equal(page.count('src="data:image/png;base64,'), len(scripts) - nothing)
        equal(nothing, {'none': 7, 'good': 0, 'outlier': 1, 'failed': 0}.get(name, 1), name)
        equal(re.findall(r'(?:src|href)="(?!data:)[^"]*"', page), [], 'nothing from elsewhere')
        assert 'http://' not in page and 'https://' not in page


@test
def hostile_names_are_only_text(case):
    if shutil.which('gnuplot') is None:
        skip('gnuplot is not installed')
    hostile = [
        "'; system 'touch owned'; '",
        '"; system "touch owned"; "',
        '`touch owned`',
        '$(touch owned)',
        '@touch owned',
        "x'\nsystem 'touch owned'\n'",
        '<script>alert(1)<script>',
        '%s%n{/Bold x}',
    ]
    for i, name in enumerate(hostile):
        folder = case.directory / f'case-{i}' / name
        folder.mkdir(parents=True)
        row = f'1.0,0.1,500,0.1,{name.replace(",", "").splitlines()[0]},{name.replace(",", "").splitlines()[0]},1\n'
        (folder / 'results.csv').write_text(row * 20)
        (folder / 'run.json').write_text(json.dumps({
            'format': 1, 'columns': COLUMNS.split(','), 'name': name, 'state': name, 'config': name,
            'verdict': {'level': name, 'reasons': [name]}}))
        result = analyze(case, str(folder), code=3)
        equal(list(case.directory.rglob('owned')), [], name)
        assert (folder / 'report/scatter.png').exists(), result
        page = (folder / 'report/report.html').read_text()
        assert '<script' not in page, name


@test
def without_gnuplot_it_says_how(case):
    case.write('good.csv', '1.0,0.1,200\n')
    result = analyze(case, 'good.csv', env={'PATH': '/nonexistent'})
    assert 'gnuplot is not installed' in result.stderr, result
    names = {path.name for path in (case.directory / 'good-report').iterdir()}
    assert {'scatter.gp', 'scatter.csv', 'throughput.gp', 'latency.gp', 'report.html'} <= names, names


@test
def many_rows_become_pixels(case):
    lines = []
    for i in range(250000):
        lines.append(f'{i / 5000:.6f},{0.01 + i % 977 / 1e5:.6f},{503 if i % 1000 == 0 else 200}\n')
    lines[100000] = '20.000000,5.000000,200\n'
    case.write('many.csv', ''.join(lines))
    analyze(case, 'many.csv')
    folder = case.directory / 'many-report'
    pixels = (folder / 'scatter.bin').read_bytes()
    equal(len(pixels), 1064 * 500 * 4)
    reds = sum(pixels[i + 3] == 255 and pixels[i] > pixels[i + 2] for i in range(0, len(pixels), 4))
    assert reds >= 250, 'failures keep their colour'
    with open(folder / 'scatter.csv', newline='') as file:
        worst = list(csv.DictReader(file))
    equal(len(worst), 1000)
    assert any(float(row['response']) == 5 for row in worst)


@test
def json_for_machines(case):
    case.write('good.csv', ''.join(row + '\n' for row in rows_of_2010(100)))
    result = analyze(case, 'good.csv', '--json', '--no-plots')
    equal(json.loads(result.stdout), summary_of(case, 'good-report'))


@test
def pipes_and_packed_files(case):
    text = ''.join(row + '\n' for row in rows_of_2010(20000, 9, 6)).encode()
    case.write('plain.csv', text)
    analyze(case, 'plain.csv', '--no-plots', '--output', 'plain')
    half = text.index(b'\n', len(text) // 2) + 1
    case.write('two.csv.gz', gzip.compress(text[:half]) + gzip.compress(text[half:]))
    analyze(case, 'two.csv.gz', '--no-plots')
    with open(case.directory / 'plain.csv', 'rb') as file:
        result = case.run([THRUM_ANALYZE, '-', '--no-plots'], stdin=file)
        equal(result.returncode, 0, repr(result))
    process = subprocess.run([THRUM_ANALYZE, '-', '--no-plots', '--output', 'piped'], input=text,
                             cwd=case.directory, capture_output=True, timeout=60)
    equal(process.returncode, 0, process.stderr)
    assert b'lie in piped' in process.stderr, process.stderr
    folders = ['two.csv.gz-report', 'stdin-report', 'piped']
    if shutil.which('zstd') is not None:
        subprocess.run(['zstd', '-q', 'plain.csv', '-o', 'packed.csv.zst'], cwd=case.directory, check=True)
        analyze(case, 'packed.csv.zst', '--no-plots')
        folders.append('packed.csv.zst-report')
    for folder in folders:
        equal((case.directory / folder / 'intervals.csv').read_text(),
              (case.directory / 'plain/intervals.csv').read_text(), folder)
        equal(sorted(path.name for path in (case.directory / folder).iterdir()),
              ['intervals.csv', 'report.html', 'summary.json'], 'nothing left over')
    if shutil.which('pzstd') is not None:
        subprocess.run(['pzstd', '-q', '-p', '2', 'plain.csv', '-o', 'several.csv.zst'], cwd=case.directory, check=True)
        analyze(case, 'several.csv.zst', '--no-plots')
        equal((case.directory / 'several.csv.zst-report/intervals.csv').read_text(),
              (case.directory / 'plain/intervals.csv').read_text())


@test
def other_encodings_and_what_is_cut(case):
    rows = rows_of_2010(20000, 9, 6)
    text = ''.join(row + '\n' for row in rows)
    case.write('plain.csv', text)
    case.write('wide.csv', b'\xff\xfe' + text.encode('utf-16-le'))
    for name in ('plain', 'wide'):
        analyze(case, f'{name}.csv', '--no-plots')
    equal((case.directory / 'wide-report/intervals.csv').read_text(),
          (case.directory / 'plain-report/intervals.csv').read_text())
    # What is cut is read as far as it goes, and the last row of that is not taken for a whole one.
    packed = gzip.compress(text.encode())
    case.write('cut.csv.gz', packed[:len(packed) // 2])
    result = analyze(case, 'cut.csv.gz', '--no-plots', '--threshold', 'failures=0%', code=3)
    assert 'cut.csv.gz is not whole: its gzip data end too early' in result.stderr, result
    summary = summary_of(case, 'cut.csv.gz-report')
    assert 'is not whole' in summary['notes'][0], summary
    assert 5000 < summary['total']['count'] < 15000, summary
    case.write('part.csv', ''.join(row + '\n' for row in rows[:summary['total']['count']]))
    analyze(case, 'part.csv', '--no-plots')
    equal(summary['total'], summary_of(case, 'part-report')['total'])
    equal((summary['malformed'], summary['torn']), (0, []))
    for junk in (packed[:12], b'\x1f\x8b junk'):
        case.write('junk.csv.gz', junk)
        assert 'before the first row' in analyze(case, 'junk.csv.gz', '--no-plots', code=2).stderr
    # Packed by what is not unpacked, it is named, also in a run's folder.
    case.write('run/results.csv.xz', lzma.compress(text.encode()))
    case.write('run/run.json', json.dumps({'format': 1, 'columns': ['elapsed', 'response', 'status']}))
    for path in ('run', 'run/results.csv.xz'):
        assert 'it is packed by xz: xz -dc FILE' in analyze(case, path, '--no-plots', code=2).stderr
    # Of two, the whole one counts whole; a comparison with the other is not one.
    analyze(case, 'plain.csv', 'cut.csv.gz', '--no-plots', '--output', 'both', code=3)
    equal(summary_of(case, 'both')['total']['count'], 20000 + summary['total']['count'])
    analyze(case, '--compare', 'plain.csv', '--', 'cut.csv.gz', '--no-plots', code=3)


@test
def an_interrupted_pipe_leaves_nothing(case):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        source, sink = os.pipe()
        process = case.start([THRUM_ANALYZE, '-', '--output', 'cut'], stdin=source)
        os.close(source)
        os.write(sink, b'1.000000,0.100000,200\n' * 1000)
        wait_until((case.directory / 'cut').exists, what='a folder to spill into')
        process.signal(number)
        equal(process.wait(), -number)
        os.close(sink)
        assert not (case.directory / 'cut').exists(), number
    # What was there stays there.
    case.write('full/note', 'mine')
    result = case.run([THRUM_ANALYZE, '-', '--output', 'full'])
    equal(result.returncode, 2, repr(result))
    assert (case.directory / 'full/note').exists() and (case.directory / 'full/report.html').exists()
    # Nothing that can be analyzed, no folder.
    case.write('junk.gz', gzip.compress(b'\x00\x01\x02' * 1000))
    analyze(case, 'junk.gz', '--output', 'none', code=2)
    assert not (case.directory / 'none').exists()


FULL_DISK = '''
mount -t tmpfs -o size=128k tmpfs "$2" || exit 99
"$0" - --output "$2/out" < "$1"
code=$?
ls -A "$2" | wc -l > "$3"
exit $code
'''


@test
def a_disk_too_small_for_a_pipe(case):
    packed = case.directory / 'big.csv.gz'
    packed.write_bytes(gzip.compress(b'1.000000,0.100000,200\n' * 100000))
    (case.directory / 'disk').mkdir()
    result = case.run(['unshare', '--mount', 'sh', '-c', FULL_DISK, THRUM_ANALYZE, packed,
                       case.directory / 'disk', case.directory / 'left'])
    if result.returncode in (1, 99) and not (case.directory / 'left').exists():
        skip('may not mount a small disk here')
    equal(result.returncode, 5, repr(result))
    assert 'cannot spill the input: No space left' in result.stderr, result
    equal((case.directory / 'left').read_text().strip(), '0')


@test
def machines_of_one_run_are_aligned(case):
    for name, started in (('a', 1000000000), ('b', 3500000000)):
        case.write(f'{name}/results.csv', '1.000000,0.100000,200\n')
        case.write(f'{name}/run.json', json.dumps({
            'format': 1, 'columns': ['elapsed', 'response', 'status'], 'start': {'realtime_ns': started}}))
    analyze(case, 'a', 'b', '--no-plots', '--interval', '1', '--output', 'both')
    equal([line['count'] for line in intervals_of(case, 'both')], ['0', '1', '0', '1'])


@test
def other_tools_count_from_their_own_start(case):
    head = 'timeStamp,elapsed,label,responseCode,success\n'
    case.write('jmeter.csv', head + ''.join(
        f'{1700000000000 + 100 * i - (7 if i == 500 else 0)},{50 if i else 20},a,200,true\n' for i in range(1000)))
    analyze(case, 'jmeter.csv', '--no-plots', '--interval', '10')
    equal([line['count'] for line in intervals_of(case, 'jmeter-report')], ['100'] * 10)
    # The earliest beginning may be anywhere in the file.
    lines = [f'{1700000000000 + 100 * i},50,a,200,true\n' for i in range(20000)]
    lines[12345] = '1699999995000,50,a,200,true\n'
    case.write('late.csv', head + ''.join(lines))
    analyze(case, 'late.csv', '--no-plots', '--interval', '5')
    equal([line['count'] for line in intervals_of(case, 'late-report')][:2], ['1', '50'])


@test
def thresholds(case):
    rows = ''.join(f'{i},{i / 1000},{500 if i == 7 else 200},0.1,{"a" if i % 2 else "b"},'
                   f'{"status" if i == 7 else ""},1\n' for i in range(1, 101))
    case.write('t.csv', rows)
    good = ['p50=50ms', 'p99=99ms', 'max=0.1', 'failures=1%', 'failures=0.01', 'rate=1/s',
            'rate=60/m', 'rate=3600/h', 'a:p50=50ms', 'p97.5=98ms', 'p1=1ms', 'dropped=0%',
            'mean=50.5ms', 'b:failures=0%']
    bad = ['p50=49ms', 'p99=98.9ms', 'failures=0.9%', 'rate=1.1/s', 'a:p50=48ms', 'p97.5=97.9ms', 'nosuch:p50=1h']
    for limits, code in ((good, 0), (bad, 1), (good + bad, 1)):
        arguments = [word for limit in limits for word in ('--threshold', limit)]
        analyze(case, 't.csv', '--no-plots', *arguments, '--junit', 'out.xml', code=code)
        document = xml.dom.minidom.parse(str(case.directory / 'out.xml'))
        failed = len(document.getElementsByTagName('failure'))
        equal(failed, len(limits) if limits is bad else len(limits) - len(good) if limits is not good else 0)
        equal(len(document.getElementsByTagName('testcase')), len(limits))
    # What nobody answered is no throughput.
    case.write('hang.csv', ''.join(f'{i},0.1,{200 if i % 10 == 0 else 0},0.1,a,'
                                   f'{"" if i % 10 == 0 else "timeout"},1\n' for i in range(1, 101)))
    analyze(case, 'hang.csv', '--no-plots', '--threshold', 'rate=0.1/s', code=0)
    analyze(case, 'hang.csv', '--no-plots', '--threshold', 'a:rate=0.11/s', code=1)
    for limit in ('p50', 'p100=1s', 'px=1s', 'a:dropped=1%', 'dropped=2', 'p50=fast', 'p50=1s1h', 'failures=2', 'rate=1%'):
        analyze(case, 't.csv', '--no-plots', '--threshold', limit, code=2)
    # A CI system that shows no tests shows no failure: that none was asked for is said.
    for arguments in (['t.csv'], ['--compare', 't.csv', '--', 't.csv']):
        result = analyze(case, *arguments, '--no-plots', '--junit', 'out.xml')
        assert 'out.xml has no tests' in result.stderr, result
    # Without any on the command line, those of the run.
    case.write('run/results.csv', rows)
    case.write('run/run.json', json.dumps({
        'format': 1, 'columns': COLUMNS.split(','),
        'thresholds': [{'key': 'p99', 'limit': '10ms', 'passed': False},
                       {'key': 'failures', 'limit': '0.001', 'passed': False},
                       {'request': 'a', 'key': 'max', 'limit': '1s'}]}))
    result = analyze(case, 'run', '--no-plots', code=1)
    assert 'FAILED  p99 <= 10ms' in result.stdout and 'FAILED  failures <= 0.1%' in result.stdout and 'passed  a: max <= 1s' in result.stdout, result
    analyze(case, 'run', '--no-plots', '--threshold', 'p99=1s')


@test
def several_files_are_one_test(case):
    rows = rows_of_2010(1000)
    case.write('whole.csv', ''.join(row + '\n' for row in rows))
    case.write('a.csv', ''.join(row + '\n' for row in rows[:300]))
    case.write('b.csv', ''.join(row + '\n' for row in rows[300:]))
    analyze(case, 'whole.csv', '--no-plots', '--output', 'one')
    analyze(case, 'a.csv', 'b.csv', '--no-plots', '--output', 'two')
    one, two = summary_of(case, 'one'), summary_of(case, 'two')
    equal(one['total'], two['total'])
    equal((case.directory / 'one/intervals.csv').read_text(), (case.directory / 'two/intervals.csv').read_text())


if __name__ == '__main__':
    main()
