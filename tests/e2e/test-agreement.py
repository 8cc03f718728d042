# SPDX-License-Identifier: MIT
"""A run and the analysis of its folder say the same: the rate to the last digit, what was asked and dropped,
between what the service's numbers lie, how each threshold came out, the exit code, and JUnit."""

import json
import re
import signal
import xml.dom.minidom

from harness import THRUM, equal, main, summary_of, test

THRESHOLDS = {'p50': '250ms', 'p99.5': '1ms', 'mean': '2s', 'max': '250ms', 'failures': '50%', 'rate': '1000/s'}

# Name: the target's options, the load's, and whether it is interrupted.
KINDS = {
    'replies in the drain': (['--delay', '300ms'], {'rate': '50/s'}, False),
    'a warm-up with its edge on an arrival': (['--delay', '5ms'], {'rate': '100/s', 'warm-up': '500ms'}, False),
    'a ramp-up longer than its warm-up': (['--delay', '5ms'], {'rate': '100/s', 'ramp-up': '700ms', 'warm-up': '300ms'}, False),
    'timeouts': (['--delay', '5ms', '--hang', '10%'], {'rate': '100/s', 'timeout': '200ms'}, False),
    'drops': (['--delay', '100ms'], {'rate': '100/s', 'max-in-flight': '4'}, False),
    'no success': (['--errors', '100%:503'], {'rate': '100/s'}, False),
    'closed, with errors': (['--delay', '5ms', '--errors', '20%'], {'users': '3', 'warm-up': '200ms'}, False),
    'rows of three columns': (['--delay', '5ms'], {'rate': '100/s'}, False),
    'interrupted': (['--delay', '5ms'], {'rate': '100/s', 'duration': '60s'}, True),
}


def run(case, name, number, target_options, load, interrupt):
    """The run's folder, its process, and run.json."""
    target = case.target(*target_options)
    lines = [f'{key} = {value}' for key, value in {'duration': '800ms', 'drain': '2s', 'processes': '1', **load}.items()]
    thresholds = ''.join(f'{key} = {value}\n' for key, value in THRESHOLDS.items())
    case.write(f'{number}.ini', '[load]\n' + '\n'.join(lines) + f'\n[target site]\nplugin = http1\nurl = {target.url}\n'
               f'{"[results]" + chr(10) + "columns = elapsed, response, status" if "three" in name else ""}\n'
               f'[request a]\nweight = 2\n[request b]\n[thresholds]\n{thresholds}[thresholds a]\np90 = 1us\nrate = 1/s\n')
    process = case.start([THRUM, 'run', f'{number}.ini', '--output', f'run-{number}'])
    if interrupt:
        process.wait_for(r'req|/s', stream='stderr')
        process.signal(signal.SIGINT)
    process.wait()
    folder = case.directory / f'run-{number}'
    assert (folder / 'run.json').exists(), (name, process)
    return folder, process, json.loads((folder / 'run.json').read_text())


def same(exact, histogram, what):
    """Within what a histogram tells apart; None is beyond what anyone waited for."""
    equal(exact is None, histogram is None, what)
    assert exact is None or abs(exact - histogram) <= 0.005 * histogram + 2e-6, (what, exact, histogram)


def check_thresholds(folder, document, name):
    """Judgement, value and bracket of each, in JUnit and in run.json."""
    junit = xml.dom.minidom.parse(str(folder / 'out.xml'))
    cases = {item.getAttribute('name'): item for item in junit.getElementsByTagName('testcase')}
    assert len(document['thresholds']) >= len(THRESHOLDS) + 2, document['thresholds']
    for threshold in document['thresholds']:
        sign = '>=' if threshold['key'] == 'rate' else '<='
        request = f'{threshold["request"]}: ' if 'request' in threshold else ''
        case = cases[f'{request}{threshold["key"]} {sign} {threshold["limit"]}']
        judgement = ('failed' if case.getElementsByTagName('failure') else
                     'undecided' if case.getElementsByTagName('error') else 'passed')
        what = (name, threshold)
        equal(judgement, threshold['judgement'], what)
        if 'measured' not in threshold and 'measured_ns' not in threshold or 'as the run judged' in case.toxml():
            continue
        detail = dict(re.findall(r'(\w+)=(\S+)', case.getElementsByTagName('system-out')[0].firstChild.data))
        scale, suffix = (1e9, '_ns') if detail['unit'] == 's' else (1, '')
        for ours, theirs in (('value', 'measured'), ('least', 'least'), ('most', 'most')):
            exact = None if detail[ours] == 'unknown' else float(detail[ours])
            said = threshold.get(theirs + suffix)
            same(exact, None if said is None else said / scale, (*what, ours))


@test
def a_run_and_its_analysis_agree(case):
    for number, (name, (target_options, load, interrupt)) in enumerate(KINDS.items()):
        folder, process, document = run(case, name, number, target_options, load, interrupt)
        analysis = case.analyze(folder, '--no-plots', '--junit', folder / 'out.xml')
        equal(analysis.returncode, process.returncode, (name, repr(process), repr(analysis)))
        summary = summary_of(case, f'run-{number}/report')
        # One rate, of all and of each request, in figures and in print.
        for said, ours in [(document['all'], summary['total'])] + [
                (request, summary['requests'][request['name']]) for request in document['requests'] if summary['requests']]:
            equal((ours['answered'], ours['count'], ours['throughput']),
                  (said['answered'], said['rows'], round(said['rate'], 3)), name)
            same(ours['brackets']['throughput'][1], said.get('rate_at_most'), name)
        printed = re.search(r'([\d.,]+/s)   answered while it ran', process.stdout).group(1)
        assert f': {printed}' in analysis.stdout, (name, process, analysis)
        page = (folder / 'report/report.html').read_text()
        assert f'<dd>{printed}</dd>' in page and f'<td data-label="measured">{printed}</td>' in page, (name, printed)
        if 'rate' in load and not interrupt:
            head = re.search(r'asked ([\d.]+/s), answered ([\d.]+/s)', process.stdout)
            assert head.group(0) in analysis.stdout, (name, process, analysis)
            assert f'<dt>asked</dt><dd>{head.group(1)}</dd>' in page, (name, head)
        check_thresholds(folder, document, name)


if __name__ == '__main__':
    main()
