# SPDX-License-Identifier: MIT
"""How near the real clock keeps the plan: 40 users over a ramp-up of 10 s, and their pacing.

    tests/bench/schedule.py          prints; asserts nothing
"""

import csv
import pathlib
import tempfile

import paired

INI = '''[load]
duration = 30s
ramp-up = 10s
users = 40
processes = 4
interval = 1s

[results]
columns = elapsed, response, status, user, intended, sent, lag

[target it]
plugin = null
'''


def main():
    with tempfile.TemporaryDirectory() as folder:
        ini = pathlib.Path(folder) / 'schedule.ini'
        ini.write_text(INI)
        output = pathlib.Path(folder) / 'run'
        usage = paired.run([paired.THRUM, 'run', ini, '--quiet', '--output', output, '--set',
                            'load.on-invalid=warn'],
                           ','.join(map(str, paired.CPUS)))
        if usage.returncode != 0:
            raise SystemExit(usage.stdout)
        sent = {}
        with open(output / 'results.csv', newline='') as file:
            for row in csv.reader(file):
                sent.setdefault(int(row[3]), []).append(float(row[5]))

    starts = [abs(min(times) - user * 10 / 40) for user, times in sent.items()]
    gaps = [abs(after - before - 1)
            for times in sent.values()
            for before, after in zip(sorted(times), sorted(times)[1:])]
    print(f'starts of {len(starts)} users, off the plan: at most {max(starts) * 1e3:.3f} ms'
          '  goal 5 ms')
    for q in (0.5, 0.99, 1):
        print(f'start to start of {len(gaps)} requests, off 1 s: '
              f'p{q * 100:g} {paired.quantile(gaps, q) * 1e3:.3f} ms'
              f'{"  goal 2 ms" if q == 0.99 else ""}')


if __name__ == '__main__':
    main()
