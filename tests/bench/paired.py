# SPDX-License-Identifier: MIT
"""What the benchmarks share: runs measured in pairs, interleaved, and compared as ratios.

A figure of one run on a shared machine means little; a ratio of two programs that took turns within
minutes means something. So: each round runs every contender once, in an order that alternates; a
round gives a ratio; the figure is the median of the ratios, with the interval that the sign test
gives for a median (95% from 6 rounds on, wider before).

Nothing here judges: a benchmark prints, a person reads.
"""

import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get('THRUM_BUILD_ROOT', ROOT / 'build-release')).resolve()
THRUM = os.environ.get('THRUM', str(BUILD / 'core' / 'thrum'))

# The plugins of the same build, unless told otherwise.
os.environ.setdefault('THRUM_PLUGIN_PATH', ':'.join(map(str, (BUILD / 'plugins').glob('*/'))))

CPUS = sorted(os.sched_getaffinity(0))
GENERATOR_CPU = CPUS[0]
TARGET_CPU = CPUS[-1]


def need(program, package):
    path = shutil.which(program) or shutil.which(program, path='/usr/sbin:/sbin')
    if path is None:
        sys.exit(f'{program} is not installed: apt-get install {package}')
    return path


def pinned(argv, cpu):
    return ['taskset', '-c', str(cpu), *map(str, argv)]


class Usage:
    """What a finished program, and all whom it waited for, used."""

    def __init__(self, wall_s, usage, stdout, returncode):
        self.wall_s = wall_s
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.user_s = usage.ru_utime
        self.system_s = usage.ru_stime
        self.stdout = stdout
        self.returncode = returncode


def run(argv, cpu=GENERATOR_CPU, env=None):
    """Runs a program to its end, pinned; a Usage. Its CPU time is its own and its children's."""
    with tempfile.TemporaryFile('w+') as out:
        start = time.monotonic()
        process = subprocess.Popen(pinned(argv, cpu), stdout=out, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL,
                                   env=None if env is None else {**os.environ, **env})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return Usage(wall, usage, out.read(), process.returncode)


class Server:
    """A server on loopback, pinned, stopped by its process id."""

    def __init__(self, argv, cpu=TARGET_CPU, **keywords):
        self.process = subprocess.Popen(pinned(argv, cpu), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        **keywords)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def target(*options, cpu=TARGET_CPU):
    """`thrum target` on a free port; .port and .url are set."""
    server = Server([THRUM, 'target', '--listen', '127.0.0.1:0', '--exit-after', '1800s',
                     '--die-with-parent', *options], cpu)
    server.port = int(re.search(r':(\d+)', server.process.stdout.readline()).group(1))
    server.url = f'http://127.0.0.1:{server.port}/'
    return server


NGINX = '''daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
worker_rlimit_nofile 20000;
events {{ worker_connections 19000; multi_accept on; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  server {{ listen 127.0.0.1:{port} backlog=4096 reuseport; {tls}
    location / {{ default_type text/plain; return 200 "hello, world"; }} }}
}}
'''


def nginx(folder, port, tls='', cpu=TARGET_CPU):
    """nginx that answers 200 and 12 bytes; `tls` holds ssl_certificate lines."""
    config = pathlib.Path(folder) / 'nginx.conf'
    if tls:
        text = NGINX.format(folder=folder, port=port, tls=tls).replace('reuseport', 'reuseport ssl')
    else:
        text = NGINX.format(folder=folder, port=port, tls='')
    config.write_text(text)
    server = Server([need('nginx', 'nginx-light'), '-p', folder, '-c', config], cpu)
    time.sleep(0.5)
    server.port = port
    server.url = f'http{"s" if tls else ""}://127.0.0.1:{port}/'
    return server


def thrum_json(argv, folder, cpu=GENERATOR_CPU):
    """Runs `thrum run ... --json`, its rows kept in a new folder; (Usage, the document)."""
    output = tempfile.mkdtemp(dir=folder)
    usage = run([THRUM, 'run', *argv, '--quiet', '--json', '--output', output], cpu)
    try:
        return usage, json.loads(usage.stdout[usage.stdout.index('{'):])
    except ValueError:
        sys.exit(f'thrum run failed with {usage.returncode}:\n{usage.stdout}')
    finally:
        shutil.rmtree(output)


# Latencies as wrk itself has them, s.
WRK_SCRIPT = '''done = function (summary, latency, requests)
  io.write (string.format ("FOUND mean %g", latency.mean / 1e6))
  for _, q in ipairs {50, 90, 95, 99, 99.9} do
    io.write (string.format (" %g %g", q / 100, latency:percentile (q) / 1e6))
  end
  print (string.format (" 1 %g", latency.max / 1e6))
end
'''


def wrk_latencies(url, connections, seconds):
    """wrk on one thread: {'mean': s, 0.5: s, ..., 1: s}."""
    with tempfile.NamedTemporaryFile('w', suffix='.lua') as script:
        script.write(WRK_SCRIPT)
        script.flush()
        out = run([need('wrk', 'wrk'), '-t1', f'-c{connections}', f'-d{seconds}s', '-s',
                   script.name, url]).stdout
    words = re.search(r'^FOUND (.*)$', out, re.MULTILINE).group(1).split()
    return {name if name == 'mean' else float(name): float(value)
            for name, value in zip(words[::2], words[1::2])}


def quantile(values, q):
    """Type 1: the value of rank ceil (nq)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * q - 1e-9), 1) - 1]


def median(values):
    values = sorted(values)
    n = len(values)
    return (values[(n - 1) // 2] + values[n // 2]) / 2


def interval(values):
    """The narrowest pair of order statistics that holds the median with 95%, or all there is."""
    values = sorted(values)
    n = len(values)
    for k in range(n // 2, 0, -1):
        outside = 2 * sum(math.comb(n, i) for i in range(k)) / 2 ** n
        if outside <= 0.05:
            return values[k - 1], values[n - k]
    return values[0], values[-1]


def rounds(contenders, n):
    """Runs each of {name: function} n times, interleaved, in alternating order; {name: [figure]}."""
    figures = {name: [] for name in contenders}
    for i in range(n):
        order = list(contenders)
        for name in order if i % 2 == 0 else reversed(order):
            figures[name].append(contenders[name]())
            print(f'  round {i + 1} {name}: {figures[name][-1]:.4g}', file=sys.stderr, flush=True)
    return figures


def print_ratio(figures, a, b, what, goal=''):
    ratios = [x / y for x, y in zip(figures[a], figures[b])]
    low, high = interval(ratios)
    print(f'{what}: {a} / {b} = {median(ratios):.3f} [{low:.3f}, {high:.3f}] '
          f'({median(figures[a]):.4g} / {median(figures[b]):.4g}, {len(ratios)} rounds)'
          f'{"  goal " + goal if goal else ""}', flush=True)
