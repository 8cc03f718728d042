# SPDX-License-Identifier: MIT
"""doc/writing-a-plugin.md is true: its plugins are taken from the page, compiled outside the tree by
nothing but pkg-config and one command, and run by an installed thrum. The header compiles alone."""

import csv
import os
import pathlib
import re
import shlex
import shutil
import socket
import tempfile
import threading

from harness import BUILD_ROOT, SOURCE_ROOT, equal, main, skip, test

PAGE = SOURCE_ROOT / 'doc' / 'writing-a-plugin.md'
CC = shlex.split(os.environ.get('CC', 'cc'))
CXX = shlex.split(os.environ.get('CXX', 'c++'))


def blocks(language):
    """The page's fenced blocks of one language."""
    return re.findall(rf'^```{language}\n(.*?)^```$', PAGE.read_text(), re.M | re.S)


def block(language, name):
    """The one whose first line is a comment that names the file."""
    for text in blocks(language):
        if re.match(rf'(/\*|#) {re.escape(name)}\b', text):
            return text
    raise AssertionError(f'{PAGE} has no {name}')


_installed = None


def install(case):
    """Installs the build into a folder, once; the environment in which pkg-config finds it there."""
    global _installed
    meson = shutil.which('meson')
    if meson is None:
        skip('no meson')
    if _installed is None:
        _installed = tempfile.TemporaryDirectory(prefix='thrum-install-')
        process = case.run([meson, 'install', '-C', BUILD_ROOT, '--no-rebuild', '--quiet'],
                           env={'DESTDIR': _installed.name})
        equal(process.returncode, 0, repr(process))
    root = pathlib.Path(_installed.name)
    found = list(root.rglob('thrum-1.pc'))
    equal(len(found), 1, 'thrum-1.pc files')
    program = next(root.rglob('bin/thrum'))
    return root, program, {'PKG_CONFIG_PATH': str(found[0].parent),
                           'PKG_CONFIG_SYSROOT_DIR': str(root)}


def pkg_config(case, env, *arguments):
    process = case.run(['pkg-config', *arguments, 'thrum-1'], env=env)
    equal(process.returncode, 0, repr(process))
    return shlex.split(process.stdout)


def build(case, name, cflags, extra=('-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror')):
    """What the page says to type, with warnings on top."""
    case.write(f'{name}.c', block('c', f'{name}.c'))
    process = case.run([*CC, '-shared', '-fPIC', '-D_GNU_SOURCE', *extra, *cflags, f'{name}.c',
                        '-o', f'{name}.so'])
    equal(process.returncode, 0, repr(process))


class LineServer:
    """Answers each line by reply(line); closes after one if told to. Counts what it answered."""

    def __init__(self, reply, closes):
        self._reply, self._closes = reply, closes
        self.answered = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(('127.0.0.1', 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile('rb') as lines:
            try:
                for line in lines:
                    connection.sendall(self._reply(line))
                    with self._lock:
                        self.answered += 1
                    if self._closes:
                        return
            except OSError:
                pass

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # close alone would not end the accept
        self._listener.close()


def run_rows(case, program, ini, env=None):
    case.write('test.ini', ini)
    process = case.run([program, 'run', 'test.ini', '--output', 'out'], env=env)
    with open(case.directory / 'out' / 'results.csv', newline='') as file:
        return process, list(csv.reader(file))


def shortened(ini, port):
    """The page's INI file, for a second and for the test's server."""
    ini, n_durations = re.subn(r'^duration = .*$', 'duration = 1s', ini, flags=re.M)
    ini, n_ports = re.subn(r'^(port = |address = 127\.0\.0\.1:)\d+$', rf'\g<1>{port}', ini, flags=re.M)
    equal((n_durations, n_ports), (1, 1), 'replaced')
    return ini


@test
def finger_from_the_page_runs(case):
    _, program, env = install(case)
    build(case, 'finger', pkg_config(case, env, '--cflags'))
    process = case.run([program, 'plugins', './finger.so'])
    equal(process.returncode, 0, repr(process))
    for word in ('host', 'port', 'name', 'whom to ask for', '65535'):
        assert word in process.stdout, process

    server = LineServer(lambda line: b'Login: ' + line.strip() + b'\nPlan: none\n', closes=True)
    process, rows = run_rows(case, program, shortened(block('ini', 'finger.ini'), server.port))
    assert process.returncode in (0, 4), process  # a loaded machine may make the run INVALID
    assert len(rows) >= 2, rows
    equal(len(rows), server.answered, 'rows')
    for row in rows:
        equal(row[2:3] + row[4:7], ['200', 'alice', '', str(len('Login: alice\nPlan: none\n'))])
    server.close()


@test
def finger_names_its_failures(case):
    _, program, env = install(case)
    build(case, 'finger', pkg_config(case, env, '--cflags'))
    silent = LineServer(lambda line: b'', closes=True)
    ini = shortened(block('ini', 'finger.ini'), silent.port)
    _, rows = run_rows(case, program, ini)
    equal({(row[2], row[5]) for row in rows}, {('0', 'closed-early')})
    silent.close()

    shutil.rmtree(case.directory / 'out')
    _, rows = run_rows(case, program, ini)
    equal({(row[2], row[5]) for row in rows}, {('0', 'connect-refused')})

    shutil.rmtree(case.directory / 'out')
    other = LineServer(lambda line: b'Login: bob\n', closes=True)
    _, rows = run_rows(case, program, shortened(ini, other.port))
    equal({(row[2], row[5]) for row in rows}, {('200', 'check')})
    other.close()

    shutil.rmtree(case.directory / 'out')
    with socket.create_server(('127.0.0.1', 0)) as mute:
        ini = shortened(ini, mute.getsockname()[1]) + 'timeout = 100ms\n'
        _, rows = run_rows(case, program, ini)
    equal({(row[2], row[5]) for row in rows}, {('0', 'timeout')})


@test
def finger_refuses_a_bad_host(case):
    _, program, env = install(case)
    build(case, 'finger', pkg_config(case, env, '--cflags'))
    case.write('test.ini', block('ini', 'finger.ini').replace('port = 7979', 'host = nowhere'))
    process = case.run([program, 'run', 'test.ini', '--check'])
    equal(process.returncode, 2, repr(process))
    assert "it is no IPv4 address" in process.stderr, process


@test
def ping_from_the_page_runs(case):
    _, program, env = install(case)
    build(case, 'ping', pkg_config(case, env, '--cflags'))
    server = LineServer(lambda line: b'+PONG\r\n' if line == b'PING\r\n' else b'-ERR what\r\n',
                        closes=False)
    ini = shortened(block('ini', 'ping.ini'), server.port).replace('users = 50',
                                                                   'users = 5\ninterval = 50ms')
    process, rows = run_rows(case, program, ini)
    assert process.returncode in (0, 4), process
    assert len(rows) >= 5, rows
    equal(len(rows), server.answered, 'rows')
    for row in rows:
        equal(row[2:3] + row[4:7], ['200', 'redis', '', '7'])
    server.close()


@test
def both_pass_the_conformance_kit(case):
    _, program, env = install(case)
    for name, options in (('finger', ['port=7979', 'name=alice']), ('ping', ['--replies', 'pong'])):
        build(case, name, pkg_config(case, env, '--cflags'))
        case.write('pong', '+PONG\r\n')
        process = case.run([program, 'plugins', '--check', f'./{name}.so', *options])
        equal(process.returncode, 0, repr(process))
    lines = block('c', 'ping.c').splitlines()
    assert len(lines) <= 60, f'the codec has {len(lines)} lines'


@test
def paths_are_relative_to_the_ini_file(case):
    """Named without a folder, from its folder and from elsewhere."""
    case.write('here/body.txt', 'abc')
    case.write('here/test.ini', '[load]\nduration = 1s\n[target it]\nplugin = http\n'
               'url = http://127.0.0.1:1/\nbody-file = body.txt\n')
    for folder, name in ((case.directory / 'here', 'test.ini'), (case.directory, 'here/test.ini')):
        process = case.thrum('run', name, '--check', cwd=folder)
        if "'http'" in process.stderr:
            skip('no http plugin')
        equal((process.returncode, process.stderr), (0, ''), repr(process))
        assert str(case.directory / 'here' / 'body.txt') in process.stdout, process


@test
def plugins_are_found_by_name(case):
    root, program, env = install(case)
    build(case, 'finger', pkg_config(case, env, '--cflags'))
    folder = case.directory / 'more'
    folder.mkdir()
    (case.directory / 'finger.so').rename(folder / 'finger.so')
    process = case.run([program, 'plugins'], env={'THRUM_PLUGIN_PATH': f'/nowhere:{folder}'})
    equal(process.returncode, 0, repr(process))
    assert re.search(r'^finger +session ', process.stdout, re.M), process
    # Where pkg-config says plugins go is where they were installed.
    plugindir, = pkg_config(case, {'PKG_CONFIG_PATH': env['PKG_CONFIG_PATH']},
                            '--variable=plugindir')
    assert (root / plugindir.lstrip('/') / 'null.so').exists(), plugindir


@test
def the_build_tree_serves_uninstalled(case):
    folder = BUILD_ROOT / 'meson-uninstalled'
    env = {'PKG_CONFIG_PATH': str(folder)}
    build(case, 'finger', pkg_config(case, env, '--cflags'))
    plugindir, = pkg_config(case, env, '--variable=plugindir')
    assert pathlib.Path(plugindir).is_dir(), plugindir
    process = case.thrum('plugins', './finger.so')
    equal(process.returncode, 0, repr(process))


def compiler_or_skip(argv):
    if shutil.which(argv[0]) is None:
        skip(f'no {argv[0]}')


@test
def the_header_compiles_alone_as_c(case):
    _, _, env = install(case)
    cflags = pkg_config(case, env, '--cflags')
    case.write('alone.c', '#include <thrum/plugin.h>\n')
    for standard in ('c11', 'gnu11', 'c17'):
        process = case.run([*CC, f'-std={standard}', '-pedantic', '-Wall', '-Wextra', '-Wundef',
                            '-Wconversion', '-Werror', '-fsyntax-only', *cflags, 'alone.c'])
        equal(process.returncode, 0, repr(process))


@test
def the_header_compiles_alone_as_cxx(case):
    compiler_or_skip(CXX)
    _, _, env = install(case)
    cflags = pkg_config(case, env, '--cflags')
    case.write('alone.cc', '#include <thrum/plugin.h>\n')
    for standard in ('c++11', 'c++17', 'c++20'):
        process = case.run([*CXX, f'-std={standard}', '-pedantic', '-Wall', '-Wextra', '-Werror',
                            '-fsyntax-only', *cflags, 'alone.cc'])
        equal(process.returncode, 0, repr(process))


CXX_PLUGIN = '''
#include <thrum/plugin.h>

static void *target_new (const ThrumHost *host, const ThrumValues *, ThrumEndpoint *, GError **)
{ return const_cast<ThrumHost *> (host); }
static void *request_new (const ThrumHost *, void *target, const ThrumValues *, GError **)
{ return target; }
static void nothing (void *) {}
static void *open_session (void *target, const ThrumUser *, GError **) { return target; }
static bool run (void *, void *, const ThrumCall *, ThrumReply *reply, GError **)
{ reply->status = 204; return true; }
static const ThrumSessionOps ops = { open_session, run, nothing, nothing };

extern "C" THRUM_EXPORT const ThrumPlugin thrum_plugin_modern = {
  THRUM_PLUGIN_HEAD, .name = "modern", .version = "1", .summary = "written in C++",
  .target_new = target_new, .target_free = nothing,
  .request_new = request_new, .request_free = nothing, .session = &ops,
};
'''


@test
def a_plugin_in_cxx_runs(case):
    compiler_or_skip(CXX)
    _, program, env = install(case)
    case.write('modern.cc', CXX_PLUGIN)
    process = case.run([*CXX, '-std=c++20', '-shared', '-fPIC', '-fvisibility=hidden', '-Wall',
                        '-Werror', *pkg_config(case, env, '--cflags'), 'modern.cc', '-o',
                        'modern.so'])
    equal(process.returncode, 0, repr(process))
    process, rows = run_rows(case, program, '[load]\nduration = 200ms\nusers = 1\ninterval = 20ms\n'
                             '[target it]\nplugin = ./modern.so\n')
    assert process.returncode in (0, 4), process
    equal({row[2] for row in rows}, {'204'})


if __name__ == '__main__':
    main()
