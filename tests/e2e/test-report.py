# SPDX-License-Identifier: MIT
"""What thrum-analyze writes: pages in a browser and on paper, JSON against its documentation, JUnit XML."""

import html.parser
import json
import os
import random
import re
import shutil
import signal
import xml.dom.minidom

from harness import SOURCE_ROOT, THRUM, WARN, analyze, equal, main, skip, test, wait_until

COLUMNS = 'elapsed,response,status,service,request,failure,bytes'


def write_rows(case, name, n, requests=3, timeouts=True):
    """A run's folder of @n requests in @n / 100 s, some of which fail in every way."""
    chance = random.Random(n)
    lines = []
    for i in range(n):
        response = chance.lognormvariate(-4.5, 0.6)
        failure, status = chance.choice([('', 200)] * 40 + [('status', 503), ('connect-refused', 0)]
                                        + [('timeout', 0)] * timeouts)
        lines.append(f'{i / 100 + response:.6f},{response:.6f},{status},{response / 2:.6f},'
                     f'a-request-of-some-length-{i % requests},{failure},100\n')
    case.write(f'{name}/results.csv', ''.join(lines))
    case.write(f'{name}/run.json', json.dumps({
        'format': 1, 'state': 'complete', 'name': 'the-test', 'host': 'here', 'columns': COLUMNS.split(','),
        'config': '[load]\nduration = 10s\n', 'plugins': [{'name': 'http1', 'version': '1'}],
        'thresholds': [{'key': 'failures', 'limit': '99%'}],
        'verdict': {'level': 'DEGRADED', 'reasons': [{'signal': 'lag', 'text': 'lag p99 is 2 ms'}]}}))
    return name


# ---- In a browser ------------------------------------------------------------------------------

FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars',
         '--disable-background-networking', '--disable-component-update', '--disable-sync']

# What a page says of itself once it is laid out in a frame as wide as a phone.
PROBE = """<script>addEventListener('load', () => {
  const tables = [...document.querySelectorAll('table:not(.wide)')];
  const images = [...document.images];
  parent.postMessage(JSON.stringify({
    width: innerWidth, page: document.documentElement.scrollWidth, images: images.length,
    loaded: images.filter(i => i.naturalWidth === 1200).length,
    shown: Math.min(...images.map(i => i.width)),
    cut: [...document.querySelectorAll('table.cards td, table.cards th.name')].filter(
      e => e.getBoundingClientRect().right > innerWidth || e.scrollWidth > e.clientWidth + 1).length,
    lines: Math.max(0, ...[...document.querySelectorAll('table.cards th.name')].map(e => e.offsetHeight)),
    tables: tables.length, wide: tables.filter(t => t.scrollWidth > t.parentNode.clientWidth).length,
    small: Math.min(...[...document.querySelectorAll('p,td,th,li,dd')].map(e => parseFloat(getComputedStyle(e).fontSize)))
  }), '*');
});</script></body>"""

FRAME = """<body><iframe src="probe.html" width="390" height="800" style="border:0"></iframe><script>
addEventListener('message', event => document.documentElement.setAttribute('data-seen', event.data));</script></body>"""


def need_browser():
    if shutil.which('chromium') is None or shutil.which('gnuplot') is None:
        skip('chromium or gnuplot is not installed')


def open_as_phone(case, page):
    page.with_name('probe.html').write_text(page.read_text().replace('</body>', PROBE))
    page.with_name('frame.html').write_text(FRAME)
    result = case.run(['chromium', *FLAGS, f'--user-data-dir={case.directory}/browser', '--window-size=600,900',
                       '--virtual-time-budget=20000', '--dump-dom', f'file://{page.with_name("frame.html")}'])
    seen = re.search(r'data-seen="([^"]*)"', result.stdout)
    assert seen, result
    return json.loads(html.unescape(seen.group(1)))


def print_it(case, page):
    """Its pictures and its text, as printed."""
    paper = case.directory / 'paper.pdf'
    case.run(['chromium', *FLAGS, f'--user-data-dir={case.directory}/browser', f'--print-to-pdf={paper}',
              '--no-pdf-header-footer', f'file://{page}'])
    images = case.run(['pdfimages', '-list', paper]).stdout.splitlines()[2:]
    return images, case.run(['pdftotext', '-layout', paper, '-']).stdout


@test
def a_report_reads_well_on_a_phone(case):
    need_browser()
    write_rows(case, 'run', 1500, requests=30)
    analyze(case, 'run', '--apdex', '20ms')
    seen = open_as_phone(case, case.directory / 'run/report/report.html')
    equal((seen['width'], seen['page'], seen['images'], seen['loaded']), (390, 390, 7, 7), 'nothing beyond its edge')
    # Only pictures are a swipe wide, since their labels must be legible.
    assert seen['tables'] >= 4 and seen['wide'] == 0 and seen['cut'] == 0, seen
    assert seen['shown'] >= 600 and seen['small'] >= 12, seen


@test
def long_names_leave_their_numbers_in_sight(case):
    need_browser()
    case.write('long.csv', ''.join(
        f'{i / 100:.6f},{0.02 + i % 9 / 100:.6f},200,0.01,/api/v1/some/rather/long/resource/name/of-a-shop/{i % 11 + 1},,1\n'
        for i in range(1000)))
    analyze(case, 'long.csv')
    page = case.directory / 'long-report/report.html'
    seen = open_as_phone(case, page)
    equal((seen['page'], seen['cut']), (390, 0))
    assert seen['lines'] < 60, f'a name of two lines at most: {seen}'
    # Names end lines behind a slash, and stand in the order in which people count.
    assert '/api/<wbr>v1/<wbr>some/' in page.read_text()
    names = [row[0] for row in Tables(page.read_text()).rows if row and row[0].startswith('/api')]
    equal([name.rpartition('/')[2] for name in names], [str(i) for i in range(1, 12)])
    equal(list(json.loads((case.directory / 'long-report/summary.json').read_text())['requests']), names)


@test
def a_report_prints_without_cut_pictures(case):
    need_browser()
    if shutil.which('pdfimages') is None:
        skip('poppler-utils is not installed')
    write_rows(case, 'run', 300, requests=30)
    analyze(case, 'run')
    images, text = print_it(case, case.directory / 'run/report/report.html')
    # A picture that is cut is on two pages, or wider than the page; and its caption is beneath it.
    equal(len(images), 7, '\n'.join(images))
    page = (case.directory / 'run/report/report.html').read_text()
    captions = re.findall(r'<figcaption>([^<]{20})', page)
    for image, caption in zip(images, captions):
        number, resolution = int(image.split()[0]), int(image.split()[12])
        assert caption in text.split('\f')[number - 1], f'{caption} is not on page {number}'
        assert 1200 / resolution * 25.4 < 189, image  # of 216, less margins
    # Rows of a table are whole, and its head is on each of its pages.
    pages = [part for part in text.split('\f') if re.search(r'^ *(all|successes|a-request-\S*) ', part, re.M)]
    equal(text.count('p99.9'), 1 + len(pages))
    for words in ('too few', 'DEGRADED', 'lag p99 is 2 ms', 'a-request-of-some-length-29', 'duration = 10s'):
        assert words in text, f'{words}\n{text}'


@test
def a_comparison_reads_well_on_a_phone(case):
    need_browser()
    runs = [write_rows(case, f'run-{i}', 400 + i) for i in range(6)]
    analyze(case, '--compare', *runs[:3], '--', *runs[3:], '--output', 'out')
    seen = open_as_phone(case, case.directory / 'out/comparison.html')
    equal((seen['page'], seen['images'], seen['loaded'], seen['wide']), (390, 2, 2, 0))


# ---- What pages say ----------------------------------------------------------------------------

class Tables(html.parser.HTMLParser):
    """The cells of every row of every table."""

    def __init__(self, text):
        super().__init__()
        self.rows, self._cell = [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == 'tr':
            self.rows.append([])
        elif tag in ('td', 'th'):
            self.rows[-1].append('')
            self._cell = True

    def handle_endtag(self, tag):
        if tag in ('td', 'th'):
            self._cell = None

    def handle_data(self, text):
        if self._cell:
            self.rows[-1][-1] += text


def page_of(case, folder, name='report.html'):
    text = (case.directory / folder / name).read_text()
    equal(re.findall(r'(?:src|href)="(?!data:)[^"]*"', text), [], 'nothing from elsewhere')
    return text, {row[0]: row[1:] for row in reversed(Tables(text).rows) if row}


@test
def the_report_has_every_interval(case):
    case.write('few.csv', ''.join(f'{i / 10:.1f},0.{100 + i},200\n' for i in range(60)))
    analyze(case, 'few.csv', '--no-plots', '--apdex', '130ms')
    text, rows = page_of(case, 'few-report')
    # 60 requests: order statistics bound the median on both sides, p99 and p99.9 on neither or from below.
    bounds = json.loads((case.directory / 'few-report/summary.json').read_text())['intervals_95']
    for key in ('mean', 'p50', 'p90', 'p95', 'p99', 'p99.9'):
        measured, low, high = rows[key]
        equal((low == 'too few', high == 'too few'), (bounds[key][0] is None, bounds[key][1] is None), key)
    equal((rows['p50'][0], rows['p99'][2], rows['max'][0]), ('129 ms', 'too few', '159 ms'))
    assert rows['p50'][1].endswith(' ms') and rows['answered'][0] == '10.2/s', rows
    assert 'too few: there are too few requests' in text and 'Apdex' in text
    equal(Tables(text).rows[0], ['', 'measured', '95% from', 'to'])
    # What was thrum's own is known of its runs alone.
    write_rows(case, 'run', 200)
    analyze(case, 'run', '--no-plots')
    assert ['', 'measured', '95% from', 'to', 'thrum’s part, at most'] in Tables(page_of(case, 'run/report')[0]).rows


@test
def no_mean_is_below_the_least(case):
    case.write('tail.csv', '1,0.001,200\n' * 29 + '2,10,200\n')
    analyze(case, 'tail.csv', '--no-plots')
    summary = json.loads((case.directory / 'tail-report/summary.json').read_text())
    equal(summary['intervals_95']['mean'][0], 0.001)
    assert summary['intervals_95']['mean'][1] > summary['total']['response']['mean']
    text, rows = page_of(case, 'tail-report')
    equal(rows['mean'][1], '1.00 ms')


@test
def intervals_stay_within_what_can_be_known(case):
    """Two modes: the batches' spread about p90 must not reach below the least time; timeouts bound nothing."""
    lines = [f'{i / 100:.6f},{0.060 if i // 100 % 3 == 0 and i % 4 == 0 else 0.008:.6f},200\n' for i in range(3000)]
    case.write('modes.csv', ''.join(lines))
    analyze(case, 'modes.csv', '--no-plots')
    bounds = json.loads((case.directory / 'modes-report/summary.json').read_text())['intervals_95']
    for key in ('p50', 'p90', 'p95', 'p99'):
        assert bounds[key][0] >= 0.008, bounds
    write_rows(case, 'run', 2000)
    analyze(case, 'run', '--no-plots')
    text, rows = page_of(case, 'run/report')
    assert rows['p99'][0].startswith('≥') and rows['p99'][2] == 'unknown', rows['p99']
    assert 'unknown: nobody waited' in text


@test
def what_was_never_sent_could_have_been_slow(case):
    """Arrivals that were dropped, or lost with a worker, have no row: a percentile that they could change
    is a lower bound, and no threshold on it holds."""
    def response_of(times, counts):
        case.write('run/results.csv', ''.join(f'{i / 10 + time:.6f},{time:.6f},200\n'
                                              for i, time in enumerate(times)))
        case.write('run/run.json', json.dumps({
            'format': 1, 'state': 'complete', 'columns': ['elapsed', 'response', 'status'], 'counts': counts}))
        analyze(case, 'run', '--no-plots')
        return json.loads((case.directory / 'run/report/summary.json').read_text())

    flat, rising = [0.01] * 1000, [i / 1000 for i in range(1, 1001)]
    # 15 of 1015: behind rank 1000 there is nobody knows what; p95 is of rank 965.
    summary = response_of(flat, {'dropped': 10, 'lost': 5})
    equal(summary['total']['response']['at_least'], ['mean', 'p99', 'p99.9', 'max'])
    equal(summary['intervals_95']['p50'], [0.01, 0.01])
    equal(summary['intervals_95']['p99'][1], None)
    assert any('10 arrivals were dropped' in note for note in summary['notes']), summary['notes']
    assert any('5 requests were lost' in note for note in summary['notes']), summary['notes']
    # Where times differ, even the median moves, from 0.5 to 0.508: by less than the tolerance of a histogram.
    equal(response_of(rising, {'dropped': 5})['total']['response']['at_least'], ['mean', 'p99.9', 'max'])
    equal(response_of(rising, {'dropped': 300})['total']['response']['at_least'],
          ['mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'])
    assert 'at_least' not in response_of(rising, {'dropped': 0})['total']['response']
    text, rows = page_of(case, 'run/report')
    assert not rows['p99'][0].startswith('≥'), rows
    # They would have been of each request, by its share.
    case.write('run/results.csv', ''.join(f'{i / 10:.1f},0.01,200,{"rare" if i % 10 == 0 else "usual"}\n'
                                          for i in range(1, 1001)))
    case.write('run/run.json', json.dumps({
        'format': 1, 'state': 'complete', 'columns': ['elapsed', 'response', 'status', 'request'],
        'counts': {'dropped': 20}}))
    analyze(case, 'run', '--no-plots', '--threshold', 'rare:p90=1s', '--threshold', 'rare:p99=1s', code=1)
    requests = json.loads((case.directory / 'run/report/summary.json').read_text())['requests']
    equal({name: request['response']['at_least'] for name, request in requests.items()},
          {'rare': ['mean', 'p99', 'p99.9', 'max'], 'usual': ['mean', 'p99', 'p99.9', 'max']})


HEADER = 'elapsed,response,status,failure\n'


@test
def no_threshold_holds_on_a_lower_bound(case):
    # p50 is certain, p99 is at least the 100 ms after which 5 of 100 were given up.
    case.write('t.csv', ''.join(f'{i},{0.1 if i < 5 else 0.01},0,0.01,a,timeout,0\n' if i < 5 else
                                f'{i},0.01,200,0.01,a,,1\n' for i in range(100)))
    result = analyze(case, 't.csv', '--no-plots', '--threshold', 'p99=10s', '--threshold', 'p50=10ms', code=1)
    assert 'FAILED  p99 <= 10s (>= 100 ms)' in result.stdout and 'passed  p50 <= 10ms' in result.stdout, result
    # What it could be at most is known of a lower percentile; of a mean and a maximum it never is.
    case.write('worse.csv', HEADER + ''.join(f'{i / 100:.6f},{i / 1000:.6f},{0 if i > 950 else 200},'
                                             f'{"timeout" if i > 950 else ""}\n' for i in range(1, 1001)))
    dropped = {'format': 1, 'state': 'complete', 'columns': HEADER.strip().split(','), 'counts': {'dropped': 100}}
    case.write('some/run.json', json.dumps({**dropped, 'counts': {'dropped': 100, 'dropped_in_warm_up': 100}}))
    case.write('some/results.csv', '1,0.1,200,\n' * 100)
    assert 'passed  max <= 1s (100 ms)' in analyze(case, 'some', '--no-plots', '--threshold', 'max=1s').stdout
    case.write('some/run.json', json.dumps(dropped))
    case.write('some/results.csv', (case.directory / 'worse.csv').read_text().removeprefix(HEADER))
    result = analyze(case, 'some', '--no-plots', '--threshold', 'p50=600ms', '--threshold', 'p90=2s', '--threshold', 'mean=9s',
                     '--threshold', 'max=9s', code=1)
    for line in ('passed  p50 <= 600ms (500 ms (between 500 ms and 550 ms))', 'FAILED  p90 <= 2s (>= 900 ms)', 'FAILED  mean <= 9s (>= ',
                 'FAILED  max <= 9s (>= 1.00 s)'):
        assert line in result.stdout, (line, result)


@test
def warm_up_thresholds_and_config_are_in_the_report(case):
    write_rows(case, 'run', 500)
    analyze(case, 'run', '--no-plots', '--threshold', 'p50=1ms', '--threshold', 'failures=99%', code=1)
    text, rows = page_of(case, 'run/report')
    equal((rows['p50 <= 1ms'][0], rows['failures <= 99%'][0]), ('FAILED', 'passed'))
    assert 'duration = 10s' in text and 'DEGRADED' in text
    lines = [f'{i / 100:.6f},{0.2 if i < 600 else 0.01 + i % 7 / 1000:.6f},200\n' for i in range(6000)]
    case.write('warm.csv', ''.join(lines))
    analyze(case, 'warm.csv', '--no-plots')
    assert 'look like a warm-up' in page_of(case, 'warm-report')[0]


@test
def the_run_s_own_times_are_in_it(case):
    """Slot wait, the service's doing, and lag, thrum's, which no row tells."""
    write_rows(case, 'run', 500)
    document = json.loads((case.directory / 'run/run.json').read_text())
    analyze(case, 'run', '--no-plots')
    assert 'slot_wait' not in json.loads((case.directory / 'run/report/summary.json').read_text())['run']
    figures = {'mean_ns': 2e6, 'p50_ns': 1000000, 'p90_ns': 3e6, 'p95_ns': 4e6, 'p99_ns': 5e6, 'p99.9_ns': 6e6, 'max_ns': 7e6}
    case.write('run/run.json', json.dumps({**document, 'lag': {'count': 500, **figures}, 'slot_wait': {'count': 0},
                                           'client_delay': 'nonsense'}))
    result = analyze(case, 'run', '--no-plots')
    assert re.search(r'^lag +500 +2\.000 +1\.000 +3\.000 +4\.000 +5\.000 +6\.000 +7\.000$', result.stdout, re.M), result
    assert 'slot wait' not in result.stdout and 'client delay' not in result.stdout, result
    run = json.loads((case.directory / 'run/report/summary.json').read_text())['run']
    equal(run['lag'], {'count': 500, 'mean': 0.002, 'p50': 0.001, 'p90': 0.003, 'p95': 0.004, 'p99': 0.005, 'p99.9': 0.006, 'max': 0.007})
    assert 'slot_wait' not in run and 'client_delay' not in run
    text, rows = page_of(case, 'run/report')
    equal(rows['lag'], ['500', '', '2.00 ms', '1.00 ms', '3.00 ms', '4.00 ms', '5.00 ms', '6.00 ms', '7.00 ms'])
    assert 'waits for a slot' in text


@test
def rows_that_are_missing_are_told(case):
    write_rows(case, 'run', 300)
    document = json.loads((case.directory / 'run/run.json').read_text())
    for rows, warm_up, unwritten, told in ((250, 50, 0, False), (260, 50, 10, False), (600, 0, 0, True), (300, 1, 0, True)):
        case.write('run/run.json', json.dumps({**document, 'all': {'rows': rows, 'warm_up': warm_up},
                                               'counts': {'unwritten': unwritten}}))
        result = analyze(case, 'run', '--no-plots', code=3 if told else 0)
        equal(f'Only 300 of the {rows + warm_up} rows' in result.stdout, told, (rows, warm_up))
        equal('are here' in page_of(case, 'run/report')[0], told)
    # What they would have said is the service's own word, which nobody has.
    rows = len((case.directory / 'run/results.csv').read_text().splitlines())
    case.write('run/run.json', json.dumps({**document, 'state': 'incomplete', 'seconds': 10, 'duration': 10,
                                           'all': {'rows': 2 * rows}, 'counts': {'unwritten': rows}}))
    result = analyze(case, 'run', '--no-plots', '--threshold', f'rate={1.5 * rows / 10}/s', '--threshold', 'p90=1h',
                     '--threshold', 'failures=40%', '--threshold', f'rate={2.1 * rows / 10}/s', '--junit', 'out.xml', code=3)
    assert f'{rows} rows could not be written' in result.stdout, result
    equal([line.split()[0] for line in result.stdout.splitlines() if ' <= ' in line or ' >= ' in line],
          ['UNDECIDED', 'UNDECIDED', 'UNDECIDED', 'FAILED'])


@test
def lost_requests_are_failures_of_all(case):
    case.write('run/results.csv', '1.0,0.1,200\n' * 98)
    case.write('run/run.json', json.dumps({'format': 1, 'state': 'incomplete', 'columns': ['elapsed', 'response', 'status'],
                                           'counts': {'lost': 2}}))
    result = analyze(case, 'run', '--no-plots', '--threshold', 'failures=1%', code=3)
    # That they failed is not the service's doing: nobody knows what they would have come to.
    assert 'UNDECIDED  failures <= 1% (2.00% (between 0.00% and 2.00%)' in result.stdout, result


@test
def a_run_that_was_killed_is_said_to_be(case):
    target = case.target('--delay', '2ms')
    run = case.start([THRUM, 'run', target.url, '-d', '60s', '-u', '2', '--output', 'run', '--quiet', *WARN])
    rows = case.directory / 'run/results.csv'
    wait_until(lambda: run.returncode is not None or (rows.exists() and rows.stat().st_size > 1000), what='rows')
    assert run.returncode is None, run
    result = analyze(case, 'run', '--no-plots', code=3)
    assert 'still going on' in result.stdout, result
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    result = analyze(case, 'run', '--no-plots', code=3)
    assert 'did not end properly' in result.stdout, result
    assert 'did not end properly' in page_of(case, 'run/report')[0]
    notes = json.loads((case.directory / 'run/report/summary.json').read_text())['notes']
    assert len(notes) == 1 and 'did not end properly' in notes[0], notes
    # On which machine it ran is all that can be known of another's.
    text = json.loads((case.directory / 'run/run.json').read_text())
    case.write('run/run.json', json.dumps({**text, 'host': 'another'}))
    assert 'or was killed, on another' in analyze(case, 'run', '--no-plots', code=3).stdout


@test
def comparisons_as_pages(case):
    runs = [write_rows(case, f'run-{i}', 400 + i) for i in range(4)]
    analyze(case, '--compare', *runs[:2], '--', *runs[2:], '--output', 'two', '--no-plots')
    text, rows = page_of(case, 'two', 'comparison.html')
    measures = json.loads((case.directory / 'two/comparison.json').read_text())['measures']
    for name, measure in measures.items():
        assert f'{name}<br><strong>{measure["verdict"]}' in text, name
    assert {'run-0', 'run-3'} <= set(rows) and 'Weaker' in text and 'fewer than five' in text
    result = analyze(case, '--compare', runs[0], '--', runs[1], '--output', 'one', '--no-plots')
    assert 'blocks of time stand in for runs' in page_of(case, 'one', 'comparison.html')[0]
    # Two runs apart by a factor say next to nothing, and no number of 20 digits.
    for i, response in enumerate((0.01, 0.03, 0.01, 0.01)):
        case.write(f'apart-{i}.csv', f'1,{response},200\n' * 100 + f'2,{response},200\n' * 100)
    result = analyze(case, '--compare', 'apart-0.csv', 'apart-1.csv', '--', 'apart-2.csv', 'apart-3.csv',
                     '--output', 'apart', '--no-plots')
    assert '-100.00% .. >+9900%' in result.stdout, result
    assert '-100.00% to &gt;+9900%' in page_of(case, 'apart', 'comparison.html')[0]
    # A run that did not measure well is named.
    text = json.loads((case.directory / 'run-1/run.json').read_text())
    case.write('run-1/run.json', json.dumps({**text, 'verdict': {'level': 'INVALID', 'reasons': []}}))
    result = analyze(case, '--compare', runs[0], '--', runs[1], '--output', 'one', '--no-plots')
    assert 'run-1: its verdict is INVALID' in result.stdout, result
    assert 'run-1: its verdict is INVALID' in page_of(case, 'one', 'comparison.html')[0]


@test
def plots_as_svg(case):
    if shutil.which('gnuplot') is None:
        skip('gnuplot is not installed')
    write_rows(case, 'run', 500)
    analyze(case, 'run', '--plots', 'svg')
    folder = case.directory / 'run/report'
    images = sorted(folder.glob('*.svg'))
    equal(len(images), 7)
    for image in images:
        equal(xml.dom.minidom.parse(str(image)).documentElement.tagName, 'svg')
    equal((folder / 'report.html').read_text().count('src="data:image/svg+xml;base64,'), 7)
    for options in (['--plots', 'jpeg'], ['--plots', 'svg', '--no-plots'], ['--no-plots', '--plots', 'png']):
        assert '--plots' in analyze(case, 'run', *options, code=2).stderr
    analyze(case, 'run', '--plots', 'none', '--no-plots')


@test
def an_older_reports_plots_do_not_stay(case):
    if shutil.which('gnuplot') is None:
        skip('gnuplot is not installed')
    case.write('run/results.csv', ''.join(f'{i / 10:.1f},0.1,200\n' for i in range(1, 30)))
    case.write('run/run.json', json.dumps({
        'format': 1, 'columns': ['elapsed', 'response', 'status'], 'state': 'complete', 'duration': 3,
        'timeline': [{'second': i, 'offered': 10, 'done': 10, 'users': 2} for i in range(3)]}))
    folder = case.directory / 'out'
    endings = lambda: {path.name.partition('.')[2] for path in folder.iterdir()}
    analyze(case, 'run', '--output', 'out')
    equal(endings(), {'csv', 'gp', 'html', 'json', 'png'})
    assert (folder / 'users.csv').exists()
    for name in ('mine.png', 'mine.gp', 'scatter.txt', 'results.csv'):
        (folder / name).write_text('mine')
    analyze(case, 'run', '--output', 'out', '--plots', 'svg')
    equal(sorted(path.name for path in folder.glob('*.png')), ['mine.png'])
    equal(len(list(folder.glob('*.svg'))), 7)
    analyze(case, 'run', '--output', 'out', '--no-plots')
    equal(sorted(path.name for path in folder.iterdir()),
          ['intervals.csv', 'mine.gp', 'mine.png', 'report.html', 'results.csv', 'scatter.txt', 'summary.json'])
    # A file of a plot's name that no script of ours stands beside is another's; so is what was measured.
    (folder / 'latency.csv').write_text('mine')
    (folder / 'failures.gp').write_text('plot x')
    analyze(case, 'run', '--output', 'out', '--no-plots')
    equal(((folder / 'latency.csv').read_text(), (folder / 'failures.gp').read_text()), ('mine', 'plot x'))
    analyze(case, 'run', '--output', 'out')
    (folder / 'histogram.csv').write_text('1.0,0.1,200\n')
    analyze(case, folder / 'histogram.csv', '--output', 'out', '--no-plots')
    equal((folder / 'histogram.csv').read_text(), '1.0,0.1,200\n')
    # Comparisons, as well.
    analyze(case, '--compare', 'run', '--', 'run', '--output', 'both')
    assert (case.directory / 'both/shift.png').exists()
    analyze(case, '--compare', 'run', '--', 'run', '--output', 'both', '--no-plots')
    equal([path.name for path in (case.directory / 'both').glob('*.png')], [])


# ---- JSON against its documentation ------------------------------------------------------------

def read_schema():
    """{kind: {member: (type, always)}} of doc/report-format.md's tables, by their headings."""
    schema, kind = {}, None
    for line in (SOURCE_ROOT / 'doc/report-format.md').read_text().splitlines():
        heading = re.match(r'##+ (.+)', line)
        row = re.match(r'\| `([^`]+)` \|([^|]+)\|[^|]*\|([^|]+)\|[^|]*\|$', line)
        if heading:
            kind = heading.group(1)
        elif row:
            schema.setdefault(kind, {})[row.group(1)] = (row.group(2).strip(), row.group(3).strip() == 'always')
    return schema


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


SIMPLE = {
    'integer': lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    'number': is_number,
    'string': lambda value: isinstance(value, str),
    'string or null': lambda value: value is None or isinstance(value, str),
    'boolean': lambda value: isinstance(value, bool),
    '[side]': lambda value: value != [] and set(value) <= {'base', 'new'},
    'pair': lambda value: len(value) == 2 and all(item is None or is_number(item) for item in value),
}


def validate(schema, kind, value, seen, place):
    if kind in SIMPLE:
        assert SIMPLE[kind](value), f'{place}: {value!r} is no {kind}'
    elif kind.startswith('['):
        for item in value:
            validate(schema, kind[1:-1], item, seen, place)
    elif kind.startswith('{NAME: '):
        for name, item in value.items():
            validate(schema, kind[7:-1], item, seen, f'{place}.{name}')
    else:
        members = schema[kind]
        equal(sorted(set(value) - set(members)), [], f'{place}: members that no document has')
        equal(sorted(name for name in members if members[name][1] and name not in value), [], f'{place}: missing')
        for name, item in value.items():
            seen.add((kind, name))
            validate(schema, members[name][0], item, seen, f'{place}.{name}')


@test
def json_is_as_documented(case):
    schema = read_schema()
    assert {'summary.json', 'rows', 'times', 'bounds', 'comparison.json', 'measure'} <= set(schema), schema.keys()
    seen = set()
    write_rows(case, 'run', 2000)
    case.write('none.csv', '')
    case.write('one.csv', '1,0.1,200\n')
    case.write('damaged.csv', '1,0.1,200\nx\n2,0.1,200\n3,0.')
    case.write('warm.csv', ''.join(f'{i / 100:.6f},{0.2 if i < 600 else 0.01 + i % 7 / 1000:.6f},200\n'
                                   for i in range(6000)))
    case.write('journey.jtl', 'timeStamp,elapsed,label,success,responseMessage\n1700000000001,5,a,true,OK\n'
               '1700000000001,5,b,true,Number of samples in transaction : 1\n')
    write_rows(case, 'open', 300)
    document = json.loads((case.directory / 'open/run.json').read_text())
    case.write('open/run.json', json.dumps({**document, 'seconds': 3, 'counts': {'offered': 400, 'dropped': 100},
                                            'config': '[load]\narrivals = uniform\n'}))
    for name in ('run', 'open', 'none.csv', 'one.csv', 'damaged.csv', 'warm.csv', 'journey.jtl',
                 SOURCE_ROOT / 'tests/e2e/samples/multi-mechanize.csv'):
        analyze(case, name, '--no-plots', '--apdex', '50ms', '--output', 'out', code=2 if name == 'none.csv' else 0)
        validate(schema, 'summary.json', json.loads((case.directory / 'out/summary.json').read_text()), seen,
                 str(name))
    case.write('late.csv', ''.join(f'{i / 100:.2f},1,{0 if i % 9 else 200},1,a,{"timeout" if i % 9 else ""},0\n'
                                   for i in range(2000)))
    for sides in ((['run', 'run'], ['run', 'run']), (['run'], ['run']), (['one.csv'], ['one.csv']),
                  (['late.csv'], ['late.csv'])):
        analyze(case, '--compare', *sides[0], '--', *sides[1], '--no-plots', '--output', 'out')
        validate(schema, 'comparison.json', json.loads((case.directory / 'out/comparison.json').read_text()), seen,
                 repr(sides))
    equal(sorted((kind, name) for kind in schema for name in schema[kind] if (kind, name) not in seen), [],
          'documented but never written')


# ---- JUnit XML ---------------------------------------------------------------------------------

@test
def junit_as_ci_systems_read_it(case):
    """The attributes that Jenkins, GitLab and Ant's schema ask for, and counts that add up."""
    write_rows(case, 'run-20260101T000000Z', 500)
    limits = ['p50=1ms', 'failures=99%', 'a-request-of-some-length-1:p50=1h', 'max=1us']
    arguments = [word for limit in limits for word in ('--threshold', limit)]
    analyze(case, 'run-20260101T000000Z', '--no-plots', *arguments, '--junit', 'out.xml', code=1)
    root = xml.dom.minidom.parse(str(case.directory / 'out.xml')).documentElement
    suites = root.getElementsByTagName('testsuite')
    equal((root.tagName, len(suites)), ('testsuites', 1))
    for element in (root, suites[0]):
        equal([element.getAttribute(name) for name in ('tests', 'failures', 'errors', 'skipped')], ['5', '2', '0', '0'])
        assert float(element.getAttribute('time')) > 0, element
    suite = suites[0]
    # The test's name, not the folder's, which is another one for each run.
    equal(suite.getAttribute('name'), 'the-test')
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d', suite.getAttribute('timestamp'))
    assert suite.getAttribute('hostname')
    cases = suite.getElementsByTagName('testcase')
    equal([(item.getAttribute('classname'), item.getAttribute('name')) for item in cases],
          [('the-test', 'p50 <= 1ms'), ('the-test', 'failures <= 99%'),
           ('the-test', 'a-request-of-some-length-1: p50 <= 1h'), ('the-test', 'max <= 1us'), ('the-test', 'the run is complete')])
    equal([len(item.getElementsByTagName('failure')) for item in cases], [1, 0, 0, 1, 0])
    failure = cases[0].getElementsByTagName('failure')[0]
    equal(failure.getAttribute('type'), 'threshold')
    assert re.match(r'[\d.]+ ms \(between [\d.]+ ms and [\d.]+ ms\)$', failure.getAttribute('message')), failure.toxml()
    # What passed says what was measured, too: in words, and for programs.
    passed = [item.getElementsByTagName('system-out')[0].firstChild.data for item in cases[1:3]]
    assert re.fullmatch(r'[\d.]+%; value=[\d.]+ least=[\d.]+ most=[\d.]+ unit=share', passed[0]), passed
    assert re.fullmatch(r'[\d.]+ ms.*; value=[\d.]+ least=[\d.]+ most=[\d.]+ unit=s', passed[1]), passed
    assert all(float(item.getAttribute('time')) > 0 for item in cases), suite.toxml()
    equal(failure.firstChild.data, f'p50 <= 1ms: {failure.getAttribute("message")}')


if __name__ == '__main__':
    main()
