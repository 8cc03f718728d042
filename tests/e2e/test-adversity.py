# SPDX-License-Identifier: MIT
"""Files that are no INI files, limits that are too low, outputs that take nothing: each has its own
clear error, its exit code, and no end of waiting."""

import json
import random
import signal
import time

from harness import THRUM, WARN, equal, main, test, wait_until

GOOD = b'''[load]
duration = 200ms
users = 2
interval = 20ms

[target it]
plugin = null
'''


def limited(case, limits, *arguments):
    """Runs thrum under resource limits, which a shell sets: `ulimit -n 20`."""
    return case.run(['sh', '-c', f'{limits} && exec "$0" "$@"', THRUM, *arguments])


@test
def an_ini_file_may_be_of_windows(case):
    for name, text in (('bom', b'\xef\xbb\xbf' + GOOD), ('crlf', GOOD.replace(b'\n', b'\r\n')),
                       ('both', b'\xef\xbb\xbf' + GOOD.replace(b'\n', b'\r\n'))):
        process = case.thrum('run', case.write(name + '.ini', text), '-q', '--output', name)
        equal(process.returncode, 0, repr(process))
        assert json.loads((case.directory / name / 'run.json').read_text())['all']['ok'] > 2


@test
def what_is_no_ini_file_is_told_in_few_words(case):
    junk = random.Random(1).randbytes(200000)
    for name, text, words in (
            ('junk', junk, 'more problems'),
            ('empty', b'', 'there must be one: the service to test'),
            ('nul', GOOD.replace(b'200ms', b'200\x00ms'), ':2: [load]: the line holds a NUL byte'),
            ('key', GOOD + b'k' * 10_000_000 + b' = 1\n', 'unknown key'),
            ('value', GOOD.replace(b'200ms', b'2' * 10_000_000), '[load] duration'),
            ('section', b'[' + b's' * 10_000_000 + b']\n' + GOOD, ':1: [sss'),
            ('line', b'x' * 10_000_000, ":1: 'xxx")):
        process = case.thrum('run', case.write(name + '.ini', text), '-q')
        equal((process.returncode, process.stdout), (2, ''), name)
        assert words in process.stderr or name == 'key', process
        assert len(process.stderr) < 250000, (name, len(process.stderr))
        assert max(map(len, process.stderr.splitlines())) < 1100, name
    assert not (case.directory / 'results').exists()


@test
def a_long_value_is_no_reason_to_fail(case):
    text = GOOD.replace(b'[target it]', b'# ' + b'c' * 10_000_000 + b'\n[target it]')
    process = case.thrum('run', case.write('long.ini', text), '-q')
    equal(process.returncode, 0, repr(process))


@test
def what_cannot_be_printed_is_no_success(case):
    path = case.write('good.ini', GOOD)
    for code, *arguments in ((5, '--help'), (5, 'run', '--help'), (5, '--version'), (5, 'init'),
                             (5, 'plugins'), (5, 'plugins', 'null'),
                             (5, 'run', path, '--check'), (3, 'run', path, '-q', *WARN)):
        process = case.run(['sh', '-c', 'exec "$0" "$@" > /dev/full', THRUM, *arguments])
        equal(process.returncode, code, repr(process))
        assert 'No space left on device' in process.stderr, process
        equal(len(process.stderr.splitlines()), 1, repr(process))


@test
def closed_descriptors_harm_nothing(case):
    path = case.write('good.ini', GOOD)
    for i, (closed, code) in enumerate((('<&-', 0), ('2>&-', 0), ('<&- 2>&-', 0), ('>&-', 3),
                                        ('<&- >&- 2>&-', 3))):
        process = case.run(['sh', '-c', f'exec "$0" "$@" {closed}', THRUM, 'run', path, '--output',
                            f'out{i}', *WARN])
        equal(process.returncode, code, repr(process))
        if closed == '>&-':
            assert 'cannot write the summary: Bad file descriptor' in process.stderr, process
        rows = (case.directory / f'out{i}' / 'results.csv').read_text().splitlines()
        assert len(rows) > 2 and all(row.count(',') == 7 for row in rows), rows


@test
def limits_that_are_too_low_are_named(case):
    path = case.write('good.ini', GOOD)
    for limits, words in (('ulimit -n 20', 'open files, the limit is 20'),
                          ('ulimit -f 100', 'bytes for samples: File too large')):
        process = limited(case, limits, 'run', path, '-q', '--output', 'out')
        equal(process.returncode, 5, repr(process))
        assert words in process.stderr, process


@test
def absurd_numbers_are_refused_before_anything_is_made(case):
    path = case.write('good.ini', GOOD)
    for arguments, words in (
            (['-u', '1000000000'], 'out of range: 1 to 1000000'),
            (['-u', '99999999999999999999999'], 'users'),
            (['-r', '1000000000000/s'], 'at most 100000000/s'),
            (['-d', '1000000h'], 'out of range'),
            (['--set', 'load.processes=100000'], 'out of range'),
            (['--name', ''], '--name is empty'),
            (['--output', ''], '--output is empty'),
            (['127.0.0.1:80'], 'expected one')):
        process = case.thrum('run', path, '-q', *arguments)
        equal((process.returncode, process.stdout), (2, ''), repr(process))
        assert words in process.stderr, process
    process = case.thrum('run', 'localhost:8080', '-q')
    equal(process.returncode, 2, repr(process))
    assert 'a URL begins with its scheme: http://localhost:8080' in process.stderr, process
    assert not (case.directory / 'results').exists()


@test
def plugins_that_do_not_load_are_named_when_a_url_has_none(case):
    (case.directory / 'plugins').mkdir()
    case.write('plugins/broken.so', 'no shared object')
    process = case.thrum('run', 'gopher://127.0.0.1/', env={
        'THRUM_PLUGIN_PATH': str(case.directory / 'plugins')})
    equal(process.returncode, 2, repr(process))
    assert "no plugin serves 'gopher:' URLs" in process.stderr, process
    assert 'broken.so' in process.stderr, process


@test
def a_coordinator_that_stood_still_loses_nothing(case):
    path = case.write('good.ini', GOOD.replace(b'200ms', b'2s'))
    process = case.start([THRUM, 'run', path, '-q', '--output', 'out', *WARN])
    results = case.directory / 'out' / 'results.csv'
    wait_until(lambda: results.exists() and results.stat().st_size > 0, what='a row')
    process.signal(signal.SIGSTOP)
    time.sleep(0.5)
    process.signal(signal.SIGCONT)
    equal(process.wait(), 0, repr(process))
    counts = json.loads((case.directory / 'out' / 'run.json').read_text())['counts']
    assert counts['conserved'], counts
    equal(len(results.read_text().splitlines()), counts['sent'])


if __name__ == '__main__':
    main()
