# SPDX-License-Identifier: MIT
"""thrum-analyze at scale, in one run, interleaved: against `wc -l` and DuckDB, with plots, memory.

    analyze.py ANALYZE MAKE_ROWS [ROWS [LARGE_ROWS [FOLDER]]]

Prints figures, judges nothing. ROWS (2,000,000) are measured with three columns, with seven and with the
eight of a run; then, if asked for, LARGE_ROWS of eight columns for time and memory alone. DuckDB is npm's
@duckdb/node-api, installed into the temporary folder where npm is there; it computes interval, count, mean and
an approximate p99. Each
figure is the median of ROUNDS rounds, in each of which every contender runs once, the order turned about; the
ratios are medians of rounds, too. The file is in the page cache, since it was just written and read once;
the report's folder is new each time, since a report that replaces another waits for the disk.
"1 thread" is one CPU, too (taskset). RssAnon is the most that a look every 10 ms saw: to look every 2 ms
slowed what was measured by a seventh.
"""

import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROUNDS = int(os.environ.get('ROUNDS', '5'))

DUCKDB = """
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: process.argv[3] });
  const connection = await instance.connect();
  const columns = process.argv[4] === '3'
    ? "{'e':'DOUBLE','r':'DOUBLE','s':'INTEGER'}"
    : "{'e':'DOUBLE','r':'DOUBLE','s':'INTEGER','v':'DOUBLE','q':'VARCHAR','f':'VARCHAR','b':'BIGINT'" +
      (process.argv[4] === '8' ? ",'l':'DOUBLE'}" : "}");
  const start = process.hrtime.bigint();
  const reader = await connection.runAndReadAll(
    `select floor(e) i, count(*), avg(r), approx_quantile(r, 0.99) from
     read_csv('${process.argv[2]}', header=false, columns=${columns}) group by i order by i`);
  console.log(reader.currentRowCount, Number(process.hrtime.bigint() - start) / 1e9);
})();
"""


def anonymous_kb(pid):
    try:
        return int(re.search(r'RssAnon:\s+(\d+)', pathlib.Path(f'/proc/{pid}/status').read_text()).group(1))
    except (OSError, AttributeError):
        return 0


def watch(pid, peak, done):
    while not done.wait(0.01):
        peak[0] = max(peak[0], anonymous_kb(pid))


def measure(argv, env=None, cpus=None):
    """Wall and CPU seconds, and the peak of anonymous memory in MB. DuckDB's wall time is its query's, without
    node's start."""
    peak, done = [0], threading.Event()
    if '--output' in argv:
        shutil.rmtree(argv[argv.index('--output') + 1], ignore_errors=True)
    start = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, text=True,
                               preexec_fn=(lambda: os.sched_setaffinity(0, cpus)) if cpus else None)
    watcher = threading.Thread(target=watch, args=(process.pid, peak, done))
    watcher.start()
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    done.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f'{argv} ended with {process.returncode}')
    if argv[0] == 'node':
        wall = float(output.split()[1])
    return wall, usage.ru_utime + usage.ru_stime, peak[0] / 1024


def install_duckdb(folder):
    """The environment in which node finds it; None where it cannot be had."""
    if not (shutil.which('node') and shutil.which('npm')):
        return None
    result = subprocess.run(['npm', 'install', '--no-audit', '--no-fund', '--prefix', folder, '@duckdb/node-api'],
                            capture_output=True, text=True)
    if result.returncode != 0:
        print(f'# no DuckDB: {result.stderr.strip().splitlines()[-1:]}')
        return None
    return {**os.environ, 'NODE_PATH': str(folder / 'node_modules')}


def write_rows(make_rows, path, n, columns):
    with open(path, 'wb') as file:
        subprocess.run([make_rows, str(n), str(columns)], stdout=file, check=True)
    subprocess.run(['wc', '-l', path], stdout=subprocess.DEVNULL, check=True)
    print(f'# {n} rows of {columns} columns, {path.stat().st_size / 1e6:.0f} MB')


def run_rounds(contenders):
    results = {name: [] for name in contenders}
    for i in range(ROUNDS):
        for name in list(contenders)[::-1 if i % 2 else 1]:
            results[name].append(measure(**contenders[name]))
    for name, rounds in results.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*rounds))
        print(f'{name:28} {wall:7.3f} s wall {cpu:7.3f} s CPU {memory:6.0f} MB anonymous', flush=True)
    return results


def print_ratio(results, one, other, less=False):
    if one in results and other in results:
        value = statistics.median(a[0] - b[0] if less else a[0] / b[0] for a, b in zip(results[one], results[other]))
        print(f'{one} {"less" if less else "over"} {other}: {value:.2f}' + (' s' if less else ''))


def compare(analyze, rows, columns, folder, duckdb, script):
    first = {min(os.sched_getaffinity(0))}
    contenders = {'wc -l': {'argv': ['wc', '-l', rows]}}
    for jobs in ('1', '2'):
        bare = [analyze, rows, '--interval', '1', '--jobs', jobs, '--output', folder / 'report']
        cpus = first if jobs == '1' else None
        contenders[f'analyze, {jobs} thread(s)'] = {'argv': [*bare, '--no-plots'], 'cpus': cpus}
        if duckdb is not None:
            contenders[f'duckdb, {jobs} thread(s)'] = {
                'argv': ['node', script, rows, jobs, str(columns)], 'env': duckdb, 'cpus': cpus}
        if jobs == '2':
            contenders['analyze and plots, 2 threads'] = {'argv': bare}
    results = run_rounds(contenders)
    for jobs in ('1', '2'):
        print_ratio(results, f'duckdb, {jobs} thread(s)', f'analyze, {jobs} thread(s)')
        print_ratio(results, f'analyze, {jobs} thread(s)', 'wc -l')
    print_ratio(results, 'duckdb, 1 thread(s)', 'analyze, 2 thread(s)')
    print_ratio(results, 'analyze and plots, 2 threads', 'analyze, 2 thread(s)', less=True)


def main():
    analyze, make_rows = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 2000000
    large = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    with tempfile.TemporaryDirectory(dir=sys.argv[5] if len(sys.argv) > 5 else None) as folder:
        folder = pathlib.Path(folder)
        script = folder / 'duckdb.js'
        script.write_text(DUCKDB)
        duckdb = install_duckdb(folder)
        rows = folder / 'rows.csv'
        for columns in (3, 7, 8):
            write_rows(make_rows, rows, n, columns)
            compare(analyze, rows, columns, folder, duckdb, script)
        if large > 0:
            write_rows(make_rows, rows, large, 8)
            run_rounds({f'{name}, {jobs} thread(s)': {
                'argv': [analyze, rows, '--jobs', jobs, '--output', folder / 'report', *more]}
                for name, more in (('analyze', ['--no-plots']), ('with plots', [])) for jobs in ('1', '2')})


if __name__ == '__main__':
    main()
