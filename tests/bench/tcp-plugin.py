# SPDX-License-Identifier: MIT
"""The tcp plugin against redis-server's PING, beside redis-benchmark: requests per CPU second, one
call at a time on each of 50 connections, the generator on one core, redis on the other.

    tests/bench/tcp-plugin.py [ROUNDS]          prints; asserts nothing
"""

import pathlib
import socket
import sys
import tempfile
import time

import paired

CONNECTIONS = 50
SECONDS = 3

INI = '''[load]
duration = {seconds}s
users = {connections}
processes = 1

[target redis]
plugin = tcp
address = 127.0.0.1:{port}
send = PING\\r\\n
delimiter = \\r\\n
expect = +PONG
'''


def main():
    n_rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    paired.need('redis-benchmark', 'redis-tools')
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, paired.Server(
            [paired.need('redis-server', 'redis-server'), '--port', port, '--bind', '127.0.0.1',
             '--save', '', '--dir', folder]):
        time.sleep(1)
        ini = pathlib.Path(folder) / 'ping.ini'
        ini.write_text(INI.format(seconds=SECONDS, connections=CONNECTIONS, port=port))
        n_requests = 100000

        def thrum():
            usage, document = paired.thrum_json([ini], folder)
            if document['all']['failed'] > 0 or document['all']['ok'] == 0:
                sys.exit(f'thrum: {document["all"]}')
            return document['all']['ok'] / usage.cpu_s

        def redis_benchmark():
            usage = paired.run(['redis-benchmark', '-p', port, '-c', CONNECTIONS, '-n', n_requests,
                                '-t', 'ping_inline', '-q'])
            if usage.returncode != 0:
                sys.exit(usage.stdout)
            return n_requests / usage.cpu_s

        figures = paired.rounds({'thrum': thrum, 'redis-benchmark': redis_benchmark}, n_rounds)
        paired.print_ratio(figures, 'thrum', 'redis-benchmark', 'PING per CPU second', '1.2 or more')


if __name__ == '__main__':
    main()
