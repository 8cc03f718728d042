# SPDX-License-Identifier: MIT
"""The harness itself: what it starts it stops, and a failing test is told as one."""

import pathlib
import signal
import sys

from harness import Case, equal, free_port, main, test, wait_until


@test
def output_is_read(case):
    process = case.run([sys.executable, '-c', 'import sys; print("out"); sys.exit("err")'])
    equal(process.returncode, 1)
    equal(process.stdout, 'out\n')
    equal(process.stderr, 'err\n')


@test
def waiting_finds_a_line_while_it_runs(case):
    process = case.start([sys.executable, '-uc', 'import time; print("port 77"); time.sleep(60)'])
    equal(process.wait_for(r'port (\d+)').group(1), '77')
    assert process.returncode is None
    process.stop()
    equal(process.returncode, -signal.SIGTERM)


@test
def a_test_leaves_no_process_behind(case):
    left = []

    def careless(inner):
        left.append(inner.start(['sleep', '60']))
        left.append(inner.start(['sh', '-c', 'trap "" TERM; sleep 60 & echo $!; exec sleep 1']))
        left[1].wait_for(r'\d+')
        left.append(int(left[1].stdout))

    careless(inner := Case(case.directory))
    inner.close()
    assert left[0].returncode is not None and left[1].returncode is not None
    status = pathlib.Path(f'/proc/{left[2]}/stat')

    def is_gone():
        # A zombie until its new parent looks.
        try:
            return status.read_text().rsplit(')', 1)[1].split()[0] in 'ZX'
        except OSError:
            return True

    wait_until(is_gone, what=f'the end of process {left[2]}')


@test
def a_failing_test_is_told(case):
    process = case.run([sys.executable, '-c', f'''
import sys
sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})
import harness
@harness.test
def breaks(case):
    harness.equal(1, 2, 'one')
@harness.test
def leaps(case):
    harness.skip('no legs')
harness.main()
'''])
    equal(process.returncode, 1)
    assert 'not ok 1 - breaks' in process.stdout, process
    assert 'one: got 1, wanted 2' in process.stdout, process
    assert 'ok 2 - leaps # SKIP no legs' in process.stdout, process


@test
def free_ports_are_free(case):
    assert 1024 <= free_port() < 65536


if __name__ == '__main__':
    main()
