# SPDX-License-Identifier: MIT
"""Servers that misbehave: each gives its token and costs nothing else, neither a hang nor a crash,
and a good target of the same test is not affected."""

import collections
import csv
import json
import socket
import ssl
import struct
import threading
import time

from harness import equal, main, test

OK = b'HTTP/1.1 200 OK\r\n'
EMPTY = OK + b'Content-Length: 0\r\n\r\n'

INI = '''[load]
duration = 600ms
users = 4
processes = 1
interval = 60ms
timeout = 1s
drain = 3s

[target bad]
plugin = http1
url = {scheme}://127.0.0.1:{port}/
{extra}

[target good]
plugin = http1
url = {good}
'''


class Server:
    """Hands each connection to handle(socket) in a thread."""

    def __init__(self, handle):
        self._listener = socket.create_server(('127.0.0.1', 0), backlog=1000)
        self.port = self._listener.getsockname()[1]
        self._handle = handle
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with client:
                self._handle(client)
        except (OSError, ssl.SSLError):
            pass


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    client.close()


def answers(reply, then=None):
    """Sends @reply to each request; afterwards then(client)."""
    def handle(client):
        while client.recv(65536):
            client.sendall(reply)
            if then is not None:
                then(client)
    return handle


def endless(begin, more):
    """After a request @begin, then @more until nobody takes it."""
    def handle(client):
        client.recv(65536)
        client.sendall(begin)
        while True:
            client.sendall(more * 100)
    return handle


def drip(data, pause):
    def handle(client):
        client.recv(65536)
        for byte in data:
            client.sendall(bytes([byte]))
            time.sleep(pause)
        client.recv(65536)
    return handle


def silent(client):
    while client.recv(65536):
        pass


def outcome(case, handle, scheme='http', extra=''):
    """Runs the test; what came of the bad target's requests: {(status, failure): how many}."""
    good = case.target()
    ini = INI.format(scheme=scheme, port=Server(handle).port, good=good.url, extra=extra)
    folder = case.directory / 'out'
    process = case.thrum('run', case.write('test.ini', ini), '--output', folder)
    # 4: on a loaded machine the verdict may be INVALID; here counts what came of the requests.
    assert process.returncode in (0, 4), repr(process)
    counts = json.loads((folder / 'run.json').read_text())['counts']
    with open(folder / 'results.csv', newline='') as file:
        rows = list(csv.reader(file))
    equal(counts['conserved'], True)
    equal(counts['sent'], len(rows), 'sent')
    kinds = {name: collections.Counter((row[2], row[5]) for row in rows if row[4] == name)
             for name in ('bad', 'good')}
    equal(set(kinds['good']), {('200', '')}, 'the good target')
    return kinds['bad']


def fails_as(tokens, handle, **keywords):
    def body(case):
        seen = outcome(case, handle, **keywords)
        equal({status for status, _ in seen}, {'0'})
        assert {failure for _, failure in seen} <= set(tokens.split()), seen
    return body


def add(name, body):
    body.__name__ = name
    test(body)


add('slow_loris_head', fails_as('timeout', drip(OK + b'A: b\r\n' * 1000, 0.05)))
add('slow_loris_body', fails_as('timeout', drip(OK + b'Content-Length: 9999\r\n\r\n' + b'x' * 9999,
                                                0.05)))
add('silence', fails_as('timeout', silent))
# A close with the request unread is a reset.
add('close_after_accept', fails_as('closed-early reset', lambda client: None))
add('close_in_head', fails_as('closed-early', answers(OK + b'Ser', lambda client: client.close())))
add('close_in_body', fails_as('closed-early', answers(OK + b'Content-Length: 9\r\n\r\nabc',
                                                      lambda client: client.close())))
add('close_in_chunk', fails_as('closed-early',
                               answers(OK + b'Transfer-Encoding: chunked\r\n\r\n9\r\nabc',
                                       lambda client: client.close())))
add('reset_in_body', fails_as('reset', answers(OK + b'Content-Length: 9\r\n\r\nabc', reset)))
add('endless_headers', fails_as('too-large', endless(OK, b'A: b\r\n')))
add('endless_header_line', fails_as('too-large', endless(OK + b'A: ', b'bbbbbbbb')))
add('endless_interim_replies', fails_as('too-large', endless(b'', b'HTTP/1.1 102 Wait\r\n\r\n')))
add('chunk_of_2_to_the_63', fails_as('too-large', answers(
    OK + b'Transfer-Encoding: chunked\r\n\r\n8000000000000000\r\nabc')))
add('length_of_2_to_the_64', fails_as('too-large', answers(
    OK + b'Content-Length: 18446744073709551616\r\n\r\nabc')))
add('blank_before_colon', fails_as('protocol', answers(OK + b'Content-Length : 0\r\n\r\n')))
add('two_lengths', fails_as('protocol', answers(
    OK + b'Content-Length: 0\r\nContent-Length: 1\r\n\r\n')))
add('another_protocol', fails_as('protocol', answers(b'-ERR unknown command\r\n')))
add('tls_garbage', fails_as('tls-failed', answers(b'this is no TLS at all\r\n' * 10),
                            scheme='https'))
add('tls_closed', fails_as('tls-failed', lambda client: client.recv(65536), scheme='https'))
add('tls_where_none_is', fails_as('tls-failed', answers(b'HTTP/1.1 400 Bad Request\r\n\r\n'),
                                  scheme='https'))


@test
def the_summary_says_why(case):
    """The words of whoever saw it, printable whatever the server says; and how often."""
    bad = Server(answers(OK + b'A\x1b[31m: b\r\n\r\n'))
    plain = Server(answers(b'HTTP/1.1 400 Bad Request\r\n\r\n'))
    for scheme, server, failure, text in (
            ('http', bad, 'protocol', "header line 1, byte 2: a control character (0x1b)"),
            ('https', plain, 'tls-failed', 'what the server answers is not TLS')):
        folder = case.directory / scheme
        ini = f'[load]\nduration = 300ms\nusers = 2\ninterval = 50ms\n\n[target bad]\nplugin = http1\n' \
              f'url = {scheme}://127.0.0.1:{server.port}/\n'
        process = case.thrum('run', case.write('test.ini', ini), '--output', folder)
        found = json.loads((folder / 'run.json').read_text())
        equal(found['failure_reasons'],
              [{'failure': failure, 'count': found['counts']['sent'], 'text': text}])
        equal(found['other_failure_reasons'], 0)
        assert f"    - {failure} {found['counts']['sent']}: {text}\n" in process.stdout, process.stdout


@test
def no_connection_ever_stood(case):
    """Told where nothing answers at all, and nowhere else."""
    with socket.socket() as closed:
        closed.bind(('127.0.0.1', 0))
        refused = closed.getsockname()[1]
        for port, stood in ((refused, False), (Server(silent).port, True)):
            ini = f'[load]\nduration = 300ms\nusers = 2\ntimeout = 100ms\n\n[target bad]\nplugin = http1\n' \
                  f'url = http://127.0.0.1:{port}/\n'
            process = case.thrum('run', case.write('test.ini', ini), '--output',
                                 case.directory / str(port))
            equal(process.returncode, 1, repr(process))
            equal(stood, 'no connection ever stood' not in process.stdout, process.stdout)


@test
def two_replies_to_one_request(case):
    seen = outcome(case, answers(EMPTY + EMPTY))
    equal({failure for _, failure in seen}, {'protocol'})


@test
def a_reply_before_the_request(case):
    """It comes before the request or with it: either way nobody may take it for an answer alone."""
    def handle(client):
        client.sendall(EMPTY)
        while client.recv(65536):
            client.sendall(EMPTY)
    seen = outcome(case, handle)
    # Where it came after the request was sent, only the second reply gives it away.
    assert {failure for _, failure in seen} <= {'protocol', ''}, seen
    assert any(failure == 'protocol' for _, failure in seen), seen


@test
def a_body_without_end_is_not_kept(case):
    """300 MB that a check would like to see: refused at the limit, not kept."""
    def handle(client):
        client.recv(65536)
        client.sendall(OK + b'\r\n')
        block = b'x' * 1000000
        for _ in range(300):
            client.sendall(block)
    seen = outcome(case, handle, extra='expect-body = y$')
    assert set(seen) <= {('200', 'too-large'), ('0', 'timeout')}, seen


if __name__ == '__main__':
    main()
