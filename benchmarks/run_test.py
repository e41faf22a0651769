#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Tests how run.py reads its words, in the spellings of the guide."""
import contextlib
import io
import unittest

import run


class Words(unittest.TestCase):
    def test_nothing_means_all(self):
        self.assertEqual((run.parse(["build"]).name, run.parse(["build"]).save), ("all", False))

    def test_options_alone_are_for_all(self):
        read = run.parse(["build", "--save", "--rounds", "1"])
        self.assertEqual((read.name, read.save, read.rounds), ("all", True, 1))

    def test_a_name_takes_its_own_options(self):
        read = run.parse(["build", "speed", "--save"])
        self.assertEqual((read.name, read.save), ("speed", True))

    def test_what_is_not_known_is_refused(self):
        for words in (["build", "sped"], ["build", "--no-such"]):
            with self.subTest(words), contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as ended:
                run.parse(words)
            self.assertEqual(ended.exception.code, 2)

    def test_help_is_of_the_verb(self):
        with contextlib.redirect_stdout(io.StringIO()) as shown, self.assertRaises(SystemExit) as ended:
            run.parse(["build", "--help"])
        self.assertEqual(ended.exception.code, 0)
        self.assertIn("speed", shown.getvalue())


if __name__ == "__main__":
    unittest.main()
