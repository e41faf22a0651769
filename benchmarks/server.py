# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The nginx that all clients call: TLS 1.3 over loopback, one worker, certificates made for this run; and a Redis."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time

ANSWER = (
    '{"id":"6e1cf0db-52d7-4522-97c9-97aa40b14058","status":"Completed",'
    '"url":"https://cdn.example.test/exports/6e1cf0db-52d7-4522-97c9-97aa40b14058.json"}'
)

# mode -> another status, and its body
ANSWERS = {"refuse": "429 '{}'"}

CONFIGURATION = """
{user}daemon off;
worker_processes 1;
worker_rlimit_nofile 8192;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  default_type application/json;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  ssl_protocols TLSv1.3;
  ssl_certificate certificate.pem;
  ssl_certificate_key key.pem;
{servers}}}
"""

SERVER = """
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    server_name localhost;
    {settings}
    location /api/ {{ return {answer}; }}
    location /files/ {{ alias files/; }}
  }}
"""

KEPT = "keepalive_timeout 600s; ssl_session_cache shared:sessions:8m;"

# mode -> what its server does with a connection after an answer, and with TLS sessions
SETTINGS = {
    "get": KEPT,
    "refuse": KEPT + " add_header Retry-After 0 always;",
    "new-connection": "keepalive_timeout 0; ssl_session_cache off; ssl_session_tickets off; ssl_conf_command NumTickets 0;",
    "resume": "keepalive_timeout 0; ssl_session_cache shared:sessions:8m;",
}


def make_certificates(directory):
    """An authority, and a certificate of it for localhost."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    (directory / "leaf.conf").write_text("subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
    openssl("req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Benchmark CA",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", *new_key, "-keyout", "key.pem", "-out", "leaf.csr", "-subj", "/CN=localhost")
    openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "leaf.conf", "-out", "certificate.pem")


def free_ports(count):
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def pinned(core):
    """The words before a command that keep it on one core, where there are at least two."""
    return ["taskset", "-c", str(core)] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []


class Server:
    """Serves while it is entered. `ports` has one for each mode, `ca_file` is the authority."""

    def __init__(self, files=None):
        self.files = files or {}

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="intheloop-bench-")
        directory = pathlib.Path(self._directory.name)
        self.ca_file = str(directory / "ca.pem")
        make_certificates(directory)
        (directory / "files").mkdir()
        for name, write in self.files.items():
            with open(directory / "files" / name, "wb") as out:
                write(out)
        self.ports = dict(zip(SETTINGS, free_ports(len(SETTINGS))))
        self.ports["post"] = self.ports["get"]
        servers = "".join(SERVER.format(port=self.ports[mode], settings=SETTINGS[mode], answer=ANSWERS.get(mode, f"200 '{ANSWER}'"))
                          for mode in SETTINGS)
        user = "user root;\n" if os.geteuid() == 0 else ""
        (directory / "nginx.conf").write_text(CONFIGURATION.format(user=user, servers=servers))
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
        self._process = subprocess.Popen([*pinned(0), nginx, "-p", str(directory), "-c", "nginx.conf", "-e", "stderr"])
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait(self):
        trust = ssl.create_default_context(cafile=self.ca_file)
        for _ in range(200):
            if self._process.poll() is not None:
                raise RuntimeError("nginx did not start")
            try:
                with socket.create_connection(("127.0.0.1", self.ports["get"])) as raw:
                    with trust.wrap_socket(raw, server_hostname="localhost"):
                        return
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise RuntimeError("nginx does not answer")

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._directory.cleanup()


class Redis:
    """A Redis that keeps nothing, while it is entered."""

    def __enter__(self):
        self._port = free_ports(1)[0]
        self.url = f"redis://127.0.0.1:{self._port}"
        self._directory = tempfile.TemporaryDirectory(prefix="intheloop-bench-")
        self._process = subprocess.Popen(["redis-server", "--port", str(self._port), "--bind", "127.0.0.1", "--save", ""],
                                         cwd=self._directory.name, stdout=subprocess.DEVNULL)
        for _ in range(200):
            if self._process.poll() is not None:
                break
            try:
                self.scripts()
                return self
            except ConnectionRefusedError:
                time.sleep(0.05)
        self.__exit__()
        raise RuntimeError("redis-server does not answer")

    def scripts(self):
        """How many scripts it has run."""
        with socket.create_connection(("127.0.0.1", self._port)) as connection, connection.makefile("rb") as answer:
            connection.sendall(b"INFO commandstats\r\n")
            text = answer.read(int(answer.readline()[1:])).decode()
        return sum(int(calls) for calls in re.findall(r"^cmdstat_evalsha?:calls=(\d+)", text, re.MULTILINE))

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._directory.cleanup()
