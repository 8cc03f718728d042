# SPDX-License-Identifier: MIT
"""Calls that fail, signals in every phase, files that others change: a run tells what it lost, ends
when it is told to, and leaves nothing behind. faults.c says how calls are made to fail."""

import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import time

from harness import BUILD_ROOT, THRUM, THRUM_ANALYZE, WARN, equal, main, skip, test, wait_until

FAULTS = os.environ.get('THRUM_FAULTS', BUILD_ROOT / 'tests' / 'e2e' / 'faults.so')

INI = '''[load]
duration = {duration}
{load}
processes = 2

[target it]
plugin = null
delay = 1ms
{extra}
'''


def ini(case, duration='1s', load='users = 8\ninterval = 20ms', extra=''):
    return case.write('test.ini', INI.format(duration=duration, load=load, extra=extra))


def failing(rules):
    """The environment in which calls fail as @rules say. A sanitizer wants to be loaded first."""
    options = os.environ.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0:detect_leaks=0'
    return {'LD_PRELOAD': str(FAULTS), 'FAULTS': rules, 'ASAN_OPTIONS': options}


def start(case, *arguments, output='out', **keywords):
    return case.start([THRUM, 'run', '--output', case.directory / output, *WARN, *arguments], **keywords)


def run(case, *arguments, code=0, **keywords):
    process = start(case, *arguments, **keywords)
    process.wait()
    equal(process.returncode, code, repr(process))
    return process


def run_json(case, output='out'):
    return json.loads((case.directory / output / 'run.json').read_text())


def count_rows(case, output='out'):
    text = (case.directory / output / 'results.csv').read_text()
    assert text == '' or text.endswith('\n'), text[-80:]
    return text.count('\n')


def wait_for_rows(case, n=1):
    path = case.directory / 'out' / 'results.csv'
    wait_until(lambda: path.exists() and path.read_text().count('\n') >= n, what='rows')


def is_gone(pid):
    try:
        return pathlib.Path(f'/proc/{pid}/stat').read_text().split(')')[1].split()[0] in 'ZX'
    except OSError:
        return True


# ---- Calls that fail


@test
def a_refused_write_is_tried_again_and_nothing_is_missing(case):
    for error in (28, 122, 5, 11):
        shutil.rmtree(case.directory / 'out', ignore_errors=True)
        process = run(case, ini(case), '-q', env=failing(
            f'call=write error={error} from=2 to=3 role=c path=results.csv'))
        assert 'it is tried again for as long as' in process.stderr, process
        assert 'results.csv takes rows again: none is missing' in process.stderr, process
        document = run_json(case)
        equal((document['state'], document['counts']['unwritten']), ('complete', 0))
        equal(count_rows(case), document['counts']['sent'])


@test
def a_refused_last_write_is_tried_again(case):
    run(case, ini(case, duration='100ms'), '-q',
        env=failing('call=write error=5 from=1 to=4 role=c path=results.csv'))
    equal(count_rows(case), run_json(case)['counts']['sent'])


@test
def writes_that_stay_refused_are_told_with_the_number_missing(case):
    process = run(case, ini(case), '-q', code=3, env=failing(
        'call=write error=28 from=3 role=c path=results.csv'))
    document = run_json(case)
    equal(document['state'], 'incomplete')
    equal(document['counts']['unwritten'] + count_rows(case), document['counts']['sent'])
    assert f"No space left on device: {document['counts']['unwritten']} rows are missing" \
        in process.stdout, process


@test
def rings_without_room_end_the_run_and_its_rate_is_by_the_time_it_ran(case):
    path = ini(case, duration='60s', load='users = 8')
    path.write_text(path.read_text().replace('delay = 1ms', 'delay = 0'))
    process = run(case, path, '-q', code=3, env=failing(
        'call=write error=28 from=2 role=c path=results.csv'))
    assert 'No space left on device: ending the run' in process.stderr, process
    document = run_json(case)
    equal(document['state'], 'incomplete')
    assert document['seconds'] < 59, document['seconds']
    equal(document['counts']['unwritten'] + count_rows(case), document['counts']['sent'])
    rate = document['all']['answered'] / document['seconds']
    assert abs(document['all']['rate'] / rate - 1) < 0.01, (rate, document['all']['rate'])


@test
def short_writes_lose_nothing(case):
    run(case, ini(case), '-q', env=failing('call=short role=c path=results.csv'))
    equal(count_rows(case), run_json(case)['counts']['sent'])


@test
def a_disk_that_fails_at_the_end_is_told(case):
    process = run(case, ini(case), '-q', code=3,
                  env=failing('call=fsync error=5 role=c path=results.csv'))
    assert 'cannot write results.csv to its disk: Input/output error' in process.stdout, process
    equal(run_json(case)['state'], 'incomplete')


@test
def what_cannot_be_had_at_the_start_is_named_and_leaves_no_folder(case):
    for rules, words in (('call=eventfd error=24 role=c', 'cannot make an event descriptor'),
                         ('call=eventfd error=24 role=w', 'cannot make an event descriptor'),
                         ('call=memfd_create error=12 role=c', 'Cannot allocate memory'),
                         ('call=socketpair error=24 role=c', 'cannot make a socket for worker'),
                         ('call=rename error=5 role=c from=2', 'run.json')):
        process = case.run([THRUM, 'run', ini(case), '-q'], env=failing(rules))
        equal(process.returncode, 5, repr(process))
        assert words in process.stderr, (words, process)
        equal(os.listdir(case.directory / 'results'), [], rules)


@test
def a_link_that_cannot_be_made_is_told_and_costs_nothing(case):
    process = case.run([THRUM, 'run', ini(case), '-q', *WARN],
                       env=failing('call=rename error=5 role=c from=3 to=3'))
    equal(process.returncode, 0, repr(process))
    assert 'cannot make the link' in process.stderr and 'latest: Input/output error' in process.stderr, process
    equal([name for name in os.listdir(case.directory / 'results') if 'latest' in name], [])


@test
def a_thread_that_a_server_does_not_get_is_told(case):
    for arguments in ([], ['--threads', '3'], ['--log', 'log']):
        process = case.run([THRUM, 'target', '--exit-after', '10ms', *arguments],
                           env=failing('call=pthread_create error=11 role=x'))
        equal(process.returncode, 5, repr(process))
        assert 'Resource temporarily unavailable' in process.stderr, process


@test
def a_worker_that_cannot_hear_ends_the_run_as_incomplete(case):
    process = run(case, ini(case), '-q', code=3, env=failing('call=recv error=104 role=w'))
    assert 'cannot hear the coordinator: Connection reset by peer' in process.stdout, process
    equal(run_json(case)['state'], 'incomplete')
    process = case.run([THRUM, 'run', ini(case), '-q'], env=failing('call=send error=104 role=w to=1'))
    equal(process.returncode, 5, repr(process))


# ---- Files that others change


@test
def results_that_are_cut_off_or_moved_in_mid_run_are_missed(case):
    for command, words in (('> results.csv', 'results.csv was changed while'),
                           ('mv results.csv kept', 'moved or replaced while')):
        shutil.rmtree(case.directory / 'out', ignore_errors=True)
        process = start(case, ini(case), '-q')
        wait_for_rows(case, 20)
        subprocess.run(['sh', '-c', command], cwd=case.directory / 'out', check=True)
        equal(process.wait(), 3, repr(process))
        assert words in process.stdout and 'rows are missing' in process.stdout, process
        document = run_json(case)
        equal(document['state'], 'incomplete')
        path = case.directory / 'out' / 'results.csv'
        left = path.read_text().count('\n') if path.exists() else 0
        equal(document['counts']['unwritten'] + left, document['counts']['sent'])


@test
def who_comes_second_to_a_folder_changes_nothing_in_it(case):
    # A link that leads nowhere is what the check before does not see.
    folder = case.directory / 'out'
    folder.mkdir()
    (folder / 'results.csv').symlink_to('nowhere')
    run(case, ini(case), '-q', code=2)
    equal(os.listdir(folder), ['results.csv'])


@test
def a_deleted_current_folder_is_told(case):
    (case.directory / 'here').mkdir()
    path = ini(case)
    script = f'cd here && rmdir ../here && exec "$0" run {path} -q --set load.duration=10ms'
    process = case.run(['sh', '-c', script, THRUM])
    equal(process.returncode, 5, repr(process))
    assert 'cannot create results: No such file or directory' in process.stderr, process


@test
def a_link_of_a_foreign_folder_is_not_written_through(case):
    run(case, ini(case, duration='200ms'), '-q')
    victim = case.write('victim', 'mine')
    report = case.directory / 'out' / 'report'
    report.mkdir()
    names = ('latency', 'throughput', 'failures', 'distribution', 'scatter', 'heatmap')
    for name in names:
        for ending in ('.part', '.png', '.gp', '.csv', '.bin'):
            (report / (name + ending)).symlink_to(victim)
    for name in ('summary.json', 'report.html', 'intervals.csv'):
        (report / name).symlink_to(victim)
    case.run([THRUM_ANALYZE, 'out'])
    equal(victim.read_text(), 'mine')
    equal([path for path in report.iterdir() if path.name.startswith('.')], [])
    shutil.rmtree(report)
    (case.directory / 'elsewhere').mkdir()
    report.symlink_to(case.directory / 'elsewhere')
    process = case.run([THRUM_ANALYZE, 'out'])
    equal(process.returncode, 5, repr(process))
    assert 'it is a symbolic link' in process.stderr, process
    equal(os.listdir(case.directory / 'elsewhere'), [])


@test
def what_is_no_regular_file_or_too_deep_keeps_nobody_waiting(case):
    run(case, ini(case, duration='200ms'), '-q')
    document = case.directory / 'out' / 'run.json'
    kept = document.read_text()
    for make, words in ((lambda: os.mkfifo(document), 'is not a regular file'),
                        (lambda: document.symlink_to('/dev/zero'), 'is not a regular file'),
                        (lambda: document.write_text('{"a":' * 80000), 'nested too deep'),
                        (lambda: document.write_text('{"a":"\\"' + '[' * 999 + '",' + '"b":'
                                                     + '[' * 80000), 'nested too deep')):
        document.unlink()
        make()
        process = case.run([THRUM_ANALYZE, '--no-plots', 'out'])
        equal(process.returncode, 2, repr(process))
        assert words in process.stderr, process
    document.unlink()
    document.write_text(kept)
    rows = case.directory / 'out' / 'results.csv'
    rows.rename(case.directory / 'kept.csv')
    for make in (lambda: os.mkfifo(rows), lambda: rows.symlink_to('/dev/zero')):
        make()
        process = case.run([THRUM_ANALYZE, '--no-plots', 'out'])
        equal(process.returncode, 2, repr(process))
        assert 'results.csv: it is not a regular file' in process.stderr, process
        rows.unlink()
    (case.directory / 'kept.csv').rename(rows)
    report = case.directory / 'out' / 'report'
    report.mkdir(exist_ok=True)
    for name in ('latency.gp', 'scatter.gp', 'throughput.png'):
        os.mkfifo(report / name)
    equal(case.run([THRUM_ANALYZE, '--no-plots', 'out']).returncode, 0)


@test
def names_command_neither_a_terminal_nor_a_spreadsheet(case):
    names = ('=1+1', '+cmd', '-2', '@x', '\tq', '\x1b]0;title\x07', '\u009b31m', 'nor\u202emal', 'a\u2028b',
             '\x7f', '\ufeff')
    lines = ['timeStamp,elapsed,label,responseCode,responseMessage,success,failureMessage']
    lines += [f'{1700000000000 + i * 10},9,{names[i % len(names)]},200,OK,false,{names[i % len(names)]} happened'
              for i in range(220)]
    case.write('names\x1b[31m.jtl', '\n'.join(lines) + '\n')
    run(case, ini(case, duration='200ms'), '-q')
    document = run_json(case)
    document['verdict']['reasons'] = [{'text': 'a \x1b[31m and \u009b31m \u202e'}]
    document['verdict']['level'] = 'DEGRADED'
    document['config'] = '\x1b[31m'
    (case.directory / 'out' / 'run.json').write_text(json.dumps(document))
    for arguments in (['names\x1b[31m.jtl', '--output', 'names'], ['out'], ['none\x1b[31m\u009b'],
                      ['names\x1b[31m.jtl', '--json', '--output', 'names'], ['out', '--json'],
                      ['out', '--threshold', 'p99 \x1b[31m'], ['--compare', 'names\x1b[31m.jtl', 'out']):
        process = case.run([THRUM_ANALYZE, *arguments, '--plots', 'svg'])
        for text in (process.stdout, process.stderr):
            for bad in ('\x1b', '\x07', '\u009b', '\u202e', '\u2028', '\x7f', '\ufeff'):
                assert bad not in text, (arguments, bad, process)
    for path in (case.directory / 'names').glob('*.csv'):
        for line in path.read_text().splitlines():
            for cell in line.split(','):
                assert not cell.startswith(('=', '+', '@', '\t')), (path.name, cell)
                assert not cell.startswith('-') or float(cell) <= 0, (path.name, cell)
    header = (case.directory / 'names' / 'failures.csv').read_text().splitlines()[0]
    assert header.count("'") >= 3 or 'check' in header, header
    text = b'[load]\nduration = 1s\n\xc2\x9b31m = 1\n[target it]\nplugin = null\n[\xe2\x80\xae]\n'
    process = case.run([THRUM, 'run', case.write('bad.ini', text), '-q'])
    equal(process.returncode, 2)
    assert '\u009b' not in process.stderr and '\u202e' not in process.stderr, process


@test
def statuses_without_end_are_summed_up(case):
    case.write('many.csv', ''.join(f'{i / 1000:.3f},0.010,{i % 700 + 1 if i % 2 else 200}\n'
                                   for i in range(3000)))
    equal(case.run([THRUM_ANALYZE, 'many.csv', '--no-plots', '--output', 'many']).returncode, 0)
    statuses = json.loads((case.directory / 'many' / 'summary.json').read_text())['statuses']
    equal((len(statuses), sum(statuses.values())), (101, 3000))
    assert statuses['200'] > 1500 and statuses['other'] == 1000, statuses


@test
def gnuplot_of_the_current_folder_is_not_run(case):
    run(case, ini(case, duration='200ms'), '-q')
    for folder in ('', 'out/report/'):
        path = case.write(folder + 'gnuplot', f'#!/bin/sh\ntouch {case.directory}/taken\n')
        path.chmod(0o755)
    for path in ('.', '', ':/nowhere', '/nowhere:.'):
        process = case.run([THRUM_ANALYZE, 'out'], env={'PATH': path})
        equal(process.returncode, 0, repr(process))
        assert 'gnuplot is not installed' in process.stderr, process
    assert not (case.directory / 'taken').exists()


@test
def a_file_that_may_not_grow_is_an_error(case):
    run(case, ini(case, duration='500ms'), '-q')
    process = case.run(['sh', '-c', 'ulimit -f 1 && exec "$0" out --no-plots', THRUM_ANALYZE])
    equal(process.returncode, 5, repr(process))
    assert 'File too large' in process.stderr, process
    process = case.run(['sh', '-c', 'ulimit -f 1 && exec "$0" init > init.ini', THRUM])
    equal(process.returncode, 5, repr(process))
    assert 'File too large' in process.stderr, process


@test
def a_regular_file_at_a_socket_s_path_stays(case):
    kept = case.write('kept', 'mine')
    process = case.run([THRUM, 'target', '--listen', f'unix:{kept}', '--exit-after', '10ms'])
    equal(process.returncode, 5, repr(process))
    assert 'Address already in use' in process.stderr, process
    equal(kept.read_text(), 'mine')
    for name, make in (('link', lambda path: path.symlink_to(kept)), ('fifo', os.mkfifo)):
        path = case.directory / name
        make(path)
        process = case.run([THRUM, 'target', '--listen', f'unix:{path}', '--exit-after', '10ms'])
        equal(process.returncode, 5, repr(process))
        assert path.is_symlink() or stat.S_ISFIFO(path.stat().st_mode), name
    stale = case.directory / 'stale'
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(stale))
    process = case.run([THRUM, 'target', '--listen', f'unix:{stale}', '--exit-after', '10ms'])
    equal(process.returncode, 0, repr(process))


# ---- Signals


@test
def a_second_ctrl_c_leaves_a_write_that_hangs(case):
    process = start(case, ini(case, duration='60s'), '-q',
                    env=failing('call=hang error=60 from=3 role=c path=results.csv'))
    wait_for_rows(case, 20)
    children = wait_until(process.children)
    time.sleep(0.5)
    process.signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.returncode is None, process
    process.signal(signal.SIGINT)
    equal(process.wait(20), 3, repr(process))
    wait_until(lambda: all(is_gone(pid) for pid in children), what='the end of the workers')


@test
def what_makes_the_report_has_no_signal_blocked_and_ends_with_us(case):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        shutil.rmtree(case.directory / 'out', ignore_errors=True)
        process = start(case, ini(case, duration='100ms'), '-q', '--report',
                        env=failing('call=hang error=60 role=z path=report'))
        wait_until(lambda: (case.directory / 'out' / 'report').exists(), what='the report')
        analyzer, = wait_until(process.children)
        for pid in (process.pid, analyzer):
            text = pathlib.Path(f'/proc/{pid}/status').read_text()
            equal(int(text.split('SigBlk:')[1].split()[0], 16), 0, text)
        process.signal(number)
        equal(process.wait(20), -number, repr(process))
        wait_until(lambda: is_gone(analyzer), what='the end of the analyzer')


@test
def what_is_ignored_stays_so(case):
    """nohup ignores SIGHUP, and a shell SIGINT of what it puts behind."""
    script = 'trap "" HUP INT; exec "$0" "$@"'
    process = case.start(['sh', '-c', script, THRUM, 'run', ini(case), '--output', 'out', '-q', *WARN])
    wait_for_rows(case, 20)
    for pid in [process.pid, *process.children()]:
        os.kill(pid, signal.SIGHUP)
        os.kill(pid, signal.SIGINT)
    equal(process.wait(), 0, repr(process))
    equal(run_json(case)['state'], 'complete')
    target = case.start(['sh', '-c', script, THRUM, 'target', '--exit-after', '1s'])
    target.wait_for('listening')
    target.signal(signal.SIGINT)
    target.signal(signal.SIGHUP)
    time.sleep(0.3)
    assert target.returncode is None, target
    equal(target.wait(), 0, repr(target))


@test
def a_standard_error_that_nobody_reads_blocks_nothing(case):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b'x' * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    process = subprocess.Popen([THRUM, 'run', ini(case, duration='60s'), '--output', 'out', *WARN],
                               cwd=case.directory, stderr=writer, stdout=subprocess.DEVNULL)
    try:
        wait_for_rows(case, 20)
        process.send_signal(signal.SIGINT)
        equal(process.wait(20), 3)
    finally:
        process.kill()
        process.wait()
        os.close(reader)
        os.close(writer)
    equal(run_json(case)['state'], 'interrupted')


if __name__ == '__main__':
    main()
