# SPDX-License-Identifier: MIT
"""thrum-analyze at scale, in one run, interleaved: against `wc -l` and DuckDB, memory, --jobs.

    analyze.py ANALYZE MAKE_ROWS [ROWS]

Prints the figures, judges nothing. DuckDB (npm's @duckdb/node-api) is measured where node finds it:
npm install @duckdb/node-api in the folder that NODE_PATH names. The file is read once before, so that
it is in the page cache; each figure is the best of three, CPU and wall.
"""

import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3

DUCKDB = """
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: process.argv[3] });
  const connection = await instance.connect();
  const columns = process.argv[4] === '3'
    ? "{'e':'DOUBLE','r':'DOUBLE','s':'INTEGER'}"
    : "{'e':'DOUBLE','r':'DOUBLE','s':'INTEGER','v':'DOUBLE','q':'VARCHAR','f':'VARCHAR','b':'BIGINT'}";
  const reader = await connection.runAndReadAll(
    `select floor(e) i, count(*), avg(r), approx_quantile(r, 0.99) from
     read_csv('${process.argv[2]}', header=false, columns=${columns}) group by i order by i`);
  console.log(reader.currentRowCount);
})();
"""


def measure(argv, **options):
    """Wall and CPU seconds, and the peak of resident memory in MB."""
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f'{argv} ended with {process.returncode}')
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def has_duckdb():
    return shutil.which('node') and subprocess.run(
        ['node', '-e', "require('@duckdb/node-api')"], capture_output=True).returncode == 0


def main():
    analyze, make_rows = sys.argv[1:3]
    n = sys.argv[3] if len(sys.argv) > 3 else '2000000'
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        script = folder / 'duckdb.js'
        script.write_text(DUCKDB)
        for columns in ('3', '7'):
            rows = folder / f'rows{columns}.csv'
            with open(rows, 'wb') as file:
                subprocess.run([make_rows, n, columns], stdout=file, check=True)
            print(f'# {n} rows of {columns} columns, {rows.stat().st_size / 1e6:.0f} MB')
            contenders = {'wc -l': ['wc', '-l', rows]}
            for jobs in ('1', '2'):
                contenders[f'thrum-analyze --jobs {jobs}'] = [
                    analyze, rows, '--no-plots', '--interval', '1', '--jobs', jobs, '--output', folder / 'report']
            if has_duckdb():
                for threads in ('1', '2'):
                    contenders[f'duckdb {threads} threads'] = ['node', script, rows, threads, columns]
            contenders['thrum-analyze with plots'] = [analyze, rows, '--output', folder / 'report']
            results = {name: [] for name in contenders}
            for _ in range(ROUNDS):
                for name, argv in contenders.items():
                    results[name].append(measure(argv))
            for name, rounds in results.items():
                print(f'{name:28} {min(r[0] for r in rounds):7.2f} s wall {min(r[1] for r in rounds):7.2f} s CPU'
                      f' {statistics.median(r[2] for r in rounds):7.0f} MB')


if __name__ == '__main__':
    main()
