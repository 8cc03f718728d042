# SPDX-License-Identifier: MIT
"""The codec plugins against real servers: what they say is what the server did."""

import collections
import csv
import json
import os
import pathlib
import shutil
import socket
import socketserver
import threading

from harness import equal, free_port, main, skip, test, wait_until

LOAD = '''[load]
duration = 400ms
users = 8
processes = 1
timeout = 20s
'''


class Row(collections.namedtuple('Row', 'elapsed response status service request failure bytes lag')):
    """A line of results.csv."""


def run(case, ini, load=LOAD, env=None):
    """Runs a test of one folder; its rows."""
    folder = case.directory / f'out{len(case._processes)}'
    process = case.thrum('run', case.write('test.ini', load + ini), '--output', folder, env=env)
    counts = json.loads((folder / 'run.json').read_text())['counts']
    with open(folder / 'results.csv', newline='') as file:
        rows = [Row(*row) for row in csv.reader(file)]
    equal(counts['conserved'], True)
    equal(counts['sent'], len(rows), 'sent')
    assert rows, repr(process)
    # A run without any success has failed.
    has_success = any(row.failure == '' for row in rows)
    equal(process.returncode, 0 if has_success else 1, repr(process))
    return rows


def kinds(rows):
    """The distinct (request, status, failure, bytes)."""
    return sorted({(row.request, row.status, row.failure, row.bytes) for row in rows})


def need(program):
    path = shutil.which(program)
    if path is None:
        skip(f'no {program} here')
    return path


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(('127.0.0.1', port)) == 0


def start_server(case, argv, port):
    process = case.start(argv)
    wait_until(lambda: process.returncode is not None or listens(port), what=f'{argv[0]} listens')
    assert process.returncode is None, repr(process)
    return process


def redis(case):
    """A redis-server on a free port; the port, and a function that runs one command."""
    port = free_port()
    start_server(case, [need('redis-server'), '--port', port, '--bind', '127.0.0.1', '--save', '',
                        '--unixsocket', case.directory / 'redis.sock', '--dir', case.directory],
                 port)

    def ask(line):
        with socket.create_connection(('127.0.0.1', port), 10) as client:
            client.sendall(line.encode() + b'\r\n')
            return client.recv(65536).decode()
    return port, ask


class Server(socketserver.ThreadingTCPServer):
    """A server of this process: handle(socket) in a thread a connection."""
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 1000

    def __init__(self, handle):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    handle(self.request)
                except OSError:
                    pass
        super().__init__(('127.0.0.1', 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


@test
def redis_ping(case):
    port, ask = redis(case)
    rows = run(case, f'''
[target redis]
plugin = tcp
address = 127.0.0.1:{port}
send = PING\\r\\n
delimiter = \\r\\n
expect = +PONG
''')
    equal(kinds(rows), [('redis', '200', '', '7')])
    stats = ask('INFO commandstats')
    assert f'cmdstat_ping:calls={len(rows)},' in stats, (len(rows), stats)


@test
def redis_set_and_get(case):
    port, ask = redis(case)
    rows = run(case, f'''
[target redis]
plugin = tcp
address = 127.0.0.1:{port}
pipeline = 4
status-map = +=200; $=200; -=500

[request set]
target = redis
send = SET key value%41\\r\\n
delimiter = \\r\\n

[request get]
target = redis
send = GET key\\r\\n
reply = length
length-format = decimal
length-offset = 1
length-adjust = 4
expect-body = ^\\$8\\r\\nvalue%41\\r\\n$

[request wrong]
target = redis
send = NONSENSE\\r\\n
delimiter = \\r\\n
''', load=LOAD.replace('400ms', '600ms'))
    seen = kinds(rows)
    equal({kind[:3] for kind in seen}, {('set', '200', ''), ('get', '200', ''),
                                       ('wrong', '500', 'status')})
    equal(ask('GET key'), '$8\r\nvalue%41\r\n')


@test
def redis_by_unix_socket(case):
    redis(case)
    rows = run(case, f'''
[target redis]
plugin = tcp
address = unix:{case.directory}/redis.sock
send = PING\\r\\n
delimiter = \\r\\n
''')
    equal(kinds(rows), [('redis', '200', '', '7')])


@test
def redis_pipelined(case):
    port, ask = redis(case)
    rows = run(case, f'''
[target redis]
plugin = tcp
address = 127.0.0.1:{port}
pipeline = 8
send = ECHO hello\\r\\n
delimiter = \\r\\n
delimiters = 2
expect = $5\\r\\nhello\\r\\n
''')
    equal(kinds(rows), [('redis', '200', '', '11')])


@test
def send_only(case):
    port, ask = redis(case)
    rows = run(case, f'''
[target redis]
plugin = tcp
address = 127.0.0.1:{port}
send = INCR n\\r\\n
reply = none
''', load=LOAD + 'interval = 5ms\n')
    equal(kinds(rows), [('redis', '0', '', '0')])
    wait_until(lambda: ask('GET n').split('\r\n')[1] == str(len(rows)), what='every INCR')


@test
def connect_only(case):
    port, ask = redis(case)
    before = int(ask('INFO stats').split('total_connections_received:')[1].split()[0])
    rows = run(case, f'''
[target redis]
plugin = tcp
address = 127.0.0.1:{port}
connect-only = yes
''', load=LOAD + 'interval = 5ms\n')
    equal(kinds(rows), [('redis', '0', '', '0')])

    def received():
        return int(ask('INFO stats').split('total_connections_received:')[1].split()[0])
    # Each question opens one as well.
    after = received()
    equal(after - before, len(rows) + 1, 'connections')


@test
def refused_is_no_latency(case):
    rows = run(case, f'''
[target nobody]
plugin = tcp
address = 127.0.0.1:{free_port()}
connect-only = yes
''', load=LOAD + 'interval = 20ms\n')
    equal(kinds(rows), [('nobody', '0', 'connect-refused', '0')])


@test
def memcached(case):
    port = free_port()
    user = ['-u', 'nobody'] if os.geteuid() == 0 else []
    start_server(case, [need('memcached'), '-l', '127.0.0.1', '-p', port, '-U', '0', *user], port)
    with socket.create_connection(('127.0.0.1', port), 10) as client:
        client.sendall(b'set key 0 0 5\r\nhello\r\n')
        equal(client.recv(100), b'STORED\r\n')
    rows = run(case, f'''
[target memcached]
plugin = tcp
address = 127.0.0.1:{port}

[request version]
target = memcached
send = version\\r\\n
delimiter = \\r\\n
expect = VERSION

[request get]
target = memcached
send = get key\\r\\n
delimiter = END\\r\\n
expect = VALUE key 0 5\\r\\nhello\\r\\n

[request miss]
target = memcached
send-hex = 67 65 74 20 6e 6f 0d 0a
delimiter = END\\r\\n
expect = VALUE
''')
    seen = {(kind[0], kind[2]) for kind in kinds(rows)}
    equal(seen, {('version', ''), ('get', ''), ('miss', 'check')})


@test
def greeting_and_hello(case):
    said = collections.Counter()

    def mail(client):
        client.sendall(b'220 mail.example ESMTP\r\n')
        lines = client.makefile('rb')
        equal(lines.readline(), b'HELO thrum\r\n')
        said['HELO'] += 1
        client.sendall(b'250 mail.example\r\n')
        for line in lines:
            said[line] += 1
            client.sendall(b'250 OK\r\n' if line == b'NOOP\r\n' else b'502 5.5.2 what\r\n')

    rows = run(case, f'''
[target mail]
plugin = tcp
address = 127.0.0.1:{Server(mail).port}
greeting = \\r\\n
greeting-expect = 220
hello = HELO thrum\\r\\n
hello-reply = \\r\\n
hello-expect = 250
delimiter = \\r\\n
status-offset = 0

[request noop]
target = mail
send = NOOP\\r\\n
weight = 3

[request what]
target = mail
send = WHAT\\r\\n
''')
    equal(kinds(rows), [('noop', '250', '', '8'), ('what', '502', 'status', '16')])
    equal(said['HELO'], 8, 'one hello a connection')
    equal(said[b'NOOP\r\n'], sum(row.request == 'noop' for row in rows))


@test
def greeting_refused(case):
    def mail(client):
        client.sendall(b'554 go away\r\n')
        client.recv(100)

    rows = run(case, f'''
[target mail]
plugin = tcp
address = 127.0.0.1:{Server(mail).port}
greeting = \\r\\n
greeting-expect = 220
send = NOOP\\r\\n
''', load=LOAD + 'interval = 50ms\n')
    equal(kinds(rows), [('mail', '0', 'check', '0')])


def certificate(case):
    run_ok = case.run([need('openssl'), 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                       'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=echo',
                       '-addext', 'subjectAltName=DNS:echo.example', '-keyout', 'key.pem', '-out',
                       'cert.pem'])
    equal(run_ok.returncode, 0, repr(run_ok))


@test
def tls_echo(case):
    certificate(case)
    port = free_port()
    start_server(case, [need('openssl'), 's_server', '-accept', f'127.0.0.1:{port}', '-cert',
                        'cert.pem', '-key', 'key.pem', '-rev', '-quiet'], port)
    ini = f'''
[target echo]
plugin = tcp
address = 127.0.0.1:{port}
tls = yes
send = stressed\\n
expect = desserts\\n
'''
    # It serves one connection at a time.
    load = LOAD.replace('users = 8', 'users = 1')
    rows = run(case, f'{ini}ca-file = cert.pem\nserver-name = echo.example\n', load=load)
    equal(kinds(rows), [('echo', '200', '', '9')])

    load += 'interval = 50ms\n'
    equal(kinds(run(case, ini, load=load)), [('echo', '0', 'tls-verify', '0')])
    rows = run(case, f'{ini}ca-file = cert.pem\nserver-name = other.example\n', load=load)
    equal(kinds(rows), [('echo', '0', 'tls-verify', '0')])
    rows = run(case, f'{ini}verify = no\n', load=load)
    equal(kinds(rows), [('echo', '200', '', '9')])


@test
def idle_and_close(case):
    def echo_slowly(client):
        while data := client.recv(1000):
            client.sendall(data[:2])
            client.sendall(data[2:])

    def say_and_close(client):
        client.recv(1000)
        client.sendall(b'good')
        client.sendall(b'bye')

    rows = run(case, f'''
[target echo]
plugin = tcp
address = 127.0.0.1:{Server(echo_slowly).port}
send = 0123456789
reply = idle
idle = 60ms
expect-body = ^0123456789$
''')
    equal(kinds(rows), [('echo', '200', '', '10')])
    rows = run(case, f'''
[target once]
plugin = tcp
address = 127.0.0.1:{Server(say_and_close).port}
send = x
reply = close
expect-body = ^goodbye$
''', load=LOAD + 'interval = 10ms\n')
    equal(kinds(rows), [('once', '200', '', '7')])


@test
def null_codec_echo(case):
    received = collections.Counter()

    def echo(client):
        while data := client.recv(65536):
            received['bytes'] += len(data)
            client.sendall(data)

    rows = run(case, f'''
[target echo]
plugin = null_codec
address = 127.0.0.1:{Server(echo).port}
pipeline = 4
send-size = 10
reply-size = 10
''')
    equal(kinds(rows), [('echo', '200', '', '10')])
    equal(received['bytes'], 10 * len(rows))


@test
def http1_and_the_target_agree(case):
    target = case.target()
    rows = run(case, f'''
[target site]
plugin = http1
url = {target.url}

[request get]
target = site
path = /

[request head]
target = site
method = HEAD

[request missing]
target = site
path = /status/404
''')
    equal({kind[:3] for kind in kinds(rows)},
          {('get', '200', ''), ('head', '200', ''), ('missing', '404', 'status')})


@test
def http1_over_tls(case):
    certificate(case)
    target = case.target('--tls', '--certificate', 'cert.pem', '--key', 'key.pem')
    rows = run(case, f'''
[target site]
plugin = http1
url = https://127.0.0.1:{target.port}/
ca-file = cert.pem
server-name = echo.example
''')
    equal({row[2:3] + row[5:6] for row in rows}, {('200', '')})


@test
def http2_streams(case):
    """The spike on libnghttp2: ten streams a connection, the plugin ABI as it is."""
    port = free_port()
    (case.directory / 'www').mkdir()
    case.write('www/file', 'a' * 70000)
    case.write('www/empty', '')
    start_server(case, [need('nghttpd'), '--no-tls', '-d', case.directory / 'www', '-a',
                        '127.0.0.1', port], port)
    rows = run(case, f'''
[target site]
plugin = h2
address = 127.0.0.1:{port}
streams = 10

[request file]
target = site
path = /file
expect-body = ^a{{60000}}

[request empty]
target = site
path = /empty

[request missing]
target = site
path = /missing
''', load=LOAD.replace('users = 8', 'users = 20'))
    seen = {kind[:3] for kind in kinds(rows)}
    equal(seen, {('file', '200', ''), ('empty', '200', ''), ('missing', '404', 'status')})
    equal({row.bytes for row in rows if row.request == 'file'}, {'70000'})


# ---- http, on libsoup ----

def run_http(case, ini, load=LOAD):
    """As run (), of the plugin on libsoup, which may not have been built; the rows, and the counts."""
    if 'libsoup' not in case.thrum('plugins').stdout:
        skip('no http plugin here')
    # libsoup 3.2 loses a list's node now and then as an HTTP/2 connection fails, and GCC 12's LeakSanitizer may
    # crash at GLib's idle pool threads, on which handshakes run.
    rows = run(case, ini, load=load,
               env={'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'})
    folder = sorted(case.directory.glob('out*'), key=lambda path: path.stat().st_mtime)[-1]
    return rows, json.loads((folder / 'run.json').read_text())['counts']


@test
def http_resumes_sessions_if_told_to(case):
    """One key, one meaning: as with http1, no session is resumed unless session-reuse says so."""
    certificate(case)
    port = free_port()
    start_server(case, [need('openssl'), 's_server', '-accept', f'127.0.0.1:{port}', '-cert',
                        'cert.pem', '-key', 'key.pem', '-www', '-quiet'], port)
    ini = f'''
[target site]
plugin = http
url = https://127.0.0.1:{port}/
verify = no
connection = per-request
session-reuse = %s

[request page]
target = site
expect-body = %s
'''
    load = LOAD.replace('users = 8', 'users = 1')
    rows, counts = run_http(case, ini % ('no', 'New,'), load)
    equal({row.failure for row in rows}, {''})
    equal((counts['handshakes'], counts['resumed_handshakes']), (len(rows), 0))
    rows, counts = run_http(case, ini % ('yes', 'Reused,'), load)
    # The first has nothing to resume.
    equal([row.failure for row in rows], ['check'] + [''] * (len(rows) - 1))
    equal((counts['handshakes'], counts['resumed_handshakes']), (len(rows), len(rows) - 1))


METHODS = '''
[request get]
target = site

[request head]
target = site
method = HEAD

[request post]
target = site
body = x

[request put]
target = site
method = PUT
body = xyz
'''


@test
def http2_by_nginx(case):
    """nginx ends a connection by GOAWAY before the last reply on it: nothing fails, nothing is sent
    twice, and what it logs is what the rows say."""
    certificate(case)
    port = free_port()
    folders = ' '.join(f'{name}_temp_path {case.directory / name};'
                       for name in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    case.write('nginx.conf', f'''
daemon off;
master_process off;
pid {case.directory}/pid;
error_log {case.directory}/error.log;
events {{ }}
http {{
  access_log {case.directory}/access.log;
  {folders}
  keepalive_requests 20;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {case.directory}/cert.pem;
    ssl_certificate_key {case.directory}/key.pem;
    return 200 "hello";
  }}
}}
''')
    start_server(case, [need('nginx'), '-p', case.directory, '-c', 'nginx.conf'], port)
    rows, counts = run_http(case, f'''
[target site]
plugin = http
url = https://127.0.0.1:{port}/
verify = no
http2 = yes
{METHODS}''', LOAD.replace('users = 8', 'users = 2'))
    equal({row.status + row.failure for row in rows}, {'200'})
    equal(counts['resent'], 0)
    assert counts['connections'] >= len(rows) // 20, counts
    assert counts['connections'] <= len(rows) // 20 + 2, counts
    log = (case.directory / 'access.log').read_text().splitlines()
    equal(len(log), len(rows))


@test
def http2_by_node(case):
    """Node says GOAWAY with the last stream it looks at, destroys sessions, and leaves requests without
    an answer: each costs the requests it is about, and the run goes on to its end."""
    certificate(case)
    port = free_port()
    case.write('server.js', '''
const http2 = require('http2'), fs = require('fs');
let n = 0;
const server = http2.createSecureServer({ key: fs.readFileSync('key.pem'),
                                          cert: fs.readFileSync('cert.pem') });
server.on('session', session => session.on('error', () => {}));
server.on('sessionError', () => {});
server.on('stream', (stream, headers) => {
  const session = stream.session;
  const reply = () => {
    stream.respond({ ':status': 200 });
    stream.end(headers[':method'] === 'HEAD' ? undefined : 'hello');
  };
  stream.on('error', () => {});
  n++;
  if (n % 40 === 13) {
    session.goaway(0, stream.id);
    reply();
  } else if (n % 40 === 23) {
    session.goaway(0, stream.id - 2);
    setTimeout(() => session.destroy(), 20);
  } else if (n % 40 === 33) {
    session.destroy();
  } else if (n % 20 !== 5) {
    reply();
  }
});
server.listen(Number(process.argv[2]), '127.0.0.1');
''')
    start_server(case, [need('node'), 'server.js', port], port)
    rows, counts = run_http(case, f'''
[target site]
plugin = http
url = https://127.0.0.1:{port}/
verify = no
http2 = yes
{METHODS}''', '''[load]
duration = 2s
users = 4
processes = 1
timeout = 400ms
''')
    by = collections.Counter(row.failure for row in rows)
    assert set(by) <= {'', 'timeout', 'closed-early', 'reset'}, by
    assert by[''] > len(rows) // 2, by
    # A user stood still after four failures, and so after 16 did all. (The last few may fall on the end.)
    bad = [index for index, row in enumerate(rows) if row.failure != '']
    assert len(bad) < 24 or any(row.failure == '' for row in rows[bad[16]:]), by

    # It speaks HTTP/2 only: the reason says what to do.
    rows, _ = run_http(case, f'''
[target site]
plugin = http
url = https://127.0.0.1:{port}/
verify = no
''', '[load]\nduration = 100ms\nusers = 1\ninterval = 20ms\n')
    equal({row.failure for row in rows}, {'tls-failed'})
    folder = sorted(case.directory.glob('out*'), key=lambda path: path.stat().st_mtime)[-1]
    assert 'http2 = yes offers' in (folder / 'run.json').read_text()


if __name__ == '__main__':
    main()
