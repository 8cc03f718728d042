# SPDX-License-Identifier: MIT
"""`thrum run` end to end: what it writes is what happened, also when something breaks."""

import csv
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import time

from harness import THRUM, WARN, Case, equal, main, skip, test, wait_until

NULL_INI = '''[load]
duration = {duration}
users = {users}
processes = {processes}
interval = {interval}
timeout = {timeout}

[target it]
plugin = {plugin}
{extra}
'''


def ini(case, plugin='null', duration='1s', users=4, processes=2, interval='50ms', timeout='5s',
        extra=''):
    return case.write('test.ini', NULL_INI.format(plugin=plugin, duration=duration, users=users,
                                                  processes=processes, interval=interval,
                                                  timeout=timeout, extra=extra))


def run_folder(case):
    return case.directory / 'out'


def rows(case):
    with open(run_folder(case) / 'results.csv', newline='') as file:
        return list(csv.reader(file))


def run_json(case):
    return json.loads((run_folder(case) / 'run.json').read_text())


def start(case, *arguments, **keywords):
    return case.start([THRUM, 'run', '--output', run_folder(case), *WARN, *arguments], **keywords)


def run(case, *arguments, code=0, **keywords):
    process = case.thrum('run', '--output', run_folder(case), *arguments, **keywords)
    equal(process.returncode, code, repr(process))
    return process


def is_whole(text):
    return text.endswith('\n') and all(line.count(',') == 7 for line in text.splitlines())


def check_conserved(case, lost=0):
    """Each request that was sent has one row, and the kinds add up."""
    document, n = run_json(case), len(rows(case))
    counts, everything = document['counts'], document['all']
    ended = (everything['ok'] + everything['failed'] + everything['timed_out']
             + everything['unfinished'])
    equal(ended, n, 'rows')
    equal(counts['sent'], n + lost, 'sent')
    equal(counts['offered'], ended + lost + counts['dropped'], 'offered')
    equal(counts['lost'], lost, 'lost')
    equal(counts['conserved'], True)
    assert is_whole((run_folder(case) / 'results.csv').read_text())
    return n


def gone(pid):
    try:
        return pathlib.Path(f'/proc/{pid}/stat').read_text().split(')')[1].split()[0] in 'ZX'
    except OSError:
        return True


def workers(process, n):
    return wait_until(lambda: len(process.children()) == n and process.children(),
                      what='the workers')


def wait_for_rows(case, n=1):
    path = run_folder(case) / 'results.csv'
    wait_until(lambda: path.exists() and path.read_text().count('\n') >= n, what='rows')


def agree_with_the_target(case, processes):
    target = case.target('--errors', '5%:503')
    case.write('test.ini', f'''[load]
duration = 1500ms
users = {max(processes, 4)}
processes = {processes}
ramp-up = 500ms

[target site]
plugin = http
url = {target.url}
''')
    run(case, case.directory / 'test.ini', '--quiet')
    n = check_conserved(case)
    served = json.loads(target.get('/stats'))
    assert n > 100, n
    equal(n, served['requests'], 'rows and what the target served')
    statuses = {}
    for row in rows(case):
        statuses[row[2]] = statuses.get(row[2], 0) + 1
    equal(statuses, {k: v for k, v in served['by_status'].items() if v}, 'statuses')

    # The 2010 script's reader: the first three columns are all it needs.
    total, count = 0, 0
    for line in open(run_folder(case) / 'results.csv'):
        elapsed, response, status = line.split(',')[:3]
        total, count = total + float(response), count + 1
    assert 0 < total / count < 5
    return n


@test
def rows_are_what_the_target_served_by_1_process(case):
    agree_with_the_target(case, 1)


@test
def rows_are_what_the_target_served_by_2_processes(case):
    agree_with_the_target(case, 2)


@test
def rows_are_what_the_target_served_by_8_processes(case):
    agree_with_the_target(case, 8)


@test
def pacing_and_users(case):
    run(case, ini(case, duration='1s', users=4, interval='100ms'), '--quiet')
    # 4 users, one request every 100 ms for 1 s, the first at 0: 40, unless this machine stalled.
    n = check_conserved(case)
    assert 4 <= n <= 40, n
    equal({row[4] for row in rows(case)}, {'it'})
    elapsed = [float(row[0]) for row in rows(case)]
    for before, after in zip(elapsed, elapsed[1:]):
        assert after > before - 1, 'rows are in order within a second'


@test
def the_folder_is_complete_and_runnable_again(case):
    run(case, ini(case, duration='200ms'), '--quiet')
    folder, document = run_folder(case), run_json(case)
    equal(document['format'], 1)
    equal(document['state'], 'complete')
    equal(document['columns'], ['elapsed', 'response', 'status', 'service', 'request', 'failure',
                                'bytes', 'lag'])
    equal(document['plugins'][0]['name'], 'null')
    equal(len(document['plugins'][0]['sha256']), 64)
    equal(document['config'], (folder / 'config.ini').read_text())
    again = case.thrum('run', folder / 'config.ini', '--output', case.directory / 'again',
                       '--quiet')
    equal(again.returncode, 0, repr(again))


@test
def three_columns_are_the_2010_format(case):
    run(case, ini(case, duration='200ms'), '--quiet', '--set',
        'results.columns=elapsed, response, status')
    for row in rows(case):
        equal(len(row), 3)
        float(row[0]), float(row[1]), int(row[2])


@test
def nothing_measured_is_overwritten(case):
    run(case, ini(case, duration='200ms'), '--quiet')
    before = (run_folder(case) / 'results.csv').read_bytes()
    again = run(case, ini(case, duration='200ms'), '--quiet', code=2)
    assert 'holds a run already' in again.stderr, again
    equal((run_folder(case) / 'results.csv').read_bytes(), before)

    # Named folders never collide, however quickly they follow.
    for _ in range(3):
        equal(case.thrum('run', case.directory / 'test.ini', '-q', '-d', '100ms').returncode, 0)
    made = [path.name for path in (case.directory / 'results').iterdir() if not path.is_symlink()]
    equal(len(made), 3, made)
    assert (case.directory / 'results' / 'latest' / 'run.json').exists()


@test
def summary_and_json_say_the_same(case):
    text = run(case, ini(case, duration='300ms', extra='fail-every = 3'))
    document = run_json(case)
    assert 'p99.9' in text.stdout and 'other' in text.stdout, text
    assert f'{document["all"]["rows"]}' in text.stdout, text
    printed = case.thrum('run', case.directory / 'test.ini', '--json', '-q')
    equal(printed.returncode, 0, repr(printed))
    equal(printed.stderr, '')
    equal(set(json.loads(printed.stdout)), set(document))
    # Of what succeeded there is a row of its own where that is not all of the others'.
    assert re.search(f'^    successes +{document["all"]["ok"]} ', text.stdout, re.M), text
    good = case.thrum('run', case.write('good.ini', NULL_INI.format(
        plugin='null', duration='300ms', users=4, processes=2, interval='50ms', timeout='5s', extra='')), '-q')
    assert 'successes' not in good.stdout and '  response' in good.stdout, good


@test
def a_summary_that_cannot_be_written_is_no_success(case):
    path = ini(case, duration='300ms')
    with open('/dev/full', 'w') as full:
        process = subprocess.run([THRUM, 'run', path, '-q', '--output', run_folder(case)], stdout=full,
                                 stderr=subprocess.PIPE, text=True)
    equal(process.returncode, 3, repr(process))
    assert 'cannot write the summary: No space left' in process.stderr, process
    equal(run_json(case)['state'], 'complete')


@test
def progress_is_lines_off_a_terminal_and_silent_when_quiet(case):
    loud = run(case, ini(case, duration='6s', users=1, processes=1))
    assert 'users 1' in loud.stderr and '\r' not in loud.stderr, loud


@test
def thresholds_fail_with_1(case):
    path = ini(case, duration='300ms', extra='delay = 5ms\n[thresholds]\np50 = 1ms\nfailures = 1%')
    process = run(case, path, '-q', code=1)
    assert 'FAILED' in process.stdout and 'passed' in process.stdout, process
    equal([t['judgement'] for t in run_json(case)['thresholds']], ['failed', 'passed'])


@test
def a_report_says_no_number_twice(case):
    path = ini(case, duration='300ms', extra='delay = 5ms\n[thresholds]\np50 = 1ms')
    process = run(case, path, '-q', '--report', code=1)
    equal(process.stderr, '', 'a threshold that failed is no failure of the report')
    equal(len(re.findall(r'p99\.9 +max\b', process.stdout)), 1, process.stdout)
    equal(process.stdout.splitlines()[-1].strip(), f'{run_folder(case)}/report/report.html')
    assert (run_folder(case) / 'report' / 'report.html').exists()


@test
def a_folder_may_look_like_an_option(case):
    process = case.thrum('run', ini(case, duration='200ms'), '-q', '--output=-x', '--report')
    equal(process.returncode, 0, repr(process))
    assert (case.directory / '-x' / 'report' / 'report.html').exists(), process


@test
def timeouts_are_rows_of_status_0(case):
    run(case, ini(case, duration='300ms', users=2, interval='0', timeout='50ms',
                  extra='delay = 10s'), '-q', code=1)
    assert check_conserved(case) >= 2
    for row in rows(case):
        equal((row[2], row[5]), ('0', 'timeout'))
        assert float(row[1]) >= 0.05, row


@test
def a_dead_target_is_rows_and_not_a_crash(case):
    case.write('test.ini', '''[load]
duration = 300ms
users = 2
interval = 50ms
[target site]
plugin = http
url = http://127.0.0.1:1/
''')
    process = run(case, case.directory / 'test.ini', '-q', code=1)
    assert 'FAILED: not one request succeeded\n' in process.stdout, process
    assert check_conserved(case) >= 2
    equal({(row[2], row[5]) for row in rows(case)}, {('0', 'connect-refused')})


@test
def a_service_that_is_down_fails_the_run_unless_failures_may_be_all(case):
    path = ini(case, duration='200ms', extra='fail-every = 1\nfail-as = connect-refused')
    process = run(case, path, '-q', '--json', code=1)
    assert 'not one request succeeded' in process.stderr, process
    path = ini(case, duration='200ms', extra='fail-every = 1\nfail-as = connect-refused\n'
                                             '[thresholds]\nfailures = 100%')
    process = case.thrum('run', path, '-q', '--output', case.directory / 'allowed')
    equal(process.returncode, 0, repr(process))
    path = ini(case, duration='200ms', extra='fail-every = 2\nfail-as = connect-refused')
    process = case.thrum('run', path, '-q', '--output', case.directory / 'half')
    equal(process.returncode, 0, repr(process))


@test
def ctrl_c_drains_and_exits_3(case):
    process = start(case, ini(case, duration='60s', extra='delay = 30s', timeout='60s', users=4,
                              interval='0'))
    workers(process, 2)
    # No row yet to wait for: the progress says when all have begun.
    process.wait_for(r'users +4\b', stream='stderr')
    process.signal(signal.SIGINT)
    equal(process.wait(), 3, repr(process))
    n = check_conserved(case)
    equal(n, 4)
    document = run_json(case)
    equal(document['state'], 'interrupted')
    equal({row[5] for row in rows(case)} | {'unfinished'}, {'unfinished'})
    equal(document['all']['unfinished'], n)


@test
def sigterm_keeps_what_was_done(case):
    process = start(case, ini(case, duration='60s', interval='10ms'))
    wait_for_rows(case, 20)
    process.signal(signal.SIGTERM)
    equal(process.wait(), 3, repr(process))
    assert check_conserved(case) >= 20


@test
def a_second_ctrl_c_leaves_at_once(case):
    process = start(case, ini(case, plugin='misbehave', duration='60s', users=2, interval='0',
                              extra='action = hang\nafter = 20'))
    children = workers(process, 2)
    wait_for_rows(case, 40)
    process.signal(signal.SIGINT)
    process.wait_for('once more leaves at once', stream='stderr')
    time.sleep(0.5)
    process.signal(signal.SIGINT)
    equal(process.wait(), 3, repr(process))
    wait_until(lambda: all(gone(pid) for pid in children))
    equal(len(rows(case)), 40)


@test
def a_signal_sent_to_the_group_too_is_one(case):
    """timeout signals its child, then its own group, which holds the child."""
    path = ini(case, duration='60s', extra='delay = 200ms', users=4, interval='0')
    process = case.start(['timeout', '-s', 'INT', '3', THRUM, 'run', '--output', run_folder(case),
                          *WARN, path])
    equal(process.wait(), 124, repr(process))
    check_conserved(case)
    equal(run_json(case)['counts']['lost'], 0)


@test
def ctrl_z_and_fg(case):
    process = start(case, ini(case, duration='3s', interval='20ms'))
    children = workers(process, 2)
    wait_for_rows(case, 10)
    process.signal(signal.SIGTSTP)

    def state(pid):
        return pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[0]

    wait_until(lambda: all(state(pid) == 'T' for pid in [process.pid, *children]),
               what='all stopped')
    time.sleep(0.3)
    process.signal(signal.SIGCONT)
    equal(process.wait(), 0, repr(process))
    assert check_conserved(case) >= 10


@test
def kill_9_of_a_worker_keeps_its_rows(case):
    process = start(case, ini(case, duration='2s', interval='10ms', users=4,
                              extra='delay = 2ms', timeout='60s'))
    children = workers(process, 2)
    wait_for_rows(case, 50)
    os.kill(children[0], signal.SIGKILL)
    equal(process.wait(), 3, repr(process))
    document = run_json(case)
    check_conserved(case, lost=document['counts']['lost'])
    assert document['counts']['lost'] <= 2
    equal(document['state'], 'incomplete')
    assert 'SIGKILL' in process.stdout and 'null' in process.stdout, process
    # The other worker went on to the end.
    assert float(rows(case)[-1][0]) > 1, rows(case)[-1]


@test
def a_plugin_s_segv_costs_its_users_alone(case):
    process = start(case, ini(case, plugin='misbehave', duration='2s', interval='10ms', users=4,
                              extra='action = segv\nafter = 10\nonly-worker = 1'),
                    env={'ASAN_OPTIONS': 'handle_segv=0:allow_user_segv_handler=1'})
    equal(process.wait(), 3, repr(process))
    document = run_json(case)
    lost = document['counts']['lost']
    assert 1 <= lost <= 2, lost
    n = check_conserved(case, lost=lost)
    # The crashed worker's two users had done ten requests or so each; all are there.
    assert n >= 20 + 2 * 50, n
    assert 'worker 1' in process.stdout and 'SIGSEGV' in process.stdout, process
    assert 'misbehave' in process.stdout, process


@test
def a_plugin_that_fails_says_why(case):
    process = run(case, ini(case, plugin='misbehave', duration='2s', interval='10ms',
                            extra='action = fail\nafter = 3\nonly-worker = 0'), '-q', code=3)
    assert 'told to misbehave' in process.stdout, process
    process = case.thrum('run', ini(case, plugin='misbehave', duration='1s', interval='10ms',
                                    extra='action = mute'), '-q')
    equal(process.returncode, 3, repr(process))
    assert 'did not say why' in process.stdout, process


@test
def a_plugin_that_fails_to_open_cannot_start(case):
    for action in ('fail', 'exit', 'kill'):
        process = case.thrum('run', ini(case, plugin='misbehave', extra=f'at-open = {action}'),
                             '-q')
        equal(process.returncode, 5, repr(process))
        assert process.stderr.startswith('thrum run: '), process


@test
def a_stuck_plugin_cannot_hang_the_end(case):
    process = run(case, ini(case, plugin='misbehave', duration='500ms', users=2, interval='0',
                            timeout='200ms', extra='action = hang\nafter = 5\nonly-user = 1'),
                  '-q', code=3)
    document = run_json(case)
    check_conserved(case, lost=document['counts']['lost'])
    assert 'did not end in time' in process.stdout, process


@test
def a_plugin_that_lies_spoils_nothing(case):
    run(case, ini(case, plugin='misbehave', duration='300ms', extra='action = lie'), '-q', code=1)
    check_conserved(case)
    for row in rows(case):
        equal((row[2], row[5]), ('-7', 'other'))
        assert 0 <= float(row[1]) < 60, row


@test
def a_wild_write_is_noticed(case):
    process = run(case, ini(case, plugin='misbehave', duration='1s', interval='10ms', users=2,
                            extra='action = scribble\nafter = 10\nonly-worker = 1'), '-q', code=3)
    assert 'overwritten by its plugin' in process.stdout, process
    assert is_whole((run_folder(case) / 'results.csv').read_text())
    assert len(rows(case)) >= 20


@test
def the_coordinator_s_death_takes_the_workers_along(case):
    process = start(case, ini(case, duration='60s', interval='10ms'))
    children = workers(process, 2)
    wait_for_rows(case, 20)
    process.signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: all(gone(pid) for pid in children), what='the workers gone')
    equal(run_json(case)['state'], 'running')
    assert len(rows(case)) >= 20


FULL_DISK = '''
mount -t tmpfs -o size=256k tmpfs "$2" || exit 99
"$0" run "$1" --output "$2/out" -q
code=$?
cp "$2/out/results.csv" "$3"
cp "$2/out/run.json" "$4"
exit $code
'''


@test
def a_full_disk_ends_the_run_with_whole_rows(case):
    path = ini(case, duration='60s', interval='0', users=2, extra='delay = 100us')
    (case.directory / 'disk').mkdir()
    process = case.run(['unshare', '--mount', 'sh', '-c', FULL_DISK, THRUM, path,
                        case.directory / 'disk', case.directory / 'kept.csv',
                        case.directory / 'kept.json'])
    if process.returncode in (1, 99) and not (case.directory / 'kept.csv').exists():
        skip('may not mount a small disk here')
    equal(process.returncode, 3, repr(process))
    assert 'cannot write results.csv: No space left' in process.stderr, process
    assert 'rows are missing' in process.stdout, process
    text = (case.directory / 'kept.csv').read_text()
    assert is_whole(text) and len(text) > 50000, len(text)
    document = json.loads((case.directory / 'kept.json').read_text())
    equal(document['state'], 'incomplete')
    equal(document['counts']['unwritten'] + text.count('\n'), document['counts']['sent'])


@test
def a_folder_deleted_in_mid_run_ends_it_and_is_told(case):
    process = start(case, ini(case, duration='60s', interval='10ms'), '-q')
    wait_for_rows(case, 20)
    shutil.rmtree(run_folder(case))
    equal(process.wait(), 3, repr(process))
    assert 'results.csv was deleted while the run wrote it: ending the run' in process.stderr, process
    missing = re.search(r'deleted while the run wrote it: (\d+) rows are missing', process.stdout)
    sent = re.search(r'requests +([\d,]+)', process.stdout)
    equal(int(missing.group(1)), int(sent.group(1).replace(',', '')), repr(process))
    assert 'cannot write run.json' in process.stdout, process


@test
def folders_that_cannot_be_made(case):
    path = ini(case)
    for folder in ('/dev/null/results', '/proc/results'):
        process = case.thrum('run', path, '-q', '--set', f'results.directory={folder}')
        equal(process.returncode, 5, repr(process))
        assert f'cannot create {folder}' in process.stderr, process


@test
def too_few_descriptors(case):
    path = ini(case, users=200, processes=1)
    process = subprocess.run(
        [THRUM, 'run', path, '--output', run_folder(case), '-q', *WARN], capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
    equal(process.returncode, 5, repr(process))
    assert 'open files' in process.stderr and '100' in process.stderr, process


@test
def usage_errors_send_nothing(case):
    path = ini(case)
    for arguments, words in (
            ([], 'expected one INI file'),
            ([path, path], 'expected one INI file'),
            (['--no-such'], '--no-such'),
            ([path, '--set', 'load'], 'SECTION.KEY=VALUE'),
            ([path, '--set', 'load.usres=3'], 'users'),
            (['missing.ini'], 'missing.ini'),
            (['gopher://127.0.0.1/'], 'gopher'),
            ([ini(case, plugin='no-such-plugin')], 'no-such-plugin')):
        process = case.thrum('run', *arguments)
        equal(process.returncode, 2, repr(process))
        assert words in process.stderr, (arguments, process)
    assert not (case.directory / 'results').exists()


@test
def a_url_is_a_test(case):
    target = case.target()
    process = run(case, target.url + 'status/204', '-d', '500ms', '-u', '2', '-q', '-X', 'POST',
                  '-H', 'X-One: a;b', '-H', 'X-Two: c')
    n = check_conserved(case)
    equal({row[2] for row in rows(case)}, {'204'})
    equal(json.loads(target.get('/stats'))['by_method'].get('POST'), n, repr(process))
    # It has no lines to be wrong in.
    process = case.thrum('run', 'http://127.0.0.1:99999/')
    equal((process.returncode, process.stderr.split(' url:')[0]), (2, 'http://127.0.0.1:99999/: [target site]'))


@test
def check_prints_and_sends_nothing(case):
    target = case.target()
    process = case.thrum('run', target.url, '--check', '-u', '3')
    equal(process.returncode, 0, repr(process))
    assert '3' in process.stdout, process
    equal(json.loads(target.get('/stats'))['requests'], 0)
    assert not (case.directory / 'results').exists()


if __name__ == '__main__':
    main()
