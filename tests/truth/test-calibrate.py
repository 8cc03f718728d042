# SPDX-License-Identifier: MIT
"""`thrum calibrate`: what it writes, who cites it, and that it leaves nothing behind."""

import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))

from harness import THRUM, equal, main, test, wait_until  # noqa: E402

RUN_INI = '''[load]
duration = 100ms
users = 1
think-time = 20ms
[target it]
plugin = null
'''


def private(case):
    """An environment whose temporary and state folders are the test's own."""
    folder = case.directory / 'tmp'
    folder.mkdir(exist_ok=True)
    return folder, {'TMPDIR': str(folder), 'XDG_STATE_HOME': str(case.directory / 'state')}


def cite(case, env, name):
    path = case.write('cite.ini', RUN_INI)
    process = case.thrum('run', '--quiet', '--output', name, path, env=env)
    assert process.returncode in (0, 4), process
    return json.loads((case.directory / name / 'run.json').read_text())['calibration']


@test
def a_calibration_is_written_and_cited(case):
    temporary, env = private(case)
    equal(cite(case, env, 'before'), None, 'cited before there is one')
    process = case.thrum('calibrate', '-d', '4s', env=env)
    equal(process.returncode, 0, repr(process))
    file = case.directory / 'state' / 'thrum' / 'calibration.json'
    assert str(file) in process.stdout and 'wake-up lateness' in process.stdout, process
    equal(os.listdir(temporary), [], 'left behind')

    found = json.loads(file.read_text())
    for name in 'null_codec', 'null', 'http1':
        cost = found[name]
        assert cost['count'] > 0 and cost['cpu_ns_per_request'] > 0, cost
        assert cost['rate_per_core'] > 0 and cost['rate'] > 0, cost
    equal(found['floor']['count'], 1200)
    equal(found['codec_lag']['count'], 1200)
    equal(found['spin_lag']['count'], 400)
    equal(found['session_lag']['count'], 600)
    freeze = found['freeze']
    equal((freeze['period_ns'], freeze['freeze_ns'], freeze['rate']), (200000000, 25000000, 1000))
    equal(freeze['response']['count'], 800)
    equal(round(freeze['truth']['mean_ns']), 1562500)
    equal(round(freeze['truth']['p99_ns']), 23000000)
    # Noise makes replies late, never early: the truth is a lower bound, but for the step 1/R and
    # the histogram's 0.4 %.
    for name in 'mean_ns', 'p50_ns', 'p90_ns', 'p95_ns', 'p99_ns':
        truth = freeze['truth'][name]
        assert freeze['response'][name] >= truth * 0.996 - 1e6, (name, freeze)

    equal(cite(case, env, 'after'), {**found, 'file': str(file)})
    file.write_text(json.dumps({**found, 'host': 'elsewhere'}))
    equal(cite(case, env, 'elsewhere'), None, "another machine's")
    file.write_text('{"format":')
    equal(cite(case, env, 'damaged'), None, 'a damaged file')


@test
def an_interrupted_calibration_leaves_nothing(case):
    temporary, env = private(case)
    for number in signal.SIGINT, signal.SIGTERM:
        process = case.start([THRUM, 'calibrate', '-d', '60s', '--output', 'none.json'], env=env)
        process.wait_for('blocking plugin, no I/O', 'stderr')
        wait_until(process.children, what='a trial')
        children = process.children()
        process.signal(number)
        equal(process.wait(), 3, repr(process))
        assert 'interrupted' in process.stderr, process
        equal(os.listdir(temporary), [], 'left behind')
        equal([pid for pid in children if pathlib.Path(f'/proc/{pid}').exists()], [], 'children')
        assert not (case.directory / 'none.json').exists()


@test
def bad_usage_is_refused(case):
    for arguments in ['-d', '1s'], ['-d', '2h'], ['-d', 'soon'], ['extra'], ['--what']:
        process = case.thrum('calibrate', *arguments)
        equal(process.returncode, 2, repr(process))
        assert 'thrum calibrate' in process.stderr, process


@test
def a_file_that_cannot_be_written_is_said_first(case):
    _, env = private(case)
    case.write('file', 'x')
    (case.directory / 'folder').mkdir()
    for name in 'file/x.json', 'file/deep/x.json', 'folder':
        process = case.thrum('calibrate', '-d', '1h', '--json', '--output', name, env=env)
        equal((process.returncode, process.stdout), (5, ''), repr(process))
        assert f'cannot write {name}' in process.stderr, process


if __name__ == '__main__':
    main()
