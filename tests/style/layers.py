#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the rooms apart: a file includes headers of its own room and of those below it, no others.

    layers.py [ROOT]            tests the tree, as TAP; exit code 1 if an include goes upwards
    layers.py [ROOT] --print    prints which room knows which

ROOT is the tree that this script stands in unless it is given.

The order of the rooms stands in core/meson.build and analyzer/meson.build, and nowhere else.
"""

import pathlib
import re
import sys
import tempfile

# What the analyzer may know of the core.
GROUND = ['core/base', 'core/stats', 'core/record']
# Who may know whom besides: every room the plugins' header, the programs all their rooms.
HEADER = 'core/thrum'


def read_order(root):
    """The rooms of both trees, from the ground up: {tree: [room]}."""
    order = {}
    for tree, name in (('core', 'room_order'), ('analyzer', 'analyzer_order')):
        text = (root / tree / 'meson.build').read_text()
        listed = re.search(rf'^{name} = \[(.*?)\]', text, re.M | re.S).group(1)
        order[tree] = [f'{tree}/{room}' for room in re.findall(r"'([^']+)'", listed)] + [tree]
    return order


def includes_of(root, tree):
    """(file, the header that it includes), both from the root."""
    for path in sorted((root / tree).rglob('*.[ch]')):
        for name in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
            header = name if name.startswith('analyzer/') else f'core/{name}'
            if (root / header).exists():
                yield str(path.relative_to(root)), header


def find_arrows(root, order):
    """{room: {room that it knows: [(file, header)]}}."""
    arrows = {room: {} for tree in order for room in order[tree]}
    for tree in order:
        for path, header in includes_of(root, tree):
            room, known = (str(pathlib.Path(name).parent) for name in (path, header))
            if room != known and known != HEADER:
                arrows.setdefault(room, {}).setdefault(known, []).append((path, header))
    return arrows


def find_wrong(root):
    """A sentence for each include that goes upwards, or out of the analyzer's ground."""
    order = read_order(root)
    wrong = []
    for room, known in find_arrows(root, order).items():
        tree = room.split('/')[0]
        if room not in order[tree]:
            wrong.append(f'{room} is not among the rooms of {tree}/meson.build')
            continue
        below = order[tree][:order[tree].index(room)] + (GROUND if tree == 'analyzer' else [])
        wrong += [f'{path} includes {header}, which is not below {room}'
                  for other, uses in known.items() if other not in below for path, header in uses]
    return wrong


def print_rooms(root):
    order = read_order(root)
    arrows = find_arrows(root, order)
    for tree in order:
        for room in reversed(order[tree]):
            print(f'    {room:22} -> {" ".join(known.removeprefix(tree + "/") for known in sorted(arrows[room]))}'.rstrip(' ->'))
        print()


def sees_a_wrong_include(root):
    """The same tree's order, with one file that looks up."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        for tree in ('core', 'analyzer'):
            for room in read_order(root)[tree]:
                (copy / room).mkdir(parents=True, exist_ok=True)
            (copy / tree / 'meson.build').write_text((root / tree / 'meson.build').read_text())
        (copy / 'core/run/tell/run.h').touch()
        (copy / 'core/base/units.c').write_text('#include "base/units.h"\n#include "run/tell/run.h"\n')
        (copy / 'core/cli/run.c').write_text('#include "run/tell/run.h"\n')
        (copy / 'analyzer/read/line.c').write_text('#include "run/tell/run.h"\n')
        return find_wrong(copy) == [
            'core/base/units.c includes core/run/tell/run.h, which is not below core/base',
            'analyzer/read/line.c includes core/run/tell/run.h, which is not below analyzer/read']


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != '--print']
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parents[2]
    if '--print' in sys.argv:
        print_rooms(root)
        return
    wrong = find_wrong(root)
    print('1..2')
    print(f'{"not " if wrong else ""}ok 1 - every include goes downwards')
    for sentence in wrong:
        print(f'# {sentence}')
    sees = sees_a_wrong_include(root)
    print(f'{"" if sees else "not "}ok 2 - an include that goes upwards is seen')
    sys.exit(bool(wrong) or not sees)


if __name__ == '__main__':
    main()
