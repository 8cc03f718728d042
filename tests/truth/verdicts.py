#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether plain runs on an idle machine are VALID: 20 of them, of five kinds, by hand.

    THRUM_BUILD_ROOT=build-release python3 tests/truth/verdicts.py [--seconds 10] [--rounds 4]

Generator and target are pinned apart, as the documentation advises. Prints the verdict of each run
with its reasons; exit code 1 if one of them is not VALID.
"""

import argparse
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'bench'))

import paired  # noqa: E402

KINDS = {
    'http1 at 1000/s': ('http1', 'rate = 1000/s'),
    'http1 at 100/s, Poisson': ('http1', 'rate = 100/s\narrivals = poisson'),
    'http1, 200 users, 1 s apart': ('http1', 'users = 200\ninterval = 1s\nramp-up = 2s'),
    'http, 10 users thinking 50 ms': ('http', 'users = 10\nramp-up = 1s\nthink-time = 50ms'),
    'http at 200/s': ('http', 'rate = 200/s\nmax-in-flight = 20'),
}

INI = '''[load]
duration = {seconds}s
processes = {processes}
{load}

[target it]
plugin = {plugin}
url = {url}
'''


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=int, default=10)
    parser.add_argument('--rounds', type=int, default=4)
    arguments = parser.parse_args()

    n_valid = n_runs = 0
    with tempfile.TemporaryDirectory() as folder, paired.target('--delay', '5ms') as server:
        for i in range(arguments.rounds):
            for name, (plugin, load) in KINDS.items():
                ini = pathlib.Path(folder) / 'test.ini'
                ini.write_text(INI.format(seconds=arguments.seconds, processes=1 + i % 2, load=load,
                                          plugin=plugin, url=server.url))
                _, document = paired.thrum_json([ini, '--set', 'load.on-invalid=warn'], folder)
                verdict = document['verdict']
                n_runs += 1
                n_valid += verdict['level'] == 'VALID'
                lag = document['lag']
                print(f'{name:32} {verdict["level"]:9} lag p50 {lag["p50_ns"] / 1e3:.0f} us, '
                      f'p99 {lag["p99_ns"] / 1e3:.0f} us', flush=True)
                for reason in verdict['reasons']:
                    print(f'    {reason["text"]}', flush=True)
    print(f'{n_valid} of {n_runs} VALID')
    sys.exit(n_valid != n_runs)


if __name__ == '__main__':
    main()
