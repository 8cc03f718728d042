#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts what meson's test logs hold, one by one, and shows what failed.

    count-tests.py [--failed STEP]... TESTLOG.json...

A TAP program counts as many tests as it printed; one that crashed, timed out or printed fewer than
it planned counts one failure more. The last line is `N passed, N failed`. Exit code 0 only when
something ran and nothing failed.
"""

import argparse
import json
import pathlib
import re

TAP_LINE = re.compile(r'^(not )?ok\b[ \t]*\d*[^#\n]*(#[ \t]*(?P<directive>\w+)[^\n]*)?', re.MULTILINE)
TAIL_LINES = 120


def count(entry):
    """(passed, failed, skipped reasons) of one test program."""
    passed = failed = 0
    skipped = []
    lines = list(TAP_LINE.finditer(entry['stdout'] or ''))
    for line in lines:
        directive = (line['directive'] or '').upper()
        if line[1] and directive != 'TODO':
            failed += 1
        elif directive.startswith('SKIP'):
            skipped.append(line[0])
        else:
            passed += 1
    if entry['result'] == 'SKIP' and not lines:
        skipped.append(entry['name'])
    elif entry['result'] == 'OK' and not lines:
        passed += 1
    elif entry['result'] not in ('OK', 'SKIP') and failed == 0:
        failed += 1
    return passed, failed, skipped


def show(entry):
    print(f'\n==== {entry["name"]}: {entry["result"]}, exit code {entry["returncode"]} ====')
    print('     ' + ' '.join(entry['command']))
    for stream in 'stdout', 'stderr':
        lines = (entry.get(stream) or '').rstrip().splitlines()
        if lines:
            print(f'---- {stream}')
            if len(lines) > TAIL_LINES:
                print(f'     ({len(lines) - TAIL_LINES} lines before)')
            print('\n'.join(lines[-TAIL_LINES:]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--failed', action='append', default=[], metavar='STEP')
    parser.add_argument('logs', nargs='*', type=pathlib.Path)
    arguments = parser.parse_args()

    passed, failed, skipped = 0, 0, []
    for log in arguments.logs:
        for line in log.read_text(errors='replace').splitlines():
            entry = json.loads(line)
            good, bad, left_out = count(entry)
            passed += good
            failed += bad
            skipped += left_out
            if bad:
                show(entry)

    for reason in skipped:
        print(f'skipped: {reason}')
    for step in arguments.failed:
        print(f'failed: {step}')
        failed += 1
    print(f'\n{passed} passed, {failed} failed')
    return 0 if passed > 0 and failed == 0 else 1


if __name__ == '__main__':
    raise SystemExit(main())
