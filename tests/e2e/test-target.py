# SPDX-License-Identifier: MIT
"""`thrum target` as a client sees it: what each path answers, what it counts and logs, how it ends.

Times are checked between the target's own log entries, where they are exact; never against a clock
here.
"""

import base64
import csv
import gzip
import json
import os
import resource
import signal
import socket
import ssl
import struct
import sys

from harness import THRUM, Target, equal, main, skip, test, wait_until

LIMIT_S = 60


class Reply:
    def __init__(self, status, headers, body, wire_bytes):
        self.status, self.headers, self.body, self.wire_bytes = status, headers, body, wire_bytes


class Client:
    """One connection, byte for byte."""

    def __init__(self, address, tls=None):
        family = socket.AF_UNIX if isinstance(address, str) else (
            socket.AF_INET6 if ':' in address[0] else socket.AF_INET)
        self.socket = socket.socket(family)
        self.socket.settimeout(LIMIT_S)
        self.socket.connect(address)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname='localhost')
        self.kept = bytearray()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def get(self, path, method='GET', headers='', body='', version='1.1', host='Host: x\r\n'):
        """Sends a request; how many bytes it was."""
        request = f'{method} {path} HTTP/{version}\r\n{host}{headers}\r\n{body}'
        self.send(request)
        return len(request)

    def more(self):
        data = self.socket.recv(65536)
        self.kept += data
        return len(data) > 0

    def take(self, n):
        while len(self.kept) < n:
            if not self.more():
                raise EOFError(f'closed after {len(self.kept)} of {n} bytes')
        data = bytes(self.kept[:n])
        del self.kept[:n]
        return data

    def take_line(self):
        while b'\r\n' not in self.kept:
            if not self.more():
                raise EOFError(f'closed within a line: {bytes(self.kept)!r}')
        return self.take(self.kept.index(b'\r\n') + 2)

    def take_chunks(self):
        body, wire = bytearray(), bytearray()
        while True:
            line = self.take_line()
            size = int(line, 16)
            data = self.take(size + 2)
            wire += line + data
            body += data[:-2]
            if size == 0:
                return bytes(body), wire

    def rest(self):
        """What comes until the server closes."""
        while self.more():
            pass
        return self.take(len(self.kept))

    def reply(self, method='GET'):
        lines = [self.take_line()]
        while lines[-1] != b'\r\n':
            lines.append(self.take_line())
        status = int(lines[0].split()[1])
        headers = {}
        for line in lines[1:-1]:
            name, value = line.decode().rstrip('\r\n').split(': ', 1)
            assert name.lower() not in headers, f'{name} twice'
            headers[name.lower()] = value
        if method == 'HEAD' or status in (100, 204, 304):
            body = wire = b''
        elif 'transfer-encoding' in headers:
            body, wire = self.take_chunks()
        elif 'content-length' in headers:
            body = wire = self.take(int(headers['content-length']))
        else:
            body = wire = self.rest()
        return Reply(status, headers, body, sum(map(len, lines)) + len(wire))

    def ask(self, path, method='GET', **rest):
        self.get(path, method, **rest)
        return self.reply(method)

    def assert_closed(self):
        equal(self.rest(), b'')

    def close(self):
        self.socket.close()


def connect(target):
    return Client(('127.0.0.1', target.port))


def stats(target):
    return json.loads(target.get('/stats'))


def pattern(n):
    line = b'thrum target: 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM\n'
    return (line * (n // 64 + 1))[:n]


def read_log(path):
    """The rows of a request log, numbers as int; number None where there is none."""
    with open(path, newline='') as file:
        return [{key: int(value) if value else None for key, value in row.items()}
                for row in csv.DictReader(file)]


@test
def every_path_answers_as_documented(case):
    client = connect(case.target())
    plain = client.ask('/any/thing?q=1')
    equal((plain.status, plain.body), (200, b'thrum target'))
    equal(client.ask('/delay/1ms').body, b'thrum target')
    equal([client.ask(f'/status/{n}').status for n in (200, 204, 304, 404, 599)],
          [200, 204, 304, 404, 599])
    equal(client.ask('/bytes/0').body, b'')
    equal(client.ask('/bytes/100KiB').body, pattern(102400))
    equal([(r.status, r.headers.get('location')) for r in map(client.ask, (
        '/redirect/2', '/redirect/1', '/redirect/0', '/redirect/1?status=307'))],
        [(302, '/redirect/1'), (302, '/redirect/0'), (200, None), (307, '/redirect/0')])
    zipped = client.ask('/gzip/5000')
    equal(zipped.headers['content-encoding'], 'gzip')
    equal(gzip.decompress(zipped.body), pattern(5000))
    for path in ('/delay/soon', '/status/100', '/status/', '/bytes/-1', '/gzip/2MiB', '/basic/me',
                 '/redirect/x', '/?n=-1', '/?delay=', '/?bytes=many'):
        equal(client.ask(path).status, 400, path)


@test
def echo_says_what_was_sent(case):
    client = connect(case.target())
    reply = client.ask('/echo?a', 'POST', headers='A: 1\r\nb:2\r\nContent-Length: 3\r\n',
                       body='xyz')
    equal(reply.body,
          b'POST /echo?a HTTP/1.1\r\nHost: x\r\nA: 1\r\nb: 2\r\nContent-Length: 3\r\n\r\nxyz')
    reply = client.ask('/echo', 'PUT', headers='Transfer-Encoding: chunked\r\n',
                       body='3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n')
    assert reply.body.endswith(b'\r\n\r\nabcde'), reply.body
    equal(client.ask('/echo', 'POST', headers=f'Content-Length: {1 << 21}\r\n',
                     body='x' * (1 << 21)).status, 413)


@test
def query_keys_work_on_every_path(case):
    client = connect(case.target('--body', '20'))
    equal(client.ask('/echo?status=418').status, 418)
    equal(client.ask('/any?bytes=7').body, pattern(7))
    reply = client.ask('/any?chunked')
    equal((reply.headers['transfer-encoding'], reply.body), ('chunked', pattern(20)))
    reply = client.ask('/bytes/100000?chunked')
    equal(reply.body, pattern(100000))
    equal(client.ask('/bytes/0?chunked').body, b'')
    equal(client.ask('/any?pause=20ms').body, pattern(20))
    reply = client.ask('/any?close')
    equal(reply.headers['connection'], 'close')
    client.assert_closed()


@test
def cookies_are_told_apart(case):
    target = case.target()
    first, second = connect(target), connect(target)
    cookies = []
    for client in (first, second):
        reply = client.ask('/cookie')
        cookies.append(reply.headers['set-cookie'].split(';')[0])
        equal(reply.body.decode(), f'set {cookies[-1]}\n')
    assert cookies[0] != cookies[1]
    reply = first.ask('/cookie', headers=f'Cookie: other=1; {cookies[0]}\r\n')
    equal(reply.body.decode(), f'returned other=1; {cookies[0]}\n')
    assert 'set-cookie' not in reply.headers
    counted = stats(target)
    equal((counted['cookies_set'], counted['cookies_returned']), (2, 1))


@test
def basic_authorization_is_checked(case):
    client = connect(case.target())
    encoded = base64.b64encode(b'me:p/w d').decode()
    reply = client.ask('/basic/me/p%2Fw%20d')
    equal((reply.status, reply.headers['www-authenticate']), (401, 'Basic realm="thrum"'))
    equal(client.ask('/basic/me/p%2Fw%20d', headers=f'Authorization: Basic {encoded}\r\n').status,
          200)
    for wrong in (f'Basic {encoded}x', f'Bearer {encoded}', 'Basic', 'Basic !'):
        equal(client.ask('/basic/me/p%2Fw%20d', headers=f'Authorization: {wrong}\r\n').status, 401)


@test
def counts_are_exact(case):
    target = case.target('--redirect', '/old=/new')
    client = connect(target)
    sent = received = bodies = 0
    for path, method in (('/', 'GET'), ('/x', 'HEAD'), ('/bytes/1000', 'GET'), ('/old', 'GET'),
                         ('/status/503', 'DELETE'), ('/echo', 'PUT'), ('/?chunked', 'GET'),
                         ('/', 'PURGE'), ('/bytes/70000?chunked', 'GET')):
        sent += client.get(path, method)
        reply = client.reply(method)
        received += reply.wire_bytes
        bodies += len(reply.body)
        if path == '/old':
            equal((reply.status, reply.headers['location']), (302, '/new'))
        client.ask('/stats')
    counted = stats(target)
    equal(counted, {
        'requests': 9, 'answered': 9, 'resets': 0, 'hangs': 0, 'abandoned': 0, 'pending': 0,
        'rejected': 0, 'by_kind': {'plain': 5, 'status': 1, 'bytes': 2, 'echo': 1},
        'by_method': {'GET': 5, 'HEAD': 1, 'PUT': 1, 'DELETE': 1, 'other': 1},
        'by_status': {'200': 7, '302': 1, '503': 1},
        'request_bytes': sent, 'reply_bytes': received, 'body_bytes': bodies,
        'cookies_set': 0, 'cookies_returned': 0, 'connections': 1, 'open_connections': 1,
        'accept_failures': 0, 'unstamped': 0,
        'out_of_order': 0})
    client.close()
    wait_until(lambda: stats(target)['open_connections'] == 0)


@test
def pipelined_requests_are_answered_in_order(case):
    target = case.target()
    client = connect(target)
    # More than the server takes in at once; the first must hold back all others.
    count = 3000
    client.send(''.join(f'GET /bytes/{i}?delay={"100ms" if i == 0 else "0"} HTTP/1.1\r\nHost: x\r\n\r\n'
                        for i in range(count)))
    equal([len(client.reply().body) for _ in range(count)], list(range(count)))
    counted = stats(target)
    equal((counted['answered'], counted['connections']), (count, 1))


@test
def a_request_may_come_byte_by_byte(case):
    client = connect(case.target())
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcdGET / HTTP/1.1':
        client.send(bytes([byte]))
    client.send('\r\nHost: x\r\n\r\n')
    assert client.reply().body.endswith(b'\r\n\r\nabcd')
    equal(client.reply().body, b'thrum target')


@test
def garbage_is_refused_and_the_connection_ends_cleanly(case):
    target = case.target()
    streams = ((b'\x16\x03\x01\x02\x00\x01', 400), (b'hello\r\n', 400),
               (b'GET / HTTP/1.1\r\n\r\n', 400), (b'GET / HTTP/3.0\r\n\r\n', 505),
               (b'GET /' + b'a' * 9000, 414), (b'GET / HTTP/1.1\r\nA: ' + b'a' * 17000, 431),
               (b'GET / HTTP/1.1\r\n' + b'a: b\r\n' * 100, 431),
               (b'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n', 413),
               (b'GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: br\r\n\r\n', 501),
               # Bytes that follow must not turn the end into a reset that eats the reply.
               (b'BAD\r\n\r\n' + b'x' * 100000, 400))
    for stream, status in streams:
        client = connect(target)
        client.send(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n' + stream)
        equal(client.reply().status, 200)
        reply = client.reply()
        equal((reply.status, reply.headers['connection']), (status, 'close'), stream[:40])
        client.assert_closed()
    counted = stats(target)
    equal((counted['rejected'], counted['requests'], counted['by_status']),
          (len(streams), len(streams), {'200': len(streams)}))


@test
def continue_is_sent_when_expected(case):
    client = connect(case.target())
    client.get('/echo', 'POST', headers='Expect: 100-continue\r\nContent-Length: 2\r\n')
    equal(client.reply().status, 100)
    client.send('ok')
    reply = client.reply()
    equal((reply.status, reply.body[-6:]), (200, b'\r\n\r\nok'))
    equal(client.ask('/', headers='Expect: miracles\r\n').status, 417)


@test
def old_clients_and_head_are_served(case):
    target = case.target('--chunked')
    client = connect(target)
    head = client.ask('/', 'HEAD')
    equal((head.headers['transfer-encoding'], head.body), ('chunked', b''))
    equal(client.ask('/').body, b'thrum target')
    client.get('/', version='1.0', host='', headers='Connection: keep-alive\r\n')
    reply = client.reply()
    # Without chunks the end of an HTTP/1.0 reply is the end of the connection.
    equal((reply.body, reply.headers['connection']), (b'thrum target', 'close'))
    client = connect(case.target())
    equal(client.ask('/', version='1.0', host='', headers='Connection: keep-alive\r\n')
          .headers['connection'], 'keep-alive')
    equal(client.ask('/', version='1.0', host='').headers['connection'], 'close')
    client.assert_closed()
    equal(connect(target).ask('/bytes/9', 'HEAD').headers.get('content-length'), None)


@test
def connections_close_when_told(case):
    target = case.target('--close-after', '3')
    client = connect(target)
    equal([client.ask('/').headers.get('connection') for _ in range(3)], [None, None, 'close'])
    client.assert_closed()
    client = connect(target)
    equal(client.ask('/', headers='Connection: close\r\n').headers['connection'], 'close')
    client.assert_closed()
    client = connect(target)
    equal(client.ask('/close/silent').headers.get('connection'), None)
    client.assert_closed()
    client = connect(target)
    client.get('/truncated/1000')
    data = client.rest()
    assert b'Content-Length: 1000' in data and data.endswith(b'\r\n\r\n' + pattern(500)), data
    client = connect(target)
    client.get('/garbage')
    assert not client.rest().startswith(b'HTTP')
    equal(stats(target)['connections'], 5)


@test
def resets_hangs_and_leavers_are_counted(case):
    log = case.directory / 'log.csv'
    target = case.target('--log', log)
    client = connect(target)
    client.get('/reset?n=1')
    try:
        data = client.rest()
        raise AssertionError(f'no reset but {data!r}')
    except ConnectionResetError:
        pass
    hanging, leaving, other = connect(target), connect(target), connect(target)
    hanging.get('/hang?n=2')
    leaving.get('/delay/1h?n=3')
    equal(other.ask('/?n=4').status, 200)
    leaving.close()
    wait_until(lambda: stats(target)['abandoned'] == 1)
    counted = stats(target)
    equal([counted[key] for key in ('requests', 'answered', 'resets', 'hangs', 'abandoned',
                                    'pending')], [4, 1, 1, 1, 1, 0])
    target.stop()
    hanging.assert_closed()
    rows = {row['number']: row for row in read_log(log)}
    equal({number: row['status'] for number, row in rows.items()}, {1: 0, 2: 0, 3: 0, 4: 200})
    equal((rows[2]['send_ns'], rows[3]['send_ns']), (0, 0))


@test
def shares_are_seeded(case):
    def statuses(*options):
        target = case.target('--errors', '30%:503', *options)
        client = connect(target)
        client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n' * 400)
        seen = [client.reply().status for _ in range(400)]
        equal(stats(target)['by_status'], {'200': seen.count(200), '503': seen.count(503)})
        return seen

    first = statuses('--seed', '7')
    # Six standard deviations of a binomial count, and the seed is fixed.
    assert 65 < first.count(503) < 175, first.count(503)
    equal(statuses('--seed', '7'), first)
    assert statuses('--seed', '8') != first
    client = connect(case.target('--errors', '100%'))
    equal([client.ask(path).status for path in ('/', '/echo', '/status/404', '/?status=201')],
          [500, 500, 404, 201])
    client = connect(case.target('--reset', '1'))
    client.get('/')
    try:
        raise AssertionError(f'no reset but {client.rest()!r}')
    except ConnectionResetError:
        pass


def spread_requests(target, connections, rounds):
    """Requests over several connections, numbered, each round sent at once."""
    clients = [connect(target) for _ in range(connections)]
    for turn in range(rounds):
        for i, client in enumerate(clients):
            client.get(f'/?n={turn * connections + i}')
        for client in clients:
            equal(client.reply().status, 200)


def logged(case, *options, connections=5, rounds=40):
    """The rows that a target with @options logs of some requests, in the order of receipt."""
    log = case.directory / 'log.csv'
    target = case.target('--log', log, *options)
    spread_requests(target, connections, rounds)
    counted = stats(target)
    equal(counted['unstamped'], 0)
    target.stop()
    rows = sorted(read_log(log), key=lambda row: row['receive_ns'])
    equal(sorted(row['number'] for row in rows), list(range(connections * rounds)))
    for row in rows:
        assert row['receive_ns'] <= row['due_ns'] <= row['send_ns'], row
        equal(row['status'], 200)
    return rows


def thaw(time, freeze, period, phase):
    into = (time - phase) % period
    return time + freeze - into if into < freeze else time


@test
def delay_counts_from_the_kernels_receipt(case):
    for row in logged(case, '--delay', '3ms'):
        equal((row['service_ns'], row['due_ns']), (3000000, row['receive_ns'] + 3000000))


@test
def freezes_hold_replies_back(case):
    freeze, period, phase = 20000000, 60000000, 7000000
    rows = logged(case, '--freeze', '20ms/60ms', '--freeze-phase', '7ms', '--delay', '1ms')
    for row in rows:
        equal(row['due_ns'], thaw(row['receive_ns'] + 1000000, freeze, period, phase))
    assert any(row['due_ns'] > row['receive_ns'] + 1000000 for row in rows)


@test
def the_queue_serves_one_after_the_other(case):
    rows = logged(case, '--queue', 'fifo', '--distribution', 'exponential', '--mean', '400us',
                  '--seed', '11')
    # The queue's order, which is the order of receipt but for a race in the kernel.
    rows.sort(key=lambda row: row['due_ns'])
    free = 0
    for row in rows:
        free = max(row['receive_ns'], free) + row['service_ns']
        equal(row['due_ns'], free)
    assert len({row['service_ns'] for row in rows}) > len(rows) / 2
    mean = sum(row['service_ns'] for row in rows) / len(rows)
    # 200 seeded draws of mean 400 us and equal deviation: within five standard errors.
    assert 258000 < mean < 542000, mean


@test
def slow_ones_are_logged_as_such(case):
    services = [row['service_ns'] for row in logged(case, '--slow', '10%:2ms', '--seed', '2')]
    equal(set(services), {0, 2000000})
    assert 2 <= services.count(2000000) <= 45, services.count(2000000)


@test
def a_slow_reader_stops_nobody(case):
    target = case.target()
    slow, other = connect(target), connect(target)
    size = 30000000
    slow.get(f'/bytes/{size}')
    for _ in range(50):
        equal(other.ask('/').status, 200)
    equal(stats(target)['pending'], 1)
    reply = slow.reply()
    equal(reply.body, pattern(size))
    equal(stats(target)['body_bytes'], size + 50 * 12)


@test
def thousands_of_connections_are_held(case):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = 4000
    if hard < count + 100:
        skip(f'the limit on descriptors is {hard}')
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 100), hard))
    target = case.target()
    clients = [connect(target) for _ in range(count)]
    for client in clients:
        client.get('/delay/10ms')
    for client in clients:
        equal(client.reply().status, 200)
    counted = stats(target)
    equal((counted['answered'], counted['open_connections'], counted['accept_failures']),
          (count, count, 0))
    limit = open(f'/proc/{target.process.pid}/limits').read()
    assert any(line.startswith('Max open files') and int(line.split()[3]) >= min(hard, 20480)
               for line in limit.splitlines()), limit


@test
def out_of_descriptors_it_waits_for_some(case):
    # The superuser could raise the hard limit again.
    weaken = ['setpriv', '--bounding-set=-sys_resource', '--inh-caps=-sys_resource']
    target = Target(case.start((weaken if os.geteuid() == 0 else []) + [
        'sh', '-c', 'ulimit -n 40; exec "$0" target --die-with-parent --exit-after 300s',
        THRUM]))
    clients = [connect(target) for _ in range(60)]
    served = [client for client in clients[:20] if client.ask('/').status == 200]
    equal(len(served), 20)
    waiting = clients[-1]
    waiting.get('/')
    for client in clients[:40]:
        client.close()
    equal(waiting.reply().status, 200)
    assert stats(target)['accept_failures'] > 0


@test
def threads_share_the_work_and_add_up(case):
    log = case.directory / 'log.csv'
    target = case.target('--threads', '2', '--log', log)
    spread_requests(target, 20, 25)
    counted = stats(target)
    equal((counted['answered'], counted['connections'], counted['pending']), (500, 20, 0))
    target.stop()
    equal(sorted(row['number'] for row in read_log(log)), list(range(500)))


@test
def numbers_come_from_a_header_too(case):
    log = case.directory / 'log.csv'
    target = case.target('--log', log)
    client = connect(target)
    client.ask('/', headers='X-Request-Number: 18446744073709551615\r\n')
    client.ask('/')
    client.ask('/?n=5')
    equal(client.ask('/', headers='X-Request-Number: five\r\n').status, 400)
    target.stop()
    equal(open(log).readline(), 'receive_ns,send_ns,service_ns,status,number,due_ns\n')
    equal([row['number'] for row in read_log(log)], [18446744073709551615, None, 5, None])


@test
def it_listens_on_ipv6_and_unix_sockets(case):
    process = case.start([THRUM, 'target', '--listen', '[::1]:0', '--die-with-parent'])
    port = int(process.wait_for(r'^listening on \[::1\]:(\d+)\n$').group(1))
    equal(Client(('::1', port)).ask('/').status, 200)

    path = case.directory / 'socket'
    for _ in range(2):
        process = case.start([THRUM, 'target', '--listen', f'unix:{path}', '--threads', '2',
                              '--die-with-parent'])
        process.wait_for(f'^listening on unix:{path}\n$')
        client = Client(str(path))
        equal(client.ask('/').status, 200)
        equal(json.loads(client.ask('/stats').body)['unstamped'], 1)
        # A second server must not take the first one's place; one that died leaves it free.
        equal(case.run([THRUM, 'target', '--listen', f'unix:{path}']).returncode, 5)
        process.signal(signal.SIGKILL)
        process.wait()
        assert path.exists()
    process = case.start([THRUM, 'target', '--listen', f'unix:{path}', '--exit-after', '10ms'])
    equal(process.wait(), 0)
    assert not path.exists()


@test
def it_ends_cleanly(case):
    for number in (signal.SIGTERM, signal.SIGINT):
        file, port_file = case.directory / 'stats.json', case.directory / 'port'
        target = case.target('--stats-file', file, '--port-file', port_file)
        equal(int(port_file.read_text()), target.port)
        client = connect(target)
        client.get('/delay/1h')
        equal(connect(target).ask('/').status, 200)
        wait_until(lambda: stats(target)['requests'] == 2)
        target.process.signal(number)
        equal(target.process.wait(), 0)
        client.assert_closed()
        counted = json.loads(file.read_text())
        equal([counted[key] for key in ('requests', 'answered', 'abandoned', 'open_connections')],
              [2, 1, 1, 0])
    process = case.run([THRUM, 'target', '--exit-after', '50ms'])
    equal((process.returncode, process.stderr), (0, ''))


@test
def it_dies_with_its_parent(case):
    parent = case.start([sys.executable, '-c', f'''
import subprocess, time
child = subprocess.Popen([{THRUM!r}, 'target', '--die-with-parent', '--exit-after', '200s'])
print('child', child.pid, flush=True)
time.sleep(200)
'''])
    child = int(parent.wait_for(r'child (\d+)').group(1))
    parent.wait_for('listening on')
    parent.signal(signal.SIGKILL)
    parent.wait()

    def is_gone():
        try:
            with open(f'/proc/{child}/stat') as file:
                return file.read().rsplit(')', 1)[1].split()[0] in 'ZX'
        except OSError:
            return True

    wait_until(is_gone, what=f'the end of process {child}')


@test
def bad_usage_is_explained(case):
    cases = (
        (['--listen', '0.0.0.0:0'], '--allow-remote'), (['--listen', '[::]:0'], '--allow-remote'),
        (['--listen', 'example.org:80'], 'no name is looked up'), (['--listen', '80'], 'PORT'),
        (['--listen', 'unix:'], 'path'), (['--delay', 'soon'], '--delay'),
        (['--delay', '1ms', '--mean', '1ms'], '--delay'), (['--mean', '1ms'], 'both'),
        (['--distribution', 'normal', '--mean', '1s'], 'exponential'),
        (['--slow', '5%'], 'SHARE:D'), (['--slow', '200%:1s'], '100%'),
        (['--freeze', '2s/250ms'], '0 < P < Q'), (['--freeze', '1s'], 'P/Q'),
        (['--freeze-phase', '1s'], '--freeze'), (['--queue', 'lifo'], 'fifo'),
        (['--queue', 'fifo', '--threads', '2'], 'one server'), (['--threads', '0'], '1 to'),
        (['--errors', '1%:99'], '200 to 599'), (['--errors', ''], '--errors'),
        (['--errors', '60%', '--hang', '60%'], 'more than 100%'), (['--seed', 'x'], '--seed'),
        (['--body', 'big'], '--body'), (['--redirect', 'old=new'], '/PATH=LOCATION'),
        (['--exit-after', 'never'], '--exit-after'), (['--tls', '--key', 'k'], 'both are needed'),
        (['--certificate', 'c', '--key', 'k'], '--tls'), (['--no-such'], '--no-such'), (['extra'], 'extra'),
    )
    for arguments, explanation in cases:
        process = case.run([THRUM, 'target', *arguments])
        equal((process.returncode, process.stdout), (2, ''), arguments)
        assert explanation in process.stderr, process
    help_text = case.run([THRUM, 'target', '--help'])
    equal(help_text.returncode, 0)
    for word in ('--freeze', '/redirect/N', 'pause=D'):
        assert word in help_text.stdout, help_text


@test
def what_cannot_start_says_why(case):
    target = case.target()
    taken = case.run([THRUM, 'target', '--listen', f'127.0.0.1:{target.port}'])
    equal(taken.returncode, 5)
    assert 'in use' in taken.stderr, taken
    for option in ('--log', '--port-file'):
        process = case.run([THRUM, 'target', option, '/nowhere/file', '--exit-after', '1s'])
        equal((process.returncode, process.stdout), (5, ''), option)
        assert '/nowhere/file' in process.stderr, process
    full = case.run([THRUM, 'target', '--log', '/dev/full', '--exit-after', '1ms'])
    equal(full.returncode, 5)
    assert 'cannot write /dev/full' in full.stderr, full


def certificate(case):
    key, cert = case.directory / 'key.pem', case.directory / 'cert.pem'
    made = case.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                     'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-days',
                     '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'])
    equal(made.returncode, 0, made)
    return key, cert


@test
def it_makes_a_certificate_where_none_is_given(case):
    target = case.target('--tls')
    shown = ssl.get_server_certificate(('127.0.0.1', target.port))
    trusting = ssl.create_default_context(cadata=shown)
    for name in 'localhost', '127.0.0.1':
        with socket.create_connection(('127.0.0.1', target.port)) as plain:
            with trusting.wrap_socket(plain, server_hostname=name) as secure:
                secure.send(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
                assert secure.recv(100).startswith(b'HTTP/1.1 200 ')
    test_file = case.write('test.ini', f'''[load]
duration = 200ms
users = 1
interval = 10ms
[target secure]
plugin = http1
url = https://127.0.0.1:{target.port}/
''')
    careful = case.thrum('run', test_file, '-q', '--output', 'careful')
    equal(careful.returncode, 1, repr(careful))
    assert 'tls-verify' in careful.stdout, careful
    told = case.thrum('run', test_file, '-q', '--output', 'told', '--set', 'target.verify=no')
    equal(told.returncode, 0, repr(told))
    assert '100.00 %' in told.stdout, told


@test
def it_speaks_tls(case):
    key, cert = certificate(case)
    log = case.directory / 'log.csv'
    process = case.start([THRUM, 'target', '--tls', '--certificate', cert, '--key', key, '--log',
                          log, '--die-with-parent', '--exit-after', '300s'])
    target = Target(process)
    context = ssl.create_default_context(cafile=cert)
    context.set_alpn_protocols(['h2', 'http/1.1'])
    client = Client(('127.0.0.1', target.port), context)
    equal(client.socket.selected_alpn_protocol(), 'http/1.1')
    client.send('GET /?n=1 HTTP/1.1\r\nHost: x\r\n\r\n' * 200)
    for _ in range(200):
        equal(client.reply().status, 200)
    equal(client.ask('/bytes/5000000').body, pattern(5000000))
    body = 'x' * 300000
    assert client.ask('/echo', 'POST', headers=f'Content-Length: {len(body)}\r\n',
                      body=body).body.endswith(body.encode())
    equal(client.ask('/close').headers['connection'], 'close')
    client.assert_closed()

    # One that does not speak TLS, and one that leaves within the handshake, harm nobody.
    plain = connect(target)
    plain.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    assert not plain.rest().startswith(b'HTTP')
    leaver = connect(target)
    leaver.send(b'\x16\x03\x01')
    leaver.close()

    client = Client(('127.0.0.1', target.port), context)
    counted = json.loads(client.ask('/stats').body)
    equal((counted['answered'], counted['rejected'], counted['unstamped']), (203, 0, 0))
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    client.get('/bytes/50000000')
    client.close()
    wait_until(lambda: json.loads(Client(('127.0.0.1', target.port), context).ask('/stats').body)
               ['abandoned'] == 1)
    target.stop()
    for row in read_log(log):
        assert row['receive_ns'] <= row['due_ns'] <= row['send_ns'], row

    bad = case.run([THRUM, 'target', '--tls', '--certificate', key, '--key', cert])
    equal(bad.returncode, 5)
    assert 'cannot use certificate' in bad.stderr, bad


if __name__ == '__main__':
    main()
