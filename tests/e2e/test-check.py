# SPDX-License-Identifier: MIT
"""`thrum plugins --check`: it passes what is right and says in plain words what is wrong."""

import pathlib
import re

from harness import THRUM, equal, main, test

SANITIZED = b'__asan_init' in pathlib.Path(THRUM).read_bytes()


def check(case, plugin, *options, replies=(), **keywords):
    files = []
    for number, reply in enumerate(replies):
        files += ['--replies', case.write(f'reply-{number}', reply)]
    return case.thrum('plugins', '--check', plugin, *options, *files, **keywords)


def passes(process):
    equal(process.returncode, 0, repr(process))
    assert 'PROBLEM' not in process.stdout, repr(process)
    assert process.stdout.endswith(' passes\n'), repr(process)


def finds(process, pattern):
    equal(process.returncode, 1, repr(process))
    assert re.search('PROBLEM +' + pattern, process.stdout), (pattern, process)
    assert process.stdout.endswith(' does not pass\n'), repr(process)


@test
def good_codecs_pass(case):
    pong = b'+PONG\r\n'
    passes(check(case, 'tcp', 'send=PING\\r\\n', 'delimiter=\\r\\n', replies=[pong, pong]))
    reply = b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
    passes(check(case, 'http1', 'url=http://127.0.0.1/', replies=[reply]))
    passes(check(case, 'http1', 'url=http://127.0.0.1/', replies=[b'HTTP/1.0 200 OK\r\n\r\nbye']))
    passes(check(case, 'null_codec', replies=[b'x']))
    passes(check(case, 'faulty', replies=[b'good\n', b'again\n']))


@test
def greetings_and_silence_pass(case):
    passes(check(case, 'tcp', 'send=NOOP\\r\\n', 'greeting=\\r\\n', 'hello=HELO x\\r\\n',
                 'hello-reply=\\r\\n', replies=[b'220 x\r\n', b'250 x\r\n', b'250 OK\r\n']))
    passes(check(case, 'tcp', 'send=x', 'reply=idle', 'idle=5ms', replies=[b'some words']))


@test
def a_server_is_recorded(case):
    target = case.target()
    process = check(case, 'http1', f'url={target.url}')
    passes(process)
    assert '3 turns of the server' in process.stdout, repr(process)


@test
def session_plugins_pass(case):
    passes(check(case, 'null'))


@test
def a_plugin_that_is_not_there(case):
    finds(check(case, 'nonexistent'), "loads: no plugin 'nonexistent'")
    finds(check(case, case.write('text.so', 'no library')), 'loads: ')


@test
def options_that_do_not_fit(case):
    finds(check(case, 'tcp', replies=[b'x']), 'target and request: .*nothing to send')
    finds(check(case, 'tcp', 'sned=x', replies=[b'x']), "target and request: .*no option 'sned'")
    finds(check(case, 'tcp', 'send=x'), 'exchange: there is nothing to decode')


@test
def usage(case):
    for arguments in (['--check'], ['--check', 'tcp', 'word'], ['--check', 'tcp', '--what']):
        process = case.thrum('plugins', *arguments)
        equal(process.returncode, 2, repr(process))


@test
def each_fault_is_found(case):
    faults = {
        'crash': 'crashes: Aborted while decoding mangled exchange',
        'overeat': r'every cut: given whole: decode \(\) consumed \d+ of \d+ bytes',
        'split': 'every cut: cut after byte 1: .*|every cut: splits must not matter',
        'twice': r'every cut: given whole: REPLY names call 1, which is not open',
        'status': 'every cut: given whole: REPLY has status 0',
        'full': r'exchange: encode \(\) of call 2 says FULL',
        'silent': 'every cut: no reply came of the exchange',
        'endless': 'every cut: .*events in a row without consuming',
        'no-reason': 'target and request: target_new .*NULL without setting the error',
        'unasked': 'unasked reply: bytes that answer no open call must be BROKEN',
        'broken': 'every cut: given whole: BROKEN has failure 0',
        'overread': 'every cut: .*splits must not matter',
        'end': 'end of stream: .*events in a row without consuming',
    }
    if SANITIZED:
        # LeakSanitizer sees these, at the end of the run's processes or of the child.
        faults |= {'leak': '(run|ends): ', 'leak-target': '(run|ends): '}
    else:
        faults |= {'leak': 'leaks: about .* stay behind for each connection',
                   'leak-target': 'target and request: about .* stay behind'}
    finds(check(case, 'faulty', 'fault=hang', '--limit', '5', replies=[b'good\n']),
          'hangs: it did not return in 5 s while decoding mangled exchange')
    for fault, says in faults.items():
        finds(check(case, 'faulty', f'fault={fault}', replies=[b'good\n', b'more\n']), says)


if __name__ == '__main__':
    main()
