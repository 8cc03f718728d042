# SPDX-License-Identifier: MIT
"""A small TAP runner for the end-to-end tests.

    from harness import test, main, THRUM

    @test
    def counts_agree(case):
        target = case.target('--delay', '5ms')
        result = case.thrum('run', target.url, '-d', '1s', '-u', '2')
        assert result.returncode == 0, result

    if __name__ == '__main__':
        main()

Each test gets a Case: a temporary folder and the means to start programs in it. Whatever a test
started is stopped, by process id, when it ends; its folder is removed. Every wait has a limit.
No test may judge wall-clock time: the limits here only keep a hung program from hanging the suite.
"""

import csv
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

THRUM = os.environ.get('THRUM', 'thrum')
THRUM_ANALYZE = os.environ.get('THRUM_ANALYZE', 'thrum-analyze')
SOURCE_ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD_ROOT = pathlib.Path(os.environ.get('THRUM_BUILD_ROOT', SOURCE_ROOT / 'build'))

# Sanitizer builds on a busy machine are slow; a hung program still ends the test.
LIMIT_S = 90

# What keeps a verdict out of the exit code of `thrum run`.
WARN = ['--set', 'load.on-invalid=warn']

# Under nohup, or behind a shell's `&`, these are ignored, and so they would be in what a test starts.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

_tests = []


class Skip(Exception):
    """Raised by skip(): the test cannot run here."""


def test(function):
    """Registers a test: a function of one argument, a Case."""
    _tests.append(function)
    return function


def skip(reason):
    raise Skip(reason)


def equal(got, wanted, what=''):
    """An assertion that prints both sides."""
    if got != wanted:
        raise AssertionError(f'{what + ": " if what else ""}got {got!r}, wanted {wanted!r}')


def png_size(path):
    data = path.read_bytes()
    equal(data[:8], b'\x89PNG\r\n\x1a\n', str(path))
    return struct.unpack('>II', data[16:24])


def free_port():
    """A loopback TCP port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_until(condition, limit_s=LIMIT_S, what='the condition'):
    """Polls until condition() is true, and returns its value."""
    end = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'{what} did not come true in {limit_s} s')
        time.sleep(0.01)


class Process:
    """A started program, in a session of its own, its output in files."""

    def __init__(self, argv, stem, env=None, cwd=None, stdin=subprocess.DEVNULL):
        self.argv = [str(argument) for argument in argv]
        self._out = stem.with_suffix('.stdout')
        self._err = stem.with_suffix('.stderr')
        with open(self._out, 'wb') as out, open(self._err, 'wb') as err:
            self._popen = subprocess.Popen(
                self.argv, stdin=stdin, stdout=out, stderr=err, cwd=cwd,
                env=None if env is None else {**os.environ, **env}, start_new_session=True)
        self.pid = self._popen.pid

    @property
    def returncode(self):
        """None while it runs; -N after signal N."""
        return self._popen.poll()

    @property
    def stdout(self):
        return self._out.read_text(errors='replace')

    @property
    def stderr(self):
        """Without what LeakSanitizer says of threads that ended while it looked at them: a worker
        that is killed during its exit does so now and then."""
        return re.sub(r'^==\d+==Unable to get registers from thread \d+\.\n', '',
                      self._err.read_text(errors='replace'), flags=re.M)

    def wait(self, limit_s=LIMIT_S):
        """Waits for its end; the return code."""
        try:
            return self._popen.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'{self.argv} still ran after {limit_s} s') from None

    def wait_for(self, pattern, stream='stdout', limit_s=LIMIT_S):
        """Waits until its output holds the regular expression; the match."""
        def look():
            match = re.search(pattern, getattr(self, stream))
            if match is None and self.returncode is not None:
                # It may have written its last words just before it ended.
                match = re.search(pattern, getattr(self, stream))
                if match is None:
                    raise AssertionError(f'{self} ended without {pattern!r} on {stream}')
            return match
        return wait_until(look, limit_s, f'{pattern!r} on {stream} of {self.argv}')

    def signal(self, number):
        self._popen.send_signal(number)

    def children(self):
        """The process ids of its direct children."""
        try:
            text = pathlib.Path(f'/proc/{self.pid}/task/{self.pid}/children').read_text()
        except OSError:
            return []
        return [int(word) for word in text.split()]

    def stop(self, limit_s=10):
        """Ends it, first by SIGTERM, and whatever it left behind in its session's group."""
        if self.returncode is None:
            self.signal(signal.SIGTERM)
            try:
                self._popen.wait(limit_s)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self._popen.wait(limit_s)

    def __repr__(self):
        return (f'{self.argv} -> {self.returncode}\n--- stdout\n{self.stdout[-4000:]}'
                f'\n--- stderr\n{self.stderr[-4000:]}')


class Target:
    """A running `thrum target`."""

    def __init__(self, process):
        self.process = process
        self.port = int(process.wait_for(r'127\.0\.0\.1:(\d+)').group(1))
        self.url = f'http://127.0.0.1:{self.port}/'

    def get(self, path):
        """The body of one GET, by Python's own client."""
        with urllib.request.urlopen(f'http://127.0.0.1:{self.port}{path}', timeout=20) as reply:
            return reply.read()

    def stats(self):
        """What it served so far, by its own count."""
        return json.loads(self.get('/stats'))

    def stop(self):
        self.process.stop()


class Case:
    """What one test runs in."""

    def __init__(self, directory):
        self.directory = directory
        self._processes = []

    def write(self, name, text):
        """Writes a file into the test's folder; its path."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        return path

    def start(self, argv, env=None, cwd=None, stdin=subprocess.DEVNULL):
        """Starts a program in the test's folder; a Process."""
        stem = self.directory / f'.process-{len(self._processes)}'
        process = Process(argv, stem, env=env, cwd=cwd or self.directory, stdin=stdin)
        self._processes.append(process)
        return process

    def run(self, argv, env=None, cwd=None, limit_s=LIMIT_S, stdin=subprocess.DEVNULL):
        """Runs a program to its end; the Process."""
        process = self.start(argv, env=env, cwd=cwd, stdin=stdin)
        process.wait(limit_s)
        return process

    def thrum(self, *arguments, **keywords):
        """Runs thrum. A test machine may be too busy to measure on: `run` says so, and goes on."""
        if arguments[0] == 'run':
            arguments += tuple(WARN)
        return self.run([THRUM, *arguments], **keywords)

    def analyze(self, *arguments, **keywords):
        return self.run([THRUM_ANALYZE, *arguments], **keywords)

    def target(self, *options, **keywords):
        """A `thrum target` on a free loopback port that dies with this script."""
        return Target(self.start([THRUM, 'target', '--listen', '127.0.0.1:0', '--die-with-parent',
                                  '--exit-after', '300s', *options], **keywords))

    def close(self):
        for process in reversed(self._processes):
            process.stop()

    def explain(self):
        for process in self._processes:
            print_diagnostic(repr(process))


def analyze(case, *arguments, code=0, env=None):
    """Runs thrum-analyze, which must end with @code; the Process."""
    process = case.analyze(*arguments, env=env)
    equal(process.returncode, code, repr(process))
    return process


def summary_of(case, folder):
    return json.loads((case.directory / folder / 'summary.json').read_text())


def intervals_of(case, folder):
    with open(case.directory / folder / 'intervals.csv', newline='') as file:
        return list(csv.DictReader(file))


def print_diagnostic(text):
    for line in text.splitlines():
        print(f'# {line}', flush=True)


def run_one(number, function):
    name = function.__name__.replace('_', ' ')
    directory = pathlib.Path(tempfile.mkdtemp(prefix='thrum-e2e-'))
    case = Case(directory)
    try:
        try:
            function(case)
        except Skip as reason:
            print(f'ok {number} - {name} # SKIP {reason}', flush=True)
            return True
        except Exception:
            print(f'not ok {number} - {name}', flush=True)
            print_diagnostic(traceback.format_exc())
            case.explain()
            return False
        print(f'ok {number} - {name}', flush=True)
        return True
    finally:
        case.close()
        shutil.rmtree(directory, ignore_errors=True)


def main():
    """Runs every registered test, or those named on the command line, and prints TAP."""
    chosen = [function for function in _tests
              if len(sys.argv) < 2 or function.__name__ in sys.argv[1:]]
    print(f'1..{len(chosen)}', flush=True)
    good = [run_one(number, function) for number, function in enumerate(chosen, 1)]
    sys.exit(0 if all(good) and chosen else 1)
