# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""As much of WebDriver as a test of a page needs: chromedriver speaks it, in plain HTTP and JSON."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request

OPTIONS = {
    "browserName": "chrome",
    "goog:loggingPrefs": {"browser": "ALL"},
    "timeouts": {"script": 60000, "pageLoad": 60000},
}
# It may talk to this machine and to no other.
ARGUMENTS = ["--headless=new", "--no-first-run", "--disable-dev-shm-usage", "--disable-background-networking",
             "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


def missing_programs():
    return [name for name in ("chromium", "chromedriver") if not shutil.which(name)]


class Browser:
    """Chromium without a window, and without anything of its user's. Ends with the `with`."""

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = None
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True,
                                       env={**os.environ, "HOME": self.profile.name})
        try:
            self.session = self._begin(self._port())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_):
        try:
            self._call("DELETE", "")
            self.process = None
        finally:
            self._end()

    def open(self, address):
        self._call("POST", "/url", {"url": address})

    def reload(self):
        self._call("POST", "/refresh", {})

    def open_tab(self):
        """A tab besides those that are there, in which all of the following happens."""
        tab = self._call("POST", "/window/new", {"type": "tab"})["handle"]
        self._call("POST", "/window", {"handle": tab})

    def run(self, script, *arguments):
        """Returns the script's result."""
        return self._call("POST", "/execute/sync", {"script": script, "args": arguments})

    def run_until(self, script, *arguments):
        """Returns what the script gives to its last argument, a function."""
        return self._call("POST", "/execute/async", {"script": script, "args": arguments})

    def type(self, selector, text):
        self._call("POST", f"/element/{self._find(selector)}/value", {"text": text})

    def click(self, selector):
        self._call("POST", f"/element/{self._find(selector)}/click", {})

    def console(self):
        """Returns the lines that were written since the last look, errors of the browser's own included."""
        return self._call("POST", "/se/log", {"type": "browser"})

    def _port(self):
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                return int(line.rstrip(".\n").rsplit(" ", 1)[1])
        raise RuntimeError("chromedriver did not start")

    def _begin(self, port):
        self.base = f"http://127.0.0.1:{port}/session"
        arguments = [*ARGUMENTS, f"--user-data-dir={self.profile.name}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # Chromium does not start as root with it
        wanted = {**OPTIONS, "goog:chromeOptions": {"args": arguments, "binary": shutil.which("chromium")}}
        self.session = ""
        begun = self._call("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self.process = begun["capabilities"].get("goog:processID")
        return "/" + begun["sessionId"]

    def _end(self):
        if self.process:  # not ended in order
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()
        self.profile.cleanup()

    def _find(self, selector):
        found = self._call("POST", "/element", {"using": "css selector", "value": selector})
        return next(iter(found.values()))

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.base + self.session + path, data, {"Content-Type": "application/json"},
                                       method=method)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(asked, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as failed:
            raise RuntimeError(json.load(failed)["value"]["message"]) from None
