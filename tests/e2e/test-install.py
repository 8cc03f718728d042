# SPDX-License-Identifier: MIT
"""What `meson install` puts where: programs, plugins, the one header, thrum-1.pc, man pages."""

import os
import pathlib
import shutil

from harness import BUILD_ROOT, equal, main, skip, test


def install(case):
    """Installs into the test's folder; where the prefix is in it."""
    if shutil.which('meson') is None:
        skip('no meson in PATH')
    root = case.directory / 'root with a blank'
    process = case.run(['meson', 'install', '-C', BUILD_ROOT, '--no-rebuild', '--destdir', root])
    equal(process.returncode, 0, repr(process))
    (pkg_config_file,) = root.rglob('thrum-1.pc')
    prefix = [line for line in pkg_config_file.read_text().splitlines()
              if line.startswith('prefix=')][0].partition('=')[2]
    return root, root / prefix.lstrip('/'), pkg_config_file


def variable(case, pkg_config_file, root, name):
    """A variable of thrum-1.pc, as a path below root."""
    process = case.run(['pkg-config', '--variable=' + name, 'thrum-1'],
                       env={'PKG_CONFIG_PATH': str(pkg_config_file.parent)})
    equal(process.returncode, 0, repr(process))
    return root / process.stdout.strip().lstrip('/')


@test
def everything_is_in_its_place(case):
    root, prefix, pkg_config_file = install(case)
    for name in 'bin/thrum', 'bin/thrum-analyze', 'share/thrum/examples/quickstart.ini':
        assert (prefix / name).is_file(), name
    headers = [str(path.relative_to(prefix)) for path in prefix.rglob('*.h')]
    equal(headers, ['include/thrum-1/thrum/plugin.h'])
    assert (variable(case, pkg_config_file, root, 'headerdir') / 'thrum' / 'plugin.h').is_file()
    assert (variable(case, pkg_config_file, root, 'plugindir') / 'null.so').is_file()
    pages = sorted(path.name for path in prefix.rglob('man*/*') if path.is_file())
    assert 'thrum.1' in pages and 'thrum-analyze.1' in pages, pages


@test
def installed_programs_start(case):
    _, prefix, _ = install(case)
    for name in 'thrum', 'thrum-analyze':
        process = case.run([prefix / 'bin' / name, '--version'])
        equal(process.returncode, 0, repr(process))
        assert process.stdout.startswith(name + ' '), process


@test
def pkg_config_works_uninstalled(case):
    folder = BUILD_ROOT / 'meson-uninstalled'
    process = case.run(['pkg-config', '--cflags', 'thrum-1'],
                       env={'PKG_CONFIG_PATH': str(folder)})
    equal(process.returncode, 0, repr(process))
    flag = process.stdout.strip()
    assert flag.startswith('-I'), process
    # pkg-config escapes blanks as a shell reads them.
    assert os.path.isfile(pathlib.Path(flag[2:].replace('\\ ', ' ')) / 'thrum/plugin.h'), process


if __name__ == '__main__':
    main()
