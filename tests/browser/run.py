#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The page of the server example in Chromium, as its user sees it.

    test-server python3 tests/browser/run.py .../export-server

Debian: chromium chromium-driver."""
import contextlib
import signal
import subprocess
import sys
import unittest

from webdriver import Browser

# Calls back with what selects(document) gives as soon as it is something.
WAIT = """
const [selects, done] = arguments;
const look = new Function('return ' + selects);
const watch = new MutationObserver(() => { if (look()) finish(); });
function finish() { watch.disconnect(); done(look()); }
if (look()) finish();
else watch.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
"""
# Keeps how many states and how many rows there are whenever that changes.
RECORD = """
window.seen = [];
const count = selects => document.querySelectorAll(selects).length;
new MutationObserver(() => seen.push([count('#states li'), count('#rows tr')]))
    .observe(document.body, {subtree: true, childList: true});
"""
# A script that the page's policy has to stop.
INJECT = """
const [done] = arguments;
document.addEventListener('securitypolicyviolation', event => done([event.effectiveDirective, window.injected || 0]));
const script = document.createElement('script');
script.textContent = 'window.injected = 1';
document.body.append(script);
"""
TEXTS = "return [...document.querySelectorAll(arguments[0])].map(each => each.textContent)"


@contextlib.contextmanager
def server(*options):
    """Runs the program; gives its address, and checks that it ends in order."""
    with subprocess.Popen([PROGRAM, "--port", "0", *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait()
    if code != 0:
        raise AssertionError(f"the server ended with {code}")


class Page(unittest.TestCase):
    def setUp(self):
        self.browser = self.enterContext(Browser())
        self.browser.open(self.enterContext(server("--poll-interval", "0.3")))

    def submit(self, begin, end, **more):
        for name, value in {"from": begin, "to": end}.items():
            # How a date is typed depends on the language of the system.
            self.browser.run("document.getElementsByName(arguments[0])[0].value = arguments[1]", name, value)
        for name, value in more.items():
            self.browser.type(f"[name={name}]", value)
        self.browser.click("button")

    def wait_for(self, expression):
        return self.browser.run_until(WAIT, expression)

    def texts(self, selector):
        return self.browser.run(TEXTS, selector)

    def test_an_export_is_followed_live_and_its_first_rows_are_shown(self):
        self.browser.run(RECORD)
        self.submit("2026-11-01", "2026-11-08", timezone="Europe/Ljubljana", tagIds="t1, t2")
        summary = self.wait_for("document.getElementById('summary').textContent")
        self.assertEqual(summary, "The first 20 rows:")

        states = self.texts("#states li")
        self.assertRegex(states[0], r"^Processing \(pending\), look [01], after \d+\.\d s$")
        self.assertRegex(states[-1], r"^Completed \(completed\), look 3, after \d+\.\d s$")
        self.assertGreaterEqual(len(states), 3)
        seen = self.browser.run("return window.seen")
        for count in range(1, len(states) + 1):  # one by one, and the rows after them
            self.assertIn([count, 0], seen)
        columns = self.texts("#rows th")
        self.assertEqual(columns[:4], ["conversationId", "created", "team", "teammateId"])
        self.assertEqual(self.texts("#rows td:first-child"), [f"conv_{i:06}" for i in range(1, 21)])
        self.assertEqual(self.texts("#rows tr:nth-child(2) td")[columns.index("tags")], '["urgent"]')
        self.assertEqual(self.texts("#problem"), [""])

        link = self.browser.run("return document.getElementById('link').href")
        lines = self.browser.run_until("fetch(arguments[0]).then(a => a.text()).then(arguments[1])", link)
        self.assertEqual(lines.count("\n"), 48)
        self.assertEqual(self.browser.console(), [])

    def test_what_the_server_refuses_is_said(self):
        self.submit("2026-11-08", "2026-11-01")
        problem = self.wait_for("document.getElementById('problem').textContent")
        self.assertEqual(problem, "/to: the period is empty: it has to end after it starts")
        self.assertEqual(self.texts("#states li"), [])
        logged = self.browser.console()
        self.assertEqual(len(logged), 1)  # the browser's own line
        self.assertIn("400 (Bad Request)", logged[0]["message"])

    def test_the_policy_stops_a_script_that_is_not_the_pages_own(self):
        self.assertEqual(self.browser.run_until(INJECT), ["script-src-elem", 0])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
