#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the http plugin, and all of thrum around it, costs.

    THRUM_BUILD_ROOT=build-release http-plugin.py [--rounds 7] [--seconds 10] [--users 4] [part...]

cost:    CPU per keep-alive GET, coordinator and workers together, every request written to
         results.csv, beside the bare loop on libsoup (bare-soup); the goal is 1.10. The second
         figure leaves out what thrum's start costs, which a short run on a busy machine, with few
         requests, would charge to each of them.
rate:    GETs per second on one core, keep-alive and with a new connection each, beside hey and the
         method of the 2010 script in Python.
memory:  anonymous memory per virtual user, from the growth between two numbers of users.

One core for the generator, the other for nginx; runs in turns (see paired.py).
"""

import argparse
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

import paired

HERE = pathlib.Path(__file__).resolve().parent

INI = '''[load]
duration = {seconds}s
users = {users}
processes = 1
{load}

[target site]
plugin = http
url = {url}
connection = {connection}
'''


def plugin_environment():
    """Plugins of the build tree, unless the caller knows better."""
    if 'THRUM_PLUGIN_PATH' not in os.environ:
        folders = sorted(str(path) for path in (paired.BUILD / 'plugins').iterdir() if path.is_dir())
        os.environ['THRUM_PLUGIN_PATH'] = ':'.join(folders)


class Bench:
    def __init__(self, options, folder, server):
        self.options, self.folder, self.server = options, folder, server

    def ini(self, connection='keep', users=None, load='', seconds=None):
        path = pathlib.Path(self.folder) / 'test.ini'
        path.write_text(INI.format(seconds=seconds or self.options.seconds, load=load,
                                   users=users or self.options.users, url=self.server.url,
                                   connection=connection))
        return path

    def check(self, name, n_requests, n_failures, output):
        if n_requests == 0 or n_failures > 0:
            sys.exit(f'{name}: {n_failures} of {n_requests} failed\n{output}')

    def thrum(self, connection='keep'):
        """(requests, Usage)"""
        usage, document = paired.thrum_json([self.ini(connection)], self.folder)
        sent = document['counts']['sent']
        self.check('thrum', sent, sent - document['all']['ok'], usage.stdout)
        return sent, usage

    def start_cpu_s(self):
        """The CPU of a run that sends one request per user."""
        ini = self.ini(load='interval = 1h', seconds='0.1')
        usage, _ = paired.thrum_json([ini], self.folder)
        return usage.cpu_s

    def bare(self, *more):
        usage = paired.run([paired.BUILD / 'tests' / 'bench' / 'bare-soup', self.server.url,
                            self.options.users, self.options.seconds, *more])
        document = json.loads(usage.stdout)
        self.check('bare-soup', document['requests'], document['failures'], usage.stdout)
        return document['requests'], usage

    def python(self):
        usage = paired.run([sys.executable, HERE / 'python2010.py', self.server.url, 1,
                            self.options.users, self.options.seconds,
                            pathlib.Path(self.folder) / 'python.csv'])
        document = json.loads(usage.stdout)
        self.check('python', document['requests'], document['failures'], usage.stdout)
        return document['requests'], usage

    def hey(self, *more):
        usage = paired.run([paired.need('hey', 'hey'), '-z', f'{self.options.seconds}s', '-c',
                            self.options.users, *more, self.server.url])
        statuses = {int(code): int(n)
                    for code, n in re.findall(r'^\s+\[(\d+)\]\s+(\d+) responses', usage.stdout, re.M)}
        self.check('hey', sum(statuses.values()), sum(statuses.values()) - statuses.get(200, 0),
                   usage.stdout)
        return sum(statuses.values()), usage


def cost_us(measured):
    n_requests, usage = measured
    return usage.cpu_s * 1e6 / n_requests


def cost(bench):
    print(f'# CPU us per keep-alive GET, {bench.options.users} users on one core')
    running = []

    def thrum():
        start_s = bench.start_cpu_s()
        n_requests, usage = bench.thrum()
        running.append((usage.cpu_s - start_s) * 1e6 / n_requests)
        return usage.cpu_s * 1e6 / n_requests

    figures = paired.rounds({'thrum': thrum, 'bare': lambda: cost_us(bench.bare()),
                             'bare-fresh': lambda: cost_us(bench.bare('fresh'))},
                            bench.options.rounds)
    figures['thrum once started'] = running
    for name in 'thrum', 'thrum once started':
        paired.print_ratio(figures, name, 'bare', 'CPU per GET', '<= 1.10')
    paired.print_ratio(figures, 'bare-fresh', 'bare', 'CPU per GET, a new message object each')


def rate(bench):
    def per_second(measured):
        return measured[0] / bench.options.seconds

    print(f'# GETs/s, {bench.options.users} users on one core')
    figures = paired.rounds({'thrum': lambda: per_second(bench.thrum('per-request')),
                             'python': lambda: per_second(bench.python()),
                             'hey': lambda: per_second(bench.hey('-disable-keepalive'))},
                            bench.options.rounds)
    paired.print_ratio(figures, 'thrum', 'python', 'GETs/s, a new connection each')
    paired.print_ratio(figures, 'thrum', 'hey', 'GETs/s, a new connection each')
    figures = paired.rounds({'thrum': lambda: per_second(bench.thrum()),
                             'hey': lambda: per_second(bench.hey())}, bench.options.rounds)
    paired.print_ratio(figures, 'thrum', 'hey', 'GETs/s, keep-alive')


def anonymous_kib(pid):
    for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('RssAnon:'):
            return int(line.split()[1])
    return 0


def worker_memory_kib(bench, users):
    """The most anonymous memory that the one worker has while all its users are at it."""
    ini = bench.ini(users=users, load='interval = 200ms', seconds=4)
    output = tempfile.mkdtemp(dir=bench.folder)
    process = subprocess.Popen(paired.pinned([paired.THRUM, 'run', ini, '--quiet', '--output', output],
                                             paired.GENERATOR_CPU),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        try:
            children = pathlib.Path(f'/proc/{process.pid}/task/{process.pid}/children').read_text()
            most = max([most, *(anonymous_kib(int(pid)) for pid in children.split())])
        except OSError:
            pass
        time.sleep(0.05)
    return most


def memory(bench):
    few, many = 50, 250
    print('# anonymous memory of the worker')
    figures = paired.rounds({str(few): lambda: worker_memory_kib(bench, few),
                             str(many): lambda: worker_memory_kib(bench, many)},
                            min(bench.options.rounds, 3))
    growth = [(b - a) / (many - few) for a, b in zip(figures[str(few)], figures[str(many)])]
    print(f'anonymous memory per user: {paired.median(growth):.0f} KiB '
          f'({paired.median(figures[str(few)]) / 1024:.1f} MiB with {few} users, '
          f'{paired.median(figures[str(many)]) / 1024:.1f} MiB with {many})  goal < 200')


PARTS = {'cost': cost, 'rate': rate, 'memory': memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--seconds', type=int, default=10)
    parser.add_argument('--users', type=int, default=4)
    parser.add_argument('parts', nargs='*', metavar='part',
                        help='cost, rate, memory; all of them if none is named')
    options = parser.parse_args()
    plugin_environment()
    with tempfile.TemporaryDirectory(prefix='thrum-bench-') as folder:
        with socket.create_server(('127.0.0.1', 0)) as probe:
            port = probe.getsockname()[1]
        with paired.nginx(folder, port) as server:
            bench = Bench(options, folder, server)
            for part in options.parts or PARTS:
                PARTS[part](bench)


if __name__ == '__main__':
    main()
