#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs with a random fault each, and whether every one of them tells what it lost.

    faults.py BUILD [--runs 100] [--seed 1] [--markdown]

Each run sends for a second to a `thrum target`, which counts the requests itself, while one library call
fails in the coordinator or in the workers (../e2e/faults.c), at the start, in the middle or at the end,
once, a few times or from then on. What must hold: rows + lost + unwritten are what the server counted, or
the exit code says that the run is incomplete or did not begin; `complete` has a row for each request;
nothing runs on afterwards, and nothing takes more than 10 s longer than it should. Prints TAP, or with
--markdown the table of doc/measurements/faults.md. The same seed makes the same faults. Malloc fails
only in a build without a sanitizer, which has its own.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import urllib.request

DURATION = 1.0
LIMIT_S = 10

ENGINES = {
    'http1 epoll': 'plugin = http1', 'http1 io_uring': 'plugin = http1', 'http': 'plugin = http'}
LOADS = {'open': 'rate = 500/s\nmax-in-flight = 50', 'closed': 'users = 8\ninterval = 20ms'}

ENOENT, EINTR, EIO, EAGAIN, ENOMEM, EMFILE, ENOSPC, EDQUOT, ECONNRESET = 2, 4, 5, 11, 12, 24, 28, 122, 104

# Call, numbers, the path that its descriptors have, if any, in whom and when it is made.
ALL = ('start', 'middle', 'end')
CALLS = (
    ('write', (ENOSPC, EDQUOT, EIO, EAGAIN), 'results.csv', 'c', ALL),
    ('write', (EIO, EAGAIN, EINTR, ENOSPC), '', 'cw', ALL),
    ('short', (1,), 'results.csv', 'c', ALL),
    ('hang', (3,), 'results.csv', 'c', ALL),
    ('fsync', (EIO, ENOSPC), '', 'c', ('start', 'end')),
    ('rename', (EIO, ENOSPC), '', 'c', ('start', 'end')),
    ('mmap', (ENOMEM,), '', 'cw', ('start',)),
    ('memfd_create', (ENOMEM,), '', 'c', ('start',)),
    ('eventfd', (EMFILE, ENOMEM), '', 'cw', ('start',)),
    ('pthread_create', (EAGAIN,), '', 'cw', ('start',)),
    ('malloc', (ENOMEM,), '', 'cw', ALL),
    ('recvmsg', (ECONNRESET, EAGAIN, EINTR, ENOMEM), '', 'w', ALL),
    ('recv', (ECONNRESET, EINTR, ENOMEM), '', 'cw', ALL),
    ('send', (ECONNRESET, EINTR, ENOMEM), '', 'cw', ALL),
    ('epoll_ctl', (ENOMEM,), '', 'w', ('start',)),
    ('socket', (EMFILE,), '', 'w', ALL),
    ('socketpair', (EMFILE,), '', 'c', ('start',)),
)

# From which call on, after how many ms.
PHASES = {'start': (1, 3, 0), 'middle': (1, 2, 500), 'end': (1, 1, 950)}

Fault = collections.namedtuple('Fault', 'call error path role phase often engine load start after')
Outcome = collections.namedtuple('Outcome', 'code state sent rows lost unwritten served seconds hits problem')


def draw(chance, with_malloc):
    while True:
        call, errors, path, roles, phases = chance.choice(CALLS)
        if call != 'malloc' or with_malloc:
            break
    phase = chance.choice(phases)
    first, last, after = PHASES[phase] if len(phases) > 1 else (1, 2, 0)
    error = chance.choice(errors)
    # No kernel interrupts a call for ever, nor does a disk hang at each write.
    often = 1 if call == 'hang' else 3 if error == EINTR else chance.choice((1, 3, 1000000))
    engine = chance.choice(list(ENGINES))
    if call in ('recvmsg', 'epoll_ctl'):
        engine = 'http1 epoll'  # the others do without
    return Fault(call, error, path, chance.choice(roles), phase, often, engine, chance.choice(list(LOADS)),
                 chance.randint(first, last), after)


class Bench:
    def __init__(self, build, folder):
        self.thrum = build / 'core' / 'thrum'
        self.library = build / 'tests' / 'e2e' / 'faults.so'
        self.folder = folder
        plugins = [str(path.parent) for path in build.glob('plugins/*/*.so')]
        self.environment = {**os.environ, 'THRUM_PLUGIN_PATH': ':'.join(sorted(set(plugins)))}
        self.target = subprocess.Popen(
            [self.thrum, 'target', '--die-with-parent', '--delay', '2ms'], stdout=subprocess.PIPE, text=True)
        self.url = 'http://' + self.target.stdout.readline().split()[-1] + '/'

    def close(self):
        self.target.terminate()
        self.target.wait()

    def count_served(self):
        """Requests that the server received, once no more come."""
        before = -1
        for _ in range(100):
            with urllib.request.urlopen(self.url + 'stats', timeout=20) as reply:
                served = json.load(reply)['requests']
            if served == before:
                return served
            before = served
            time.sleep(0.05)
        raise AssertionError('the server is asked for ever')

    def find_orphans(self, mark):
        found = []
        for path in pathlib.Path('/proc').glob('[0-9]*/environ'):
            try:
                if mark in path.read_bytes() and path.parent.joinpath('stat').read_text().split()[2] not in 'ZX':
                    found.append(int(path.parent.name))
            except OSError:
                pass
        return found

    def run(self, number, fault):
        folder = self.folder / str(number)
        ini = self.folder / f'{number}.ini'
        log = self.folder / f'{number}.log'
        engine = f'engine = {fault.engine.split()[1]}\n' if ' ' in fault.engine else ''
        ini.write_text(f'[load]\nduration = {DURATION}s\n{LOADS[fault.load]}\nprocesses = 2\ntimeout = 1s\n'
                       f'on-invalid = warn\n{engine}\n[target it]\n{ENGINES[fault.engine]}\n'
                       f'url = {self.url}\n\n[thresholds]\nfailures = 100%\n')
        rule = (f'call={fault.call} error={fault.error} role={fault.role} from={fault.start} '
                f'to={fault.start + fault.often - 1} after={fault.after}')
        rule += f' path={fault.path}' if fault.path else ''
        mark = f'FAULTS_RUN={os.getpid()}-{number}'
        sanitizer = os.environ.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0:detect_leaks=0'
        before = self.count_served()
        began = time.monotonic()
        process = subprocess.Popen(
            [self.thrum, 'run', ini, '--output', folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors='replace',
            env={**self.environment, 'LD_PRELOAD': str(self.library), 'FAULTS': rule, 'FAULTS_LOG': str(log),
                 'ASAN_OPTIONS': sanitizer, 'FAULTS_RUN': mark.split('=')[1]})
        problem = ''
        try:
            said, _ = process.communicate(timeout=DURATION + 1 + LIMIT_S + (3 if fault.call == 'hang' else 0))
        except subprocess.TimeoutExpired:
            problem = 'it hangs'
            process.kill()
            said, _ = process.communicate()
        seconds = time.monotonic() - began
        deadline = time.monotonic() + 2
        while (orphans := self.find_orphans(mark.encode())) and time.monotonic() < deadline:
            time.sleep(0.05)
        if orphans:
            problem = problem or f'{len(orphans)} processes run on'
            for pid in orphans:
                os.kill(pid, 9)
        served = self.count_served() - before
        hits = log.read_text().count('\n') if log.exists() else 0
        outcome = self.judge(folder, process.returncode, served, seconds, hits, problem)
        if outcome.problem:
            print('# ' + rule + '\n# ' + said.replace('\n', '\n# '), file=sys.stderr)
        return outcome

    def judge(self, folder, code, served, seconds, hits, problem):
        """What is wrong, if anything, with what the run says of itself."""
        path, results = folder / 'run.json', folder / 'results.csv'
        document = json.loads(path.read_text()) if path.exists() else {}
        counts = document.get('counts', {})
        rows = results.read_text().splitlines() if results.exists() else []
        answered = sum(row.split(',')[2] != '0' for row in rows)
        sent, lost, unwritten = (counts.get(key, 0) for key in ('sent', 'lost', 'unwritten'))
        state = document.get('state', 'none')
        is_told = code in (3, 5) or code < 0
        if problem:
            pass
        elif code not in (0, 1, 3, 5) and code >= 0:
            problem = f'exit code {code}'
        elif code == 5 and (served > 0 or folder.exists()):
            problem = 'it did not start, and left something'
        elif not is_told and (state != 'complete' or lost + unwritten > 0 or len(rows) != sent):
            problem = f'{len(rows)} rows of {sent} requests, and exit code {code}'
        elif not is_told and seconds < DURATION - 0.1:
            problem = f'complete after {seconds:.1f} s'
        elif not is_told and not answered <= served <= len(rows) + counts.get('resent', 0):
            problem = f'{answered} answers and {len(rows)} rows, and the server counted {served}'
        elif state in ('incomplete', 'interrupted') and counts.get('conserved') \
                and len(rows) + lost + unwritten != sent:
            problem = f'{len(rows)} rows, {lost} lost and {unwritten} unwritten of {sent}'
        elif state in ('incomplete', 'interrupted') \
                and not answered <= served <= len(rows) + lost + unwritten + counts.get('resent', 0):
            problem = f'{len(rows)} rows, {lost} lost, {unwritten} unwritten; the server counted {served}'
        return Outcome(code, state, sent, len(rows), lost, unwritten, served, seconds, hits, problem)


WORDS = {'short': 'a third', 'hang': '3 s'}
HEAD = ('| | fault | in | when | engine | hits | exit | state | rows | lost | unwritten | server | s |\n'
        '|---|---|---|---|---|---|---|---|---|---|---|---|---|')


def to_row(number, fault, outcome):
    often = {1: 'once', 3: 'three times'}.get(fault.often, 'from then on')
    role = {'c': 'coordinator', 'w': 'workers'}[fault.role]
    path = f' of {fault.path}' if fault.path else ''
    return (f'| {number} | {fault.call}{path}: {WORDS.get(fault.call, os.strerror(fault.error))} '
            f'| {role} | {fault.phase}, {often} | {fault.engine}, {fault.load} | {outcome.hits} | {outcome.code} '
            f'| {outcome.state} | {outcome.rows} | {outcome.lost} | {outcome.unwritten} | {outcome.served} '
            f'| {outcome.seconds:.1f} |')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--runs', type=int, default=100)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--only', type=int, help='this run alone')
    parser.add_argument('--markdown', action='store_true')
    given = parser.parse_args()
    library = given.build / 'tests' / 'e2e' / 'faults.so'
    with_malloc = b'malloc\0' in library.read_bytes() and not os.environ.get('ASAN_OPTIONS')
    n_bad = 0
    with tempfile.TemporaryDirectory(prefix='thrum-faults-') as folder:
        bench = Bench(given.build.resolve(), pathlib.Path(folder))
        print(HEAD if given.markdown else f'1..{given.runs}', flush=True)
        try:
            for number in range(1, given.runs + 1):
                fault = draw(random.Random(f'{given.seed} {number}'), with_malloc)
                if given.only not in (None, number):
                    continue
                outcome = bench.run(number, fault)
                n_bad += outcome.problem != ''
                row = to_row(number, fault, outcome)
                if given.markdown:
                    print(row + (f' **{outcome.problem}**' if outcome.problem else ''), flush=True)
                else:
                    print(f'{"not " if outcome.problem else ""}ok {number} -{row[len(str(number)) + 3:]}'
                          .replace('|', ' ') + (f'\n# {outcome.problem}' if outcome.problem else ''), flush=True)
        finally:
            bench.close()
    sys.exit(1 if n_bad else 0)


if __name__ == '__main__':
    main()
