# SPDX-License-Identifier: MIT
"""tools/count-tests.py: what ./check says passed has passed, and no failure is left out."""

import json
import sys

from harness import SOURCE_ROOT, equal, main, test

# (what a test program did), passed, failed
CASES = [
    ({'stdout': '1..2\nok 1 /a\nok 2 /b\n', 'result': 'OK'}, 2, 0),
    ({'stdout': '1..2\nok 1 - a\nnot ok 2 - b\n', 'result': 'FAIL'}, 1, 1),
    ({'stdout': '1..3\nok 1 a\n', 'result': 'ERROR', 'returncode': -11}, 1, 1),
    ({'stdout': '', 'result': 'TIMEOUT', 'returncode': -9}, 0, 1),
    ({'stdout': '1..2\nok 1 a # SKIP no network\nok 2 b\n', 'result': 'OK'}, 1, 0),
    ({'stdout': '1..1\nnot ok 1 a # TODO later\n', 'result': 'OK'}, 1, 0),
    ({'stdout': '', 'result': 'SKIP', 'returncode': 77}, 0, 0),
    ({'stdout': 'ran 12 million inputs\n', 'result': 'OK'}, 1, 0),
    ({'stdout': '# ok 7 is a comment\n1..1\nok 1 a\nokay\n', 'result': 'OK'}, 1, 0),
    ({'stdout': '1..1\nok 1 a\n', 'stderr': 'LeakSanitizer: 12 bytes', 'result': 'ERROR',
      'returncode': 23}, 1, 1),
]


def count(case, entries, *options):
    lines = [json.dumps({'name': 'some test', 'stderr': '', 'returncode': 0, 'command': ['it'],
                         **entry}) for entry in entries]
    log = case.write('testlog.json', '\n'.join(lines) + '\n')
    return case.run([sys.executable, SOURCE_ROOT / 'tools' / 'count-tests.py', *options, log])


@test
def each_outcome_counts_as_it_should(case):
    for entry, passed, failed in CASES:
        process = count(case, [entry])
        equal(process.stdout.splitlines()[-1], f'{passed} passed, {failed} failed', str(entry))
        equal(process.returncode, 0 if passed and not failed else 1, str(entry))


@test
def programs_add_up(case):
    process = count(case, [entry for entry, _, _ in CASES])
    equal(process.stdout.splitlines()[-1],
          f'{sum(c[1] for c in CASES)} passed, {sum(c[2] for c in CASES)} failed')
    assert 'LeakSanitizer: 12 bytes' in process.stdout, process
    assert 'skipped: ok 1 a # SKIP no network' in process.stdout, process


@test
def a_step_that_broke_is_a_failure(case):
    process = count(case, [CASES[0][0]], '--failed', 'the build')
    equal(process.stdout.splitlines()[-1], '2 passed, 1 failed')
    equal(process.returncode, 1)


if __name__ == '__main__':
    main()
