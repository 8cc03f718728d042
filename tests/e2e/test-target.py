# SPDX-License-Identifier: MIT
"""`thrum target` as an HTTP client sees it: what each path answers and what it counts."""

import base64
import gzip
import socket

from harness import equal, main, test, wait_until
from target_client import connect, pattern, read_log, stats


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


if __name__ == '__main__':
    main()
