# SPDX-License-Identifier: MIT
"""`thrum target` as a server under load and as a process: when replies come, by its own log, its
threads, addresses and TLS, how it starts and ends.

Times are checked between the target's own log entries, where they are exact; never against a clock
here.
"""

import json
import os
import pathlib
import resource
import signal
import socket
import ssl
import struct
import subprocess
import sys

from harness import THRUM, Target, equal, main, skip, test, wait_until
from target_client import Client, connect, pattern, read_log, stats


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
    for option, text in (('--delay', '9223372036s'), ('--slow', '1%:1000h'), ('--freeze', '1s/721h')):
        process = case.run([THRUM, 'target', option, text])
        equal(process.returncode, 2, option)
        assert '720h' in process.stderr, process
    for option in ('--log', '--port-file'):
        process = case.run([THRUM, 'target', option, '/nowhere/file', '--exit-after', '1s'])
        equal((process.returncode, process.stdout), (5, ''), option)
        assert '/nowhere/file' in process.stderr, process
    full = case.run([THRUM, 'target', '--log', '/dev/full', '--exit-after', '1ms'])
    equal(full.returncode, 5)
    assert 'cannot write /dev/full' in full.stderr, full
    with open('/dev/full', 'w') as stdout:
        full = subprocess.run([THRUM, 'target', '--exit-after', '100s'], stdout=stdout, stderr=subprocess.PIPE,
                              text=True, timeout=60)
    equal(full.returncode, 5)
    assert 'cannot write to standard output: No space left' in full.stderr, full


@test
def what_is_no_file_is_written_to_and_a_link_stays_one(case):
    os.mkfifo(case.directory / 'pipe')
    (case.directory / 'link').symlink_to('real')
    case.write('real', 'old')
    reader = subprocess.Popen(['cat', case.directory / 'pipe'], stdout=subprocess.PIPE, text=True)
    for name in 'pipe', 'link':
        done = case.run([THRUM, 'target', '--exit-after', '10ms', '--port-file', case.directory / name])
        equal(done.returncode, 0, done)
    assert reader.communicate(timeout=60)[0].strip().isdigit()
    assert (case.directory / 'pipe').is_fifo() and (case.directory / 'link').is_symlink()
    assert (case.directory / 'real').read_text().strip().isdigit()


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


@test
def idle_clients_are_closed_and_busy_ones_are_not(case):
    target = case.target('--idle-timeout', '300ms')
    head = b'GET /?delay=1s HTTP/1.1\r\nHost: h\r\n\r\n'
    with socket.create_connection(('127.0.0.1', target.port)) as silent, \
            socket.create_connection(('127.0.0.1', target.port)) as half, \
            socket.create_connection(('127.0.0.1', target.port)) as waiting:
        half.sendall(head[:20])
        waiting.sendall(head)
        for client in (silent, half):
            client.settimeout(20)
            equal(client.recv(100), b'')
        waiting.settimeout(20)
        assert waiting.recv(100).startswith(b'HTTP/1.1 200'), 'the reply that was due after a second'
        equal(waiting.recv(100), b'')


@test
def a_client_that_takes_nothing_holds_little(case):
    """Bodies that are to be echoed are kept until the replies are sent: not 512 of a megabyte each."""
    target = case.target('--idle-timeout', '2s')
    body = b'x' * 1000000
    request = b'POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n' % len(body) + body

    def memory():
        status = pathlib.Path(f'/proc/{target.process.pid}/status').read_text()
        return int(status.split('VmRSS:')[1].split()[0]) // 1024

    before = memory()
    with socket.create_connection(('127.0.0.1', target.port)) as client:
        client.settimeout(0.5)
        sent = 0
        try:
            while sent < 100:
                client.sendall(request)
                sent += 1
        except TimeoutError:
            pass
        assert sent < 60, sent
        assert memory() - before < 40, memory()
        # Neither is it kept for ever.
        wait_until(lambda: target.stats()['open_connections'] == 0, what='its end')


if __name__ == '__main__':
    main()
