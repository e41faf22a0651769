#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Runs the fuzz targets that BUILD_DIRECTORY holds, for SECONDS in all, as many at a time as there are processors.
Seeds are made anew from the descriptors; what a target finds stays in BUILD_DIRECTORY/corpus for the next run."""
import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FUZZ = ROOT / "tests" / "fuzz"


class Stopped(BaseException):
    """By a signal: not to be taken for a failure."""


class Programs:
    """Holds the programs that run. Each has its own process group, and what it begins belongs to that."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = []
        self.is_stopped = False

    def run(self, args, **how):
        """As subprocess.run() with all output as text."""
        with self.lock:
            if self.is_stopped:
                raise Stopped
            program = subprocess.Popen(args, text=True, errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, start_new_session=True, **how)
            self.running.append(program)
        out, err = program.communicate()
        with self.lock:
            self.running.remove(program)
        return subprocess.CompletedProcess(args, program.returncode, out, err)

    def stop(self):
        """Nothing begins any more; what runs is asked to end, and made to if it does not."""
        with self.lock:
            self.is_stopped = True
            stopping = list(self.running)
        for program in stopping:
            self.send(program, signal.SIGTERM)
        for program in stopping:
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(5)
            self.send(program, signal.SIGKILL)

    def send(self, program, which):
        if program.poll() is None:  # afterwards the number may be another's
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, which)


PROGRAMS = Programs()


def raise_stopped(which, _):
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # once will do
    raise Stopped(which)


def shown(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def environment():
    symbolizer = next(filter(None, map(shutil.which, ("llvm-symbolizer-19", "llvm-symbolizer-16", "llvm-symbolizer"))),
                      None)
    return os.environ | {"ASAN_OPTIONS": "detect_stack_use_after_return=1", "UBSAN_OPTIONS": "print_stacktrace=1"} | (
        {"ASAN_SYMBOLIZER_PATH": symbolizer} if symbolizer else {})


def fresh(directory):
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def found(pattern, log):
    matches = re.findall(pattern, log)
    return matches[-1] if matches else "?"


def fuzz(build, target, seconds):
    """(whether all went well, the lines to print)"""
    program = build / "tests" / f"fuzz-{target}"
    seeds, failures, corpus = fresh(build / "seeds" / target), fresh(build / "failures" / target), build / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    written = PROGRAMS.run([program, f"--write-seeds={seeds}"])
    if written.returncode != 0 or not any(seeds.iterdir()):
        return False, f"{target}: could not write its seeds\n{written.stdout}{written.stderr}"
    # The first directory is the one that grows.
    inputs = [corpus, seeds] + [d for d in [FUZZ / "regressions" / target] if d.is_dir()]
    done = PROGRAMS.run([program, *inputs, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=1024",
                         f"-dict={seeds}.dict", f"-artifact_prefix={failures}/", "-print_final_stats=1"], env=environment())
    log = done.stdout + done.stderr
    runs = found(r"number_of_executed_units: (\d+)", log)
    line = (f"{target}: {runs} runs, {found(r'average_exec_per_sec: *([0-9]+)', log)}/s, "
            f"coverage {found(r' cov: ([0-9]+)', log)}, inputs {found(r' corp: ([0-9]+)', log)}")
    # Reading the inputs alone is no fuzzing: it must have come to its end, too.
    if done.returncode == 0 and runs.isdigit() and re.search(r"\tDONE ", log):
        return True, line
    # Types with a catalog in them have very long names.
    lines = [line, *(text[:300] for text in log.splitlines()[-60:])]
    for path in sorted(failures.iterdir()):
        lines.append(f"{target}: failed with {shown(path)}; to see it again:\n"
                     f"  {shown(program)} {shown(path)}\n"
                     f"and once mended, keep it: cp {shown(path)} {shown(FUZZ / 'regressions' / target)}/")
    return False, "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("seconds", type=int)
    parser.add_argument("target", nargs="*", help="default: all")
    args = parser.parse_args()
    known = sorted(p.stem for p in (FUZZ / "programs").glob("*.cpp"))
    targets = list(dict.fromkeys(args.target)) or known
    for target in targets:
        if target not in known:
            parser.error(f"no fuzz target {target}; there are {', '.join(known)}")
    jobs = min(os.cpu_count() or 1, len(targets))
    seconds = max(1, args.seconds * jobs // len(targets))
    print(f"{len(targets)} targets, {jobs} at a time, {seconds} s each", flush=True)
    passed, ended = 0, 0
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, raise_stopped)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        try:
            pending = [pool.submit(fuzz, args.build.resolve(), target, seconds) for target in targets]
            for one in concurrent.futures.as_completed(pending):
                good, text = one.result()
                passed += good
                ended += 1
                print(text, flush=True)
        except BaseException as failure:
            pool.shutdown(wait=False, cancel_futures=True)
            PROGRAMS.stop()
            if not isinstance(failure, Stopped):
                raise
            print(f"stopped, when {ended} targets of {len(targets)} had ended")
            return 128 + failure.args[0]
    failed = len(targets) - passed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
