#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How the web load tester of 2010 did it: processes of threads, each of which opens a connection,
sends a GET, reads the reply, closes, and puts a row for results.csv into a queue that one process
writes. No pacing, so that what it prints is what it can do.

    python2010.py URL PROCESSES THREADS SECONDS [results.csv]

Prints one line of JSON.
"""

import json
import multiprocessing
import os
import sys
import threading
import time
import urllib.request


def agent(url, start, end, rows):
    while True:
        began = time.time()
        if began >= end:
            return
        try:
            with urllib.request.urlopen(url, timeout=30) as reply:
                reply.read()
                status = reply.status
        except OSError:
            status = 0
        now = time.time()
        rows.put((now - start, now - began, status))


def worker(url, threads, start, end, rows):
    agents = [threading.Thread(target=agent, args=(url, start, end, rows)) for _ in range(threads)]
    for one in agents:
        one.start()
    for one in agents:
        one.join()
    rows.put(None)


def main():
    url, processes, threads, seconds = (sys.argv[1], int(sys.argv[2]), int(sys.argv[3]),
                                        float(sys.argv[4]))
    rows = multiprocessing.Queue()
    start = time.time()
    workers = [multiprocessing.Process(target=worker,
                                       args=(url, threads, start, start + seconds, rows))
               for _ in range(processes)]
    for one in workers:
        one.start()
    n_requests = n_failures = n_ended = 0
    with open(sys.argv[5] if len(sys.argv) > 5 else os.devnull, 'w') as out:
        while n_ended < processes:
            row = rows.get()
            if row is None:
                n_ended += 1
                continue
            out.write('%.3f,%.3f,%i\n' % row)
            n_requests += 1
            n_failures += row[2] != 200
    for one in workers:
        one.join()
    print(json.dumps({'requests': n_requests, 'failures': n_failures,
                      'seconds': round(time.time() - start, 3)}))


if __name__ == '__main__':
    main()
