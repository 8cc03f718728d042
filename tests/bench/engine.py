#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a request costs: the CPU of all of thrum (coordinator and worker, every request written to
results.csv) beside a bare epoll loop that reads stamps and writes rows, wrk, and others.

The generator is pinned to one core, nginx with `return 200` to the other. The runs are interleaved:
each round runs every tool once, so that what the machine does meanwhile hits all alike, and the
judgement is the median of the rounds' ratios, with the range that holds the true median at the
confidence printed (an interval by order statistics; no assumption on the noise).

    engine.py --build DIR [--connections 50,1000] [--rounds 7] [--seconds 5] [--tls]
"""

import argparse
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_rlimit_nofile {files};
events {{ worker_connections {connections}; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} backlog=16384 {tls};
    {certificate}
    location / {{ return 200 "hello world\\n"; }}
  }}
}}
"""

INI = """[load]
duration = {seconds}s
users = {connections}
processes = 1
threads = 1
engine = {engine}

[target site]
plugin = http1
url = {url}
{more}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
        check=True, capture_output=True)


class Nginx:
    def __init__(self, folder, tls, cpu):
        self.port = free_port()
        files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 20000)
        certificate = ""
        if tls:
            make_certificate(folder)
            certificate = (f"ssl_certificate {folder}/cert.pem; "
                           f"ssl_certificate_key {folder}/key.pem;")
        with open(f"{folder}/nginx.conf", "w") as f:
            f.write(NGINX.format(folder=folder, port=self.port, files=files,
                                 connections=files - 100, tls="ssl" if tls else "",
                                 certificate=certificate))
        self.process = subprocess.Popen(["taskset", "-c", str(cpu), "nginx", "-c",
                                         f"{folder}/nginx.conf"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("nginx does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def run(argv, cpu, timeout, env=None):
    """(its output, CPU seconds of it and of all it waited for)"""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(["taskset", "-c", str(cpu)] + argv, stdout=out,
                                   stderr=subprocess.STDOUT, env=env)
        end = time.monotonic() + timeout
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid != 0:
                break
            if time.monotonic() > end:
                process.kill()
                os.wait4(process.pid, 0)
                raise SystemExit(f"{argv[0]} did not end in time")
            time.sleep(0.05)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    return text, process.returncode, usage.ru_utime + usage.ru_stime


class Tool:
    """Runs one tool once: (requests, CPU us per request)."""

    def __init__(self, name, options, nginx, folder):
        self.name, self.options, self.nginx, self.folder = name, options, nginx, folder
        self.url = f"{'https' if options.tls else 'http'}://127.0.0.1:{nginx.port}/"

    def thrum(self, engine, connections):
        ini = f"{self.folder}/test.ini"
        result = f"{self.folder}/run"
        shutil.rmtree(result, ignore_errors=True)
        more = f"ca-file = {self.folder}/cert.pem" if self.options.tls else ""
        with open(ini, "w") as f:
            f.write(INI.format(seconds=self.options.seconds, connections=connections,
                               engine=engine, url=self.url, more=more))
        env = dict(os.environ)
        plugins = f"{self.options.build}/plugins"
        env["THRUM_PLUGIN_PATH"] = ":".join(f"{plugins}/{d}" for d in sorted(os.listdir(plugins)))
        text, code, cpu = run([f"{self.options.build}/core/thrum", "run", ini, "--quiet",
                               "--output", result], self.options.cpu, self.options.seconds + 60,
                              env)
        if not os.path.exists(f"{result}/results.csv"):
            raise SystemExit(f"thrum: exit code {code}\n{text}")
        with open(f"{result}/results.csv", "rb") as f:
            rows = sum(block.count(b"\n") for block in iter(lambda: f.read(1 << 20), b""))
        with open(f"{result}/results.csv") as f:
            failed = sum(1 for line in f if line.split(",")[2] != "200")
        if failed:
            raise SystemExit(f"thrum: {failed} of {rows} requests failed\n{text}")
        return rows, cpu

    def once(self, connections):
        o = self.options
        if self.name.startswith("thrum-"):
            return self.thrum(self.name[6:], connections)
        argv = {
            "bare": [f"{o.build}/tests/bench/bare-epoll", str(self.nginx.port), str(connections),
                     str(o.seconds), f"{self.folder}/rows.csv"],
            "wrk": ["wrk", "-t1", f"-c{connections}", f"-d{o.seconds}s", self.url],
            "h2load": ["h2load", "--h1", "-t1", f"-c{connections}", f"-D{o.seconds}", self.url],
            "ab": ["ab", "-k", "-q", f"-t{o.seconds}", "-n1000000000", f"-c{connections}",
                   self.url],
        }[self.name]
        pattern = {
            "bare": r"^(\d+) ",
            "wrk": r"(\d+) requests in",
            "h2load": r"(\d+) done",
            "ab": r"Complete requests:\s+(\d+)",
        }[self.name]
        text, code, cpu = run(argv, o.cpu, o.seconds + 60)
        found = re.search(pattern, text, re.M)
        if found is None:
            raise SystemExit(f"{self.name}: exit code {code}\n{text}")
        return int(found.group(1)), cpu


def interval(ratios):
    """The widest order-statistics interval for the median that n pairs allow, up to 95%."""
    ratios = sorted(ratios)
    n, low, confidence = len(ratios), 0, 1 - 0.5 ** (len(ratios) - 1)
    from math import comb
    while low + 1 < n // 2:
        tail = sum(comb(n, i) for i in range(low + 2)) / 2 ** n
        if 1 - 2 * tail < 0.95:
            break
        low += 1
        confidence = 1 - 2 * tail
    return ratios[low], ratios[n - 1 - low], confidence


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", required=True, help="meson's build folder")
    parser.add_argument("--connections", default="50,1000")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--tools", default="")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--cpu", type=int, default=0, help="the generator's core")
    parser.add_argument("--server-cpu", type=int, default=1)
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    names = options.tools.split(",") if options.tools else (
        ["thrum-epoll", "thrum-io_uring", "wrk", "h2load"] if options.tls else
        ["thrum-epoll", "thrum-io_uring", "bare", "wrk"])

    with tempfile.TemporaryDirectory(prefix="thrum-bench-") as folder:
        nginx = Nginx(folder, options.tls, options.server_cpu)
        try:
            for connections in map(int, options.connections.split(",")):
                measure(options, names, nginx, folder, connections)
        finally:
            nginx.stop()


def measure(options, names, nginx, folder, connections):
    tools = [Tool(name, options, nginx, folder) for name in names]
    costs = {name: [] for name in names}
    print(f"# {connections} connections, {options.rounds} rounds of {options.seconds} s, "
          f"{'TLS' if options.tls else 'plain'}; load {os.getloadavg()[0]:.1f}", flush=True)
    for number in range(options.rounds):
        order = tools[number % len(tools):] + tools[:number % len(tools)]
        for tool in order:
            n, cpu = tool.once(connections)
            costs[tool.name].append(cpu / max(n, 1) * 1e6)
        print("#  " + "  ".join(f"{name} {costs[name][-1]:.3f}" for name in names), flush=True)
    for name in names:
        print(f"{name:16} {statistics.median(costs[name]):8.3f} us/request")
    for name in names:
        if not name.startswith("thrum-"):
            continue
        for other in names:
            if other == name:
                continue
            ratios = [a / b for a, b in zip(costs[name], costs[other])]
            low, high, confidence = interval(ratios)
            print(f"{name} / {other:14} {statistics.median(ratios):.3f}  "
                  f"[{low:.3f}, {high:.3f}] at {confidence:.0%}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
