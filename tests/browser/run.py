#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The page of export-server in Chromium, as its user sees it. Needs no network.

    run.py .../test-server .../export-server [TEST...]

Prints `N passed, M failed`. Exit code: 0 or 1, 77 without Chromium. Debian: chromium chromium-driver."""
import contextlib
import os
import signal
import subprocess
import sys
import unittest

import webdriver

PATIENCE = 60  # seconds: longer than anything here takes

# Calls back with what the expression gives as soon as it is something.
WAIT = """
const done = arguments[0], look = () => (%s);
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
PROBLEM = "document.getElementById('problem').textContent"


@contextlib.contextmanager
def server(*options):
    """Runs the program; gives it, with its address, and checks that it ends in order."""
    command = [*PROGRAMS, "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            process.address = process.stdout.readline().strip()
            yield process
            if process.poll() is None:
                process.terminate()
            code = process.wait(PATIENCE)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if code != 0:
        raise AssertionError(f"the server ended with {code}")


class Page(unittest.TestCase):
    def setUp(self):
        self.browser = self.enterContext(webdriver.Browser())
        self.server = self.enterContext(server("--poll-interval", "1", "--grace", "0.1"))
        self.browser.open(self.server.address)

    def submit(self, begin, end, **more):
        for name, value in {"from": begin, "to": end}.items():
            # How a date is typed depends on the language of the system.
            self.browser.run("document.getElementsByName(arguments[0])[0].value = arguments[1]", name, value)
        for name, value in more.items():
            self.browser.type(f"[name={name}]", value)
        self.browser.click("button")

    def wait_for(self, expression):
        return self.browser.run_until(WAIT % expression)

    def texts(self, selector):
        return self.browser.run(TEXTS, selector)

    def test_an_export_is_followed_live_and_its_first_rows_are_shown(self):
        self.browser.run(RECORD)
        self.submit("2026-11-01", "2026-11-08", timezone="Europe/Ljubljana", tagIds="t1, t2")
        summary = self.wait_for("document.getElementById('summary').textContent")
        self.assertEqual(summary, "The first 20 rows:")

        states = self.texts("#states li")
        self.assertRegex(states[0], r"^Processing \(pending\), poll [012], after \d+\.\d s$")
        self.assertRegex(states[-1], r"^Completed \(completed\), poll 3, after \d+\.\d s$")
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
        self.assertEqual(self.wait_for(PROBLEM), "/to: the period is empty: it has to end after it starts")
        self.assertEqual(self.texts("#states li"), [])
        logged = self.browser.console()
        self.assertEqual(len(logged), 1)  # the browser's own line
        self.assertIn("400 (Bad Request)", logged[0]["message"])

    def test_what_is_shown_is_text_and_never_markup(self):
        markup = '<img src="x" onerror="window.injected = 1">'
        self.submit("2026-11-01", "2026-11-08", timezone=markup)
        self.assertIn(markup, self.wait_for(PROBLEM))
        self.assertEqual(self.texts("img"), [])
        self.browser.run("showTable([{[arguments[0]]: arguments[0]}])", markup)
        self.assertEqual(self.texts("#rows th") + self.texts("#rows td"), [markup, markup])
        self.assertEqual(self.texts("img"), [])

    def test_an_export_that_is_not_known_any_more_is_said_to_be_so(self):
        self.browser.run("follow({events: '/exports/forgotten/events'})")
        self.assertEqual(self.wait_for(PROBLEM), "The server does not know this export any more.")

    def test_a_server_that_goes_away_is_noticed(self):
        self.submit("2026-11-01", "2026-11-08")
        self.wait_for("document.querySelector('#states li') !== null")
        self.server.terminate()
        self.assertIn("The connection to the server broke", self.wait_for(PROBLEM))
        self.assertEqual(self.server.wait(PATIENCE), 0)

    def test_the_policy_stops_a_script_that_is_not_the_pages_own(self):
        self.assertEqual(self.browser.run_until(INJECT), ["script-src-elem", 0])


if __name__ == "__main__":
    missing = webdriver.missing_programs()
    if missing:
        print("skipped: no " + ", no ".join(missing))
        sys.exit(77)
    PROGRAMS = sys.argv[1:3]
    run = unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2, exit=False).result
    failed = {test.id() for test, _ in run.failures + run.errors}
    print(f"{run.testsRun - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed or not run.testsRun else 0)
