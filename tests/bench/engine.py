#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a request costs: the CPU of all of thrum (coordinator and worker, every request written to
results.csv) beside bare loops that read stamps and write rows, wrk, and others.

    THRUM_BUILD_ROOT=build-release tests/bench/engine.py [--connections 50,1000] [--rounds 7]
        [--seconds 5] [--tls] [--tools thrum-epoll,thrum-io_uring,bare-epoll,bare-uring,wrk,h2load,ab]

The generator is pinned to one core, nginx with `return 200` to the other. Prints; judges nothing.
"""

import argparse
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

import paired

INI = '''[load]
duration = {seconds}s
users = {connections}
processes = 1
threads = 1
engine = {engine}
on-invalid = warn

[target site]
plugin = http1
url = {url}
{more}
'''

# How each says how many requests it did.
COUNTS = {
    'bare-epoll': r'^(\d+) ',
    'bare-uring': r'^(\d+) ',
    'wrk': r'(\d+) requests in',
    'h2load': r'(\d+) done',
    'ab': r'Complete requests:\s+(\d+)',
}


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """nginx's lines for a certificate of its own, cert.pem."""
    subprocess.run(
        ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
         '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
         '-keyout', f'{folder}/key.pem', '-out', f'{folder}/cert.pem'],
        check=True, capture_output=True)
    return f'ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;'


class Bench:
    def __init__(self, options, folder, server):
        self.options, self.folder, self.server = options, folder, server

    def thrum(self, engine, connections):
        """CPU us per request."""
        ini = self.folder / 'test.ini'
        ini.write_text(INI.format(
            seconds=self.options.seconds, connections=connections, engine=engine,
            url=self.server.url,
            more=f'ca-file = {self.folder}/cert.pem' if self.options.tls else ''))
        usage, document = paired.thrum_json([ini], self.folder)
        everything = document['all']
        if everything['ok'] == 0 or everything['ok'] != everything['rows']:
            sys.exit(f'thrum: {everything}')
        return usage.cpu_s / everything['rows'] * 1e6

    def peer(self, name, connections):
        seconds, url = self.options.seconds, self.server.url
        bare = [self.server.port, connections, seconds, self.folder / 'rows.csv']
        usage = paired.run({
            'bare-epoll': [paired.BUILD / 'tests' / 'bench' / 'bare-epoll', *bare],
            'bare-uring': [paired.BUILD / 'tests' / 'bench' / 'bare-uring', *bare],
            'wrk': ['wrk', '-t1', f'-c{connections}', f'-d{seconds}s', url],
            'h2load': ['h2load', '--h1', '-t1', f'-c{connections}', f'-D{seconds}', url],
            'ab': ['ab', '-k', '-q', f'-t{seconds}', '-n1000000000', f'-c{connections}', url],
        }[name])
        found = re.search(COUNTS[name], usage.stdout, re.MULTILINE)
        if found is None:
            sys.exit(f'{name}: exit code {usage.returncode}\n{usage.stdout}')
        return usage.cpu_s / int(found.group(1)) * 1e6

    def measure(self, names, connections):
        print(f'# {connections} connections, {self.options.rounds} rounds of '
              f'{self.options.seconds} s{", TLS" if self.options.tls else ""}; CPU us a request; '
              f'load {os.getloadavg()[0]:.1f}', flush=True)
        contenders = {}
        for name in names:
            tool, _, engine = name.partition('-')
            contenders[name] = (
                (lambda engine=engine: self.thrum(engine, connections)) if tool == 'thrum'
                else (lambda name=name: self.peer(name, connections)))
        figures = paired.rounds(contenders, self.options.rounds)
        for name in names:
            for other in names:
                if name.startswith('thrum-') and name != other:
                    paired.print_ratio(figures, name, other, 'CPU per request')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('--connections', default='50,1000')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--seconds', type=int, default=5)
    parser.add_argument('--tools', default='')
    parser.add_argument('--tls', action='store_true')
    options = parser.parse_args()
    peers = ('wrk', 'h2load') if options.tls else ('bare-epoll', 'bare-uring', 'wrk')
    names = options.tools.split(',') if options.tools else ['thrum-epoll', 'thrum-io_uring', *peers]

    with tempfile.TemporaryDirectory() as folder:
        tls = make_certificate(folder) if options.tls else ''
        with paired.nginx(folder, free_port(), tls) as server:
            for connections in map(int, options.connections.split(',')):
                Bench(options, pathlib.Path(folder), server).measure(names, connections)


if __name__ == '__main__':
    main()
