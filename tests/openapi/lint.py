#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Lints the OpenAPI document that PROGRAM prints with Redocly: no error, no warning. Exits with 77 where Node.js or the
packages of tests/openapi/package-lock.json are missing."""
import os
import pathlib
import subprocess
import sys
import tempfile

from node import programs

HERE = pathlib.Path(__file__).resolve().parent
# It asks nobody.
ENVIRONMENT = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def lint(redocly, document):
    """(whether it is free of problems, what the linter says)"""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "openapi.json")
        path.write_text(document)
        command = [*redocly, "lint", path, "--config", HERE / "redocly.yaml", "--format", "json"]
        done = subprocess.run(command, text=True, capture_output=True, cwd=directory, env=ENVIRONMENT)
    counted = '"errors": 0' in done.stdout and '"warnings": 0' in done.stdout
    return done.returncode == 0 and counted, done.stdout + done.stderr


def main():
    redocly = programs("redocly")
    document = subprocess.run(sys.argv[1:], text=True, capture_output=True, check=True).stdout
    good, said = lint(redocly, document)
    if not good:
        print(said)
        return 1
    broken, _ = lint(redocly, document.replace('"operationId"', '"operation"'))
    if broken:
        print("the linter finds nothing wrong with a document that is wrong")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
