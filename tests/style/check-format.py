# SPDX-License-Identifier: MIT
"""Whether every C file is laid out as .clang-format says; one TAP test a top folder."""

import pathlib
import subprocess
import sys

clang_format, root = sys.argv[1], pathlib.Path(sys.argv[2])
folders = ['core', 'plugins', 'analyzer', 'tests']

print(f'1..{len(folders)}')
failed = False
for number, folder in enumerate(folders, 1):
    files = sorted(path for end in ('c', 'h', 'cpp')
                   for path in (root / folder).rglob(f'*.{end}'))
    found = subprocess.run([clang_format, '--dry-run', '-Werror', '--style=file', *files],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True) if files else None
    good = found is None or found.returncode == 0
    failed |= not good
    print(('ok' if good else 'not ok') + f' {number} - {folder}: {len(files)} files')
    if not good:
        print('\n'.join('# ' + line for line in found.stderr.splitlines()[:40]))
sys.exit(failed)
