#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Tests run.py with programs that stand in for the fuzz targets."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

RUN = pathlib.Path(__file__).resolve().with_name("run.py")
PATIENCE = 30  # seconds
# How one ends is in the file `ends`; one that lasts has begun something itself.
PROGRAM = """#!/usr/bin/env python3
import os, pathlib, subprocess, sys
me = pathlib.Path(sys.argv[0])
if sys.argv[1].startswith("--write-seeds="):
    pathlib.Path(sys.argv[1].split("=")[1], "seed").write_text("x")
    sys.exit()
ends = (me.parent / "ends").read_text()
with open(me.parent / "began", "a") as began:
    if ends == "never":
        child = subprocess.Popen(["sleep", "600"])
        began.write(f"{os.getpid()} {child.pid}\\n")
    else:
        began.write(f"{os.getpid()}\\n")
if ends == "never":
    child.wait()
if ends == "badly":
    prefix = next(a.split("=")[1] for a in sys.argv if a.startswith("-artifact_prefix="))
    pathlib.Path(prefix + "crash-1").write_text("x")
    sys.exit(77)
print("stat::number_of_executed_units: 5\\n#5\\tDONE cov: 1 corp: 1/1b")
"""


def is_alive(pid):
    """Tells whether it runs: what has ended may still be there, until someone asks."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class TestRun(unittest.TestCase):
    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.build = pathlib.Path(kept.name)
        self.programs = self.build / "tests"
        self.programs.mkdir()
        for name in ("url", "json", "rows", "route", "answer", "request"):
            (self.programs / f"fuzz-{name}").write_text(PROGRAM)
            (self.programs / f"fuzz-{name}").chmod(0o755)

    def start(self, ends, *targets):
        (self.programs / "ends").write_text(ends)
        return subprocess.Popen([sys.executable, RUN, self.build, "60", *targets], text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)

    def began(self):
        there = self.programs / "began"
        return [[int(pid) for pid in line.split()] for line in there.read_text().splitlines()] if there.exists() else []

    def test_one_named_twice_runs_once(self):
        run = self.start("well", "url", "json", "url")
        out = run.communicate(timeout=PATIENCE)[0]
        self.assertEqual(run.returncode, 0, out)
        self.assertIn("2 targets, ", out)
        self.assertIn("2 passed, 0 failed", out)
        self.assertEqual(len(self.began()), 2)

    def test_failure_outside_of_the_tree_is_told(self):
        run = self.start("badly", "url")
        out = run.communicate(timeout=PATIENCE)[0]
        self.assertEqual(run.returncode, 1, out)
        crash = self.build.resolve() / "failures/url/crash-1"
        self.assertIn(f"{self.programs.resolve()}/fuzz-url {crash}\n", out)
        self.assertIn(f"cp {crash} tests/fuzz/regressions/url/\n", out)
        self.assertIn("0 passed, 1 failed", out)

    def interrupt(self, which):
        run = self.start("never", "url", "json", "rows", "route", "answer", "request")
        try:
            jobs = min(os.cpu_count() or 1, 6)
            end = time.monotonic() + PATIENCE
            while len(self.began()) < jobs and time.monotonic() < end:
                time.sleep(0.01)
            pids = [pid for line in self.began() for pid in line]
            self.assertEqual(len(pids), 2 * jobs)
            run.send_signal(which)
            out = run.communicate(timeout=PATIENCE)[0]
            self.assertEqual(run.returncode, 128 + which, out)
            self.assertIn("stopped", out)
            self.assertNotIn("Traceback", out)
            self.assertEqual(len(self.began()), jobs)  # those that waited did not begin
            self.assertEqual([pid for pid in pids if is_alive(pid)], [])
        finally:
            for pid in [run.pid, *(pid for line in self.began() for pid in line)]:
                if is_alive(pid):
                    os.kill(pid, signal.SIGKILL)
            run.communicate()

    def test_interrupt_leaves_nothing_behind(self):
        self.interrupt(signal.SIGINT)

    def test_termination_leaves_nothing_behind(self):
        self.interrupt(signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
