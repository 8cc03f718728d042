#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Service time as thrum sees it, beside what the server itself says it took.

    THRUM_BUILD_ROOT=build-release tests/bench/service-time.py [--seconds 10] [--rounds 3]

`thrum target` answers after 1 ms and logs each request from the kernel's receipt to just before its
write. thrum sends 2000/s; the difference of the two distributions' quantiles is what lies between them:
the loopback, the kernel at both ends, and the generator. wrk beside it, with two connections, which
come to about as many requests. Prints; judges nothing.
"""

import argparse
import csv
import pathlib
import tempfile

import paired

QUANTILES = (0.5, 0.9, 0.99, 0.999)

INI = '''[load]
duration = {seconds}s
rate = 2000/s
processes = 1
engine = {engine}
on-invalid = warn

[results]
columns = elapsed, response, status, service

[target it]
plugin = http1
url = {url}
'''

def quantiles(values):
    return [paired.quantile(values, q) for q in QUANTILES]


def of_log(path):
    """The server's own, us."""
    with open(path, newline='') as file:
        return quantiles([(int(row['send_ns']) - int(row['receive_ns'])) / 1e3
                          for row in csv.DictReader(file) if int(row['send_ns']) > 0])


def thrum(folder, engine, seconds, url):
    ini, output = folder / 'test.ini', folder / f'run-{engine}'
    ini.write_text(INI.format(seconds=seconds, engine=engine, url=url))
    usage = paired.run([paired.THRUM, 'run', ini, '--quiet', '--output', output])
    if usage.returncode != 0:
        raise SystemExit(usage.stdout)
    with open(output / 'results.csv', newline='') as file:
        found = quantiles([float(row[3]) * 1e6 for row in csv.reader(file)])
    for path in output.iterdir():
        path.unlink()
    output.rmdir()
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=int, default=10)
    parser.add_argument('--rounds', type=int, default=3)
    arguments = parser.parse_args()
    differences = {}

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for _ in range(arguments.rounds):
            for tool in 'thrum, epoll', 'thrum, io_uring', 'wrk':
                log = folder / 'log.csv'
                with paired.target('--delay', '1ms', '--log', log) as server:
                    if tool == 'wrk':
                        found = paired.wrk_latencies(server.url, 2, arguments.seconds)
                        seen = [found[q] * 1e6 for q in QUANTILES]
                    else:
                        seen = thrum(folder, tool.split()[1], arguments.seconds, server.url)
                own = of_log(log)
                differences.setdefault(tool, []).append([a - b for a, b in zip(seen, own)])
    print('service time beyond the server\'s own, us, median of '
          f'{arguments.rounds} runs: p50, p90, p99, p99.9')
    for tool, rounds in differences.items():
        print(f'{tool:16} ' + ', '.join(f'{paired.median(column):.0f}' for column in zip(*rounds))
              + ('   goal p50 15, p99 60' if tool.startswith('thrum') else ''))


if __name__ == '__main__':
    main()
