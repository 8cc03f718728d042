#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What verdicts and exit codes runs get here, by hand: 20 plain ones, of five kinds, and as many of a good
service and of a slow one with a threshold between them.

    THRUM_BUILD_ROOT=build-release python3 tests/truth/verdicts.py [--busy] [--seconds 10] [--rounds 4] [SERVICE ...]

Generator and target are pinned apart, as the documentation advises. --busy has a program that takes all it
gets run on each CPU meanwhile. Prints each run, and how many had which verdict and exit code. Exit code 1 if a
run of the good service is red (1), or one of the slow service green (0), however busy it is; and if it is
not, if a plain run is not VALID.
"""

import argparse
import collections
import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'bench'))

import paired  # noqa: E402

KINDS = {
    'http1 at 1000/s': ('http1', 'rate = 1000/s'),
    'http1 at 100/s, Poisson': ('http1', 'rate = 100/s\narrivals = poisson'),
    'http1, 200 users, 1 s apart': ('http1', 'users = 200\ninterval = 1s\nramp-up = 2s'),
    'http, 10 users thinking 50 ms': ('http', 'users = 10\nramp-up = 1s\nthink-time = 50ms'),
    'http at 200/s': ('http', 'rate = 200/s'),
}

# The target's options, and what the test asks of it.
SERVICES = {
    'plain': (['--delay', '5ms'], ''),
    'good': (['--delay', '5ms'], '[thresholds]\np99 = 250ms\n'),
    'slow': (['--delay', '400ms'], '[thresholds]\np99 = 250ms\n'),
}

INI = '''[load]
duration = {seconds}s
processes = {processes}
{load}

[target it]
plugin = {plugin}
url = {url}
{thresholds}
'''


@contextlib.contextmanager
def hogs(are_wanted):
    """A program on each CPU that takes all it gets; stopped by process id."""
    started = [subprocess.Popen(paired.pinned([sys.executable, '-c', 'while True: pass'], cpu))
               for cpu in paired.CPUS if are_wanted]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def run(folder, text):
    """One run: its document and exit code."""
    ini, out = pathlib.Path(folder) / 'test.ini', pathlib.Path(folder) / 'out'
    ini.write_text(text)
    shutil.rmtree(out, ignore_errors=True)
    usage = paired.run([paired.THRUM, 'run', '--quiet', '--output', out, ini])
    return json.loads((out / 'run.json').read_text()), usage.returncode


def describe(document):
    """Each threshold's judgement, and the p99 with thrum's part in it."""
    whole, service = (document['all'][name].get('p99_ns', 0) / 1e6 for name in ('response', 'response_less_lag'))
    judged = ''.join(f', {each["key"]} {each["judgement"]}' for each in document['thresholds'])
    return f'p99 {whole:.1f} ms, less lag {service:.1f} ms{judged}'


def run_all(folder, service, arguments):
    """All kinds of runs of one service; how many had which level and exit code."""
    options, thresholds = SERVICES[service]
    counts = collections.Counter()
    with paired.target(*options) as server:
        for i in range(arguments.rounds):
            for name, (plugin, load) in KINDS.items():
                document, code = run(folder, INI.format(
                    seconds=arguments.seconds, processes=1 + i % 2, load=load, plugin=plugin, url=server.url,
                    thresholds=thresholds))
                level = document['verdict']['level']
                counts[level, code] += 1
                print(f'{service:6} {name:30} {level:9} exit {code}  {describe(document)}', flush=True)
                for reason in document['verdict']['reasons']:
                    print(f'    {reason["signal"]}: {reason["text"]}', flush=True)
    return counts


def is_wrong(service, counts, is_busy):
    red, green = (sum(n for (_, code), n in counts.items() if code == wanted) for wanted in (1, 0))
    n_valid = sum(n for (level, _), n in counts.items() if level == 'VALID')
    return {'plain': not is_busy and n_valid < sum(counts.values()), 'good': red > 0, 'slow': green > 0}[service]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--busy', action='store_true')
    parser.add_argument('--seconds', type=int, default=10)
    parser.add_argument('--rounds', type=int, default=4)
    parser.add_argument('services', nargs='*', metavar='SERVICE', help=', '.join(SERVICES) + '; all of them')
    arguments = parser.parse_args()
    services = arguments.services or list(SERVICES)
    for service in services:
        if service not in SERVICES:
            parser.error(f'there is no service {service}')

    found = {}
    with tempfile.TemporaryDirectory() as folder, hogs(arguments.busy):
        for service in services:
            found[service] = run_all(folder, service, arguments)
    print(f'\n{"busy" if arguments.busy else "idle"} machine')
    for service, counts in found.items():
        print(f'{service:6} ' + ', '.join(f'{n} {level} with exit code {code}'
                                          for (level, code), n in sorted(counts.items())))
    sys.exit(any(is_wrong(service, counts, arguments.busy) for service, counts in found.items()))


if __name__ == '__main__':
    main()
