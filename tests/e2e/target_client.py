# SPDX-License-Identifier: MIT
"""An HTTP/1.1 client that shows what `thrum target` sent, byte by byte, and the target's log."""

import csv
import json
import socket

from harness import equal

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
