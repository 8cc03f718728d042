# SPDX-License-Identifier: MIT
"""What plots show, read from their scripts and data: axes that fit, marks that are seen, honest legends."""

import csv
import json
import random
import re

from harness import SOURCE_ROOT, equal, main, test


def plots_of(case, name, text, *options, **run):
    """The scripts by name, of rows as the 2010 format has them, or of a run."""
    if run:
        case.write(f'{name}/results.csv', text)
        case.write(f'{name}/run.json', json.dumps({
            'format': 1, 'state': 'complete', 'columns': ['elapsed', 'response', 'status'], **run}))
        path, folder = name, case.directory / name / 'report'
    else:
        path, folder = case.write(f'{name}.csv', text), case.directory / f'{name}-report'
    # Without gnuplot there are scripts all the same.
    result = case.analyze(path, *options, env={'PATH': '/nonexistent'})
    # What was interrupted, and what has no rows, is drawn all the same.
    count = json.loads((folder / 'summary.json').read_text())['total']['count']
    equal(result.returncode, 2 if count == 0 else 3 if run.get('state') == 'interrupted' else 0, repr(result))
    return folder, {script.stem: script.read_text() for script in folder.glob('*.gp')}


def tics(script, axis):
    """The labels of the last axis of that name."""
    return re.findall(r"'([^']*)' [-\d.e]+ 0", re.findall(rf'set {axis}tics \((.*)\)', script)[-1])


def legend(script):
    return [text for number, text in re.findall(r"set label (\d+) '([^']*)' at screen", script) if int(number) >= 10]


@test
def few_rows(case):
    chance = random.Random(1)
    text = ''.join(f'{i * 0.37 + 0.1:.3f},{chance.uniform(.01, .05):.3f},200\n' for i in range(12))
    folder, scripts = plots_of(case, 'few', text)
    # 4 seconds are no 4,000 ms, nor do two requests and a half exist.
    assert "set xlabel 'time since the start (s)'" in scripts['scatter']
    equal(tics(scripts['scatter'], 'x'), ['0', '1', '2', '3', '4'])
    equal(tics(scripts['histogram'], 'y'), ['0', '1', '2'])
    # Cells large enough to be seen.
    rows = list(csv.reader((folder / 'heatmap.csv').open(newline='')))
    assert len(rows) <= 20 and len(rows[0]) <= 50, (len(rows), len(rows[0]))
    equal(sum(cell != 'NaN' for row in rows for cell in row), 12)
    # The greatest is drawn last, over the p99 that it is.
    parts = re.findall(r'using \(\$1\*1\):\(y\(\$(\d)\)\) with (\w+)', scripts['latency'])
    equal(parts[-1], ('5', 'points'))


@test
def nothing_to_show_has_no_axes(case):
    for name, text, empty in (('none', '', 7), ('good', '1,0.1,200\n' * 9, 1)):
        folder, scripts = plots_of(case, name, text)
        found = [stem for stem, script in scripts.items() if 'unset xtics\nunset ytics' in script and 'plot NaN' in script]
        equal(len(found), empty, found)
        equal((folder / 'report.html').read_text().count('class="nothing"'), empty)


@test
def all_equal_stands_in_the_middle(case):
    folder, scripts = plots_of(case, 'equal', '1,0.1,200\n' * 300)
    low, high = map(float, re.search(r'set xrange \[(.*):(.*)\]', scripts['histogram']).groups())
    assert low < -1.2 and high > -0.8, (low, high)
    # A curve of one bin would be no line: the share steps from 0 to 1 at the value.
    share = re.search(r'\$share << EOD\n(.*)EOD', scripts['histogram'], re.S).group(1)
    equal([tuple(map(float, line.split(','))) for line in share.split()], [(low, 0), (-1, 0), (-1, 1), (high, 1)])
    assert '$share using 1:2 axes x1y2 with lines' in scripts['histogram']
    # One of several bins begins at 0, too, and rises with them.
    _, binned = plots_of(case, 'bins', '1,0.1,200\n1,0.1,200\n1,0.15,200\n1,0.2,200\n')
    share = re.search(r'\$share << EOD\n(.*)EOD', binned['histogram'], re.S).group(1)
    shares = [float(line.split(',')[1]) for line in share.split()]
    equal((shares[:2], shares[-2:], shares == sorted(shares), sorted(set(shares))),
          ([0, 0], [1, 1], True, [0, 0.5, 0.75, 1]))
    low, high = map(float, re.search(r'set yrange \[(.*):(.*)\]', scripts['heatmap']).groups())
    assert low < -1.2 and high > -0.8, (low, high)


@test
def percentiles_end_with_the_slowest(case):
    for n in (1, 2, 3, 1000):
        rows = ''.join(f'{i},{i / 1000:.6f},200,{i / 2000:.6f},a,,1\n' for i in range(1, n + 1))
        folder, scripts = plots_of(case, f'of-{n}', rows)
        # The index of response, then that of service.
        blocks = (folder / 'percentiles.csv').read_text().split('\n\n\n')
        equal([float(block.split()[-1].split(',')[1]) for block in blocks], [n / 1000, n / 2000], n)
        # Few are points, of either, and where both are equal both are seen.
        sizes = re.findall(r'with linespoints pointtype 7 pointsize ([\d.]+)', scripts['percentiles'])
        equal(len(sizes), 2 if n < 3 else 0, n)
        assert n >= 3 or float(sizes[0]) > float(sizes[1])


@test
def nothing_connected(case):
    # A time that no request took must not choose the axis.
    text = '7,0.0001,0,0.0001,a,connect-refused,0\n' * 300
    folder, scripts = plots_of(case, 'refused', text)
    low, high = map(float, re.search(r'set yrange \[(.*):(.*)\]', scripts['scatter']).groups())
    equal(low, 0)
    equal(legend(scripts['scatter']), ['failed'])


@test
def failures_lie_upon_each_other(case):
    chance = random.Random(2)
    text = ''.join(f'{i / 50:.6f},0.01,{chance.choice([500, 503, 0, 404, 401, 429, 502, 504])}\n'
                   for i in range(3000))
    folder, scripts = plots_of(case, 'failed', text)
    script = scripts['failures']
    sums = re.findall(r':\((\$[$+\d]+)\) with fillsteps fillcolor rgb (\S+?),? ?\\?$', script, re.M)
    equal(len(sums), 7, 'six kinds and the others')
    # From all of them down to the first alone, each in a colour of its own.
    equal([text for text, _ in sums], ['+'.join(f'${i}' for i in range(2, n + 2)) for n in range(7, 0, -1)])
    equal(len({colour for _, colour in sums}), 7)
    data = list(csv.reader((folder / 'failures.csv').open(newline='')))
    # The legend has them as they lie: the last kind of the data at the top.
    places = {text: float(y) for text, y in re.findall(r"set label 2\d '([^']*)' at screen 0.8000,([\d.]+)", script)}
    equal(sorted(places, key=places.get), data[0][1:])
    most = max(sum(map(float, row[1:])) for row in data[1:])
    assert float(re.search(r'set yrange \[0:(.*)\]', script).group(1)) >= most


@test
def a_kind_of_failure_keeps_its_colour(case):
    """Whatever is most frequent, a timeout looks like a timeout, and no two kinds of a plot look alike."""
    tokens = re.findall(r'X \(\w+, "([\w-]+)"', (SOURCE_ROOT / 'core/thrum/plugin.h').read_text())
    assert {'timeout', 'reset', 'status'} <= set(tokens), tokens
    tokens.remove('status')  # is named by its code

    def colours_of(name, kinds):
        text = ''.join(f'{i / 100:.2f},0.01,{kind if kind.isdigit() else 0},0.01,a,'
                       f'{"status" if kind.isdigit() else kind},1\n'
                       for i, kind in enumerate(kind for n, kind in enumerate(kinds) for _ in range(100 - 9 * n)))
        script = plots_of(case, name, text)[1]['failures']
        return dict(re.findall(r"set label 2\d '([^']*)' at .* linecolor rgb (\S+)", script))

    seen = {}
    for i in range(0, len(tokens), 3):
        kinds = [*tokens[i:i + 3], '500', '503']
        first, second = colours_of(f'up-{i}', kinds), colours_of(f'down-{i}', kinds[::-1])
        equal((len(first), len(set(first.values()))), (len(kinds), len(kinds)))
        equal({kind: first[kind] for kind in tokens[i:i + 3]}, {kind: second[kind] for kind in tokens[i:i + 3]})
        seen.update({kind: first[kind] for kind in tokens[i:i + 3]})
    equal(len(set(seen.values())), len(tokens), seen)


def column(folder, name, i):
    return [row[i] for row in csv.reader((folder / name).open(newline='')) if row][1:]


@test
def a_last_interval_is_drawn_at_its_own_width(case):
    """60 s of 10 ms, and what was slow ends 94 ms behind them: drawn, at its own width."""
    rows = [f'{i / 50:.6f},0.010000,{500 if i % 10 == 0 else 200}\n' for i in range(3000)]
    rows += ['60.094000,2.000000,500\n'] * 3
    folder, scripts = plots_of(case, 'drained', ''.join(rows), duration=60)
    equal(column(folder, 'latency.csv', 0)[-2:], ['59.75', '60.047'])
    equal((set(column(folder, 'latency.csv', 4)[:-1]), column(folder, 'latency.csv', 4)[-1]), ({'0.01'}, '2'))
    for name, per_step in (('failures.csv', 2), ('throughput.csv', 25)):
        # Less than a fifth of an interval is wide enough to be a step of its own.
        equal(column(folder, name, 0)[-3:], ['59.5', '60', '60.094'], 'the last line is the end of the step')
        equal(column(folder, name, 1)[-3:], [f'{per_step / 0.5:g}', *[f'{3 / 0.094:.10g}'] * 2], name)
    # A tenth is not: it belongs to the step before.
    folder, scripts = plots_of(case, 'sliver', ''.join(rows).replace('60.094', '60.004'), duration=60)
    for name, per_step in (('failures.csv', 2), ('throughput.csv', 25)):
        equal(column(folder, name, 0)[-3:], ['59', '59.5', '60.01'])
        equal(column(folder, name, 1)[-2:], [f'{(per_step + 3) / 0.51:.10g}'] * 2)
    equal(column(folder, 'latency.csv', 4)[-1], '2')
    folder, scripts = plots_of(case, 'drained', ''.join(rows), duration=60)
    lines = list(csv.DictReader((folder / 'intervals.csv').open(newline='')))
    equal([(line['start'], line['width']) for line in lines[-2:]], [('59.500', '0.500000'), ('60.000', '0.094000')])
    # What is wider is divided by its own width: 300 in 0.3 s.
    folder, scripts = plots_of(case, 'storm', ''.join(rows[:-3] + [f'{60 + i / 1000:.6f},2,0\n' for i in range(1, 301)]))
    equal(column(folder, 'failures.csv', 0)[-2:], ['60', '60.3'])
    equal((column(folder, 'failures.csv', 1)[-1], column(folder, 'throughput.csv', 1)[-1]), ('1000', '1000'))
    for state, last in (('complete', '59.75'), ('interrupted', '59.745')):
        folder, scripts = plots_of(case, state, ''.join(rows[:-3]), duration=60, seconds=59.99, state=state)
        equal(column(folder, 'latency.csv', 0)[-1], last, state)
    # One interval, or all rows in a part of one, is still something to see.
    folder, scripts = plots_of(case, 'one', '1,0.1,200\n' * 9)
    equal(column(folder, 'latency.csv', 4), ['0.1'])
    # A row on the very edge counts, too.
    folder, scripts = plots_of(case, 'edge', '0.5,0.1,200\n' * 99 + '1,0.1,500\n', '--interval', '1')
    equal((column(folder, 'failures.csv', 0), column(folder, 'failures.csv', 1)),
          (['0', '1.02'], [f'{1 / 1.02:.10g}'] * 2))


@test
def no_time_at_all_is_drawn_at_zero(case):
    """On log axes, too: there is a place below them."""
    for name, text in (('all', '1.0,0.000,200\n' * 50), ('some', '1.0,0.000,200\n' * 30 + '1.0,0.005,200\n' * 20)):
        folder, scripts = plots_of(case, name, text)
        for plot, axis in (('histogram', 'x'), ('heatmap', 'y')):
            tics = re.search(rf"set {axis}tics \('0' (-[\d.]+) 0, .*?'[125] ms' (-[\d.]+) 0", scripts[plot])
            assert tics and float(tics[1]) < float(tics[2]) - 0.02, scripts[plot]
        equal(column(folder, 'histogram.csv', 0)[0], '0')
        equal(column(folder, 'histogram.csv', 2)[0], '50' if name == 'all' else '30')
        cells = [line.split(',') for line in (folder / 'heatmap.csv').read_text().splitlines()]
        equal([i for i, row in enumerate(cells) if set(row) != {'NaN'}][0], 0)
    folder, scripts = plots_of(case, 'log', '1.0,0.000,200\n' * 9 + '1.0,0.005,200\n' * 30 + '1.0,0.5,200\n' * 5)
    for plot in ('scatter', 'percentiles', 'latency'):
        assert re.search(r"set ytics \('0' -[\d.]+ 0", scripts[plot]), scripts[plot]
    folder, scripts = plots_of(case, 'none', '1.0,0.001,200\n' * 50)
    assert not any("tics ('0' -" in scripts[plot] for plot in ('histogram', 'heatmap')), scripts['heatmap']


@test
def what_is_left_out_is_shaded_not_drawn(case):
    rows = ''.join(f'{i / 100 + 0.01:.6f},0.010000,{500 if i % 10 == 0 else 200}\n' for i in range(6000))
    # In intervals of 500 ms it ends with one, and within one.
    for warm_up, first, width, drawn in ((12, '12.000', '0.500000', '12'), (12.2, '12.000', '0.300000', '12.5')):
        folder, scripts = plots_of(case, f'w{warm_up}', rows, '--interval', '0.5', duration=60,
                                   config=f'[load]\nwarm-up = {warm_up}\n')
        equal(column(folder, 'throughput.csv', 0)[0], drawn)
        # What was done in the first, intended in the warm-up, is none of it.
        equal(set(column(folder, 'throughput.csv', 1)[1:]), {'100'})
        equal(column(folder, 'failures.csv', 0)[0], drawn)
        lines = list(csv.DictReader((folder / 'intervals.csv').open(newline='')))
        equal((lines[0]['start'], lines[0]['width']), (first, width))
        equal(sum(int(line['count']) for line in lines), json.loads((folder / 'summary.json').read_text())['total']['count'])
        equal(json.loads((folder / 'summary.json').read_text())['intervals'], len(lines))
        for name in ('throughput', 'latency', 'scatter', 'heatmap', 'failures'):
            assert f'to first {warm_up}, graph 1' in scripts[name] and 'left out' in scripts[name], name
    folder, scripts = plots_of(case, 'none', rows, duration=60)
    assert not any('left out' in script or 'rectangle' in script for script in scripts.values())
    # All of it, and all but a part of one interval.
    for warm_up in (60, 59.9):
        plots_of(case, f'w{warm_up}', rows, '--interval', '0.5', duration=60, config=f'[load]\nwarm-up = {warm_up}\n')


@test
def what_was_dropped_was_offered(case):
    text = ''.join(f'{i / 10:.1f},0.05,200\n' for i in range(1, 100))
    seconds = [{'second': i, 'offered': 30, 'done': 10, 'dropped': 20} for i in range(10)] + [{'second': 10, 'offered': 1}]
    folder, scripts = plots_of(case, 'drops', text, duration=10, timeline=seconds)
    assert "'offered.csv'" in scripts['throughput'] and {'asked', 'dropped'} <= set(legend(scripts['throughput'])), scripts['throughput']
    equal((set(column(folder, 'offered.csv', 1)), set(column(folder, 'offered.csv', 2))), ({'30'}, {'20'}))
    equal(column(folder, 'offered.csv', 0)[-1], '10')
    for second in seconds:
        second['dropped'] = 0
    folder, scripts = plots_of(case, 'none', text, duration=10, timeline=seconds)
    assert 'offered' not in scripts['throughput'] and not (folder / 'offered.csv').exists()
    # A schedule with a rate says what it asked for also where nothing was dropped.
    folder, scripts = plots_of(case, 'open', text, duration=10, seconds=10, timeline=seconds, counts={'offered': 300},
                               config='[load]\narrivals = uniform\n')
    assert 'asked' in legend(scripts['throughput']) and 'dropped' not in legend(scripts['throughput'])
    assert 'asked 30.0/s, answered 9.90/s, 0.00% dropped' in scripts['scatter'], scripts['scatter']


@test
def an_open_model_has_no_users(case):
    text = ''.join(f'{i / 10:.1f},0.05,200\n' for i in range(1, 100))
    seconds = [{'second': i, 'offered': 10, 'done': 10, 'users': 0} for i in range(10)]
    folder, scripts = plots_of(case, 'open', text, timeline=seconds)
    assert 'under way' in scripts['throughput'] and 'virtual users' not in scripts['throughput']
    for second in seconds:
        second['users'] = 3
    folder, scripts = plots_of(case, 'closed', text, timeline=seconds)
    assert 'virtual users' in scripts['throughput'] and (folder / 'users.csv').exists()


@test
def print_has_no_colours(case):
    """What is drawn as lines is told apart by their dashes, in the legend, too."""
    text = ''.join(f'{i / 10:.1f},{0.05 + i % 7 / 100:.2f},200,0.02,a,,1\n' for i in range(1, 100))
    folder, scripts = plots_of(case, 'run', text)
    for stem, dashes in (('percentiles', {'1', '2'}), ('latency', {'1'}), ('histogram', {'1'})):
        equal(set(re.findall(r'nohead linewidth 3 dashtype (\d)', scripts[stem])), dashes, stem)
    equal(set(re.findall(r'with lines linewidth [\d.]+ dashtype (\d)', scripts['percentiles'])), {'2'})


if __name__ == '__main__':
    main()
