#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The page of export-server in Chromium, as its user sees it. Needs no network.

    run.py .../test-server .../export-server [TEST...]

Prints `N passed, M failed`. Exit code: 0 or 1, 77 without Chromium. Debian: chromium chromium-driver."""
import contextlib
import json
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
# Answers the page's requests in place of the server: [method, the end of the path, status, fields, body], each
# as often as it stands there, the last one for ever. Keeps the requests in `asked`.
STUB = """
const answers = arguments[0];
window.asked = [];
window.fetch = async (path, options = {}) => {
    const method = options.method || 'GET';
    asked.push({method, path, body: options.body, fields: options.headers || {}});
    const fits = answers.filter(([m, part]) => m === method && path.endsWith(part));
    const [, , status, fields, body] = fits[0];
    if (fits.length > 1) answers.splice(answers.indexOf(fits[0]), 1);
    return new Response(body, {status, headers: fields});
};
"""
JOB = '{"id": "e1", "self": "/exports/e1", "rows": "/exports/e1/rows", "status": "%s", "phase": "%s", "polls": 1, ' \
      '"ageMilliseconds": 5, "ended": %s}'
STARTED = ["POST", "/exports", 201, {}, JOB % ("Processing", "pending", "false")]
ENDED_ROWS = ["GET", "/exports/e1/rows", 200, {}, "event: end\ndata: {}\n\n"]
STARTING = ["POST", "/exports", 202, {}, "{}"]
COMPLETED = ["GET", "/exports/e1", 200, {}, JOB % ("Completed", "completed", "true")]
RATE_LIMITED = '{"error": {"code": "rate_limited", "message": "rate limited"}}'
UNKNOWN = '{"error": {"code": "not_found", "message": "this export is not known here"}}'
AWAY = '{"error": {"code": "too_many", "message": "the other servers can\'t be asked now"}}'
# Lets the page's timers that repeat go when `ticks` are called.
TICKS = "window.ticks = []; window.setInterval = tick => ticks.push(tick); window.clearInterval = () => {};"
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
        self.browser.run("showTable([JSON.stringify({[arguments[0]]: arguments[0]})])", markup)
        self.assertEqual(self.texts("#rows th") + self.texts("#rows td"), [markup, markup])
        self.assertEqual(self.texts("img"), [])

    def test_an_export_that_is_not_known_any_more_is_said_to_be_so(self):
        self.browser.open(self.server.address + "/#export=forgotten")
        self.assertEqual(self.wait_for(PROBLEM), "The server does not know this export any more.")

    def test_a_reload_finds_the_export_again(self):
        self.submit("2026-11-01", "2026-11-08", timezone="Europe/Ljubljana")
        self.wait_for("document.querySelector('#states li') !== null")
        self.browser.reload()
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "The first 20 rows:")
        self.assertIn("From 2026-11-01 to 2026-11-08, both days included", self.texts("#period")[0])
        self.assertEqual(self.browser.run("return document.getElementsByName('to')[0].value"), "2026-11-08")
        self.assertEqual(self.texts("#problem"), [""])

    def test_a_reload_while_a_start_is_under_way_goes_on_with_it(self):
        self.browser.run(STUB, [STARTING])
        self.submit("2026-11-01", "2026-11-08")
        self.wait_for("window.asked.length > 1")
        first = self.browser.run("return asked[0]")
        self.browser.reload()
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "The first 20 rows:")
        key = first["fields"]["Idempotency-Key"]
        again = self.browser.run_until(
            "fetch('/exports', {method: 'POST', body: arguments[1], headers: {'Content-Type': 'application/json', "
            "'Idempotency-Key': arguments[0]}}).then(a => a.json()).then(job => arguments[2](job.id))",
            key, first["body"])
        self.assertIn("export=" + again, self.browser.run("return location.hash"))
        self.assertIsNone(self.browser.run("return sessionStorage.getItem('start')"))

    def test_a_slow_start_is_shown_and_a_second_click_starts_nothing_more(self):
        self.browser.run(STUB, [STARTING, STARTING, STARTING, STARTED, COMPLETED,
                                ["GET", "/rows", 200, {}, "event: end\ndata: {}\n\n"]])
        self.submit("2026-11-01", "2026-11-08")
        self.browser.click("button")
        self.browser.run("document.getElementById('form').requestSubmit()")
        self.assertIn("The export is being started", self.wait_for("document.getElementById('progress').textContent"))
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "All 0 rows:")
        posts = self.browser.run("return asked.filter(each => each.method === 'POST')")
        self.assertEqual(len(posts), 4)
        self.assertEqual(len({each["fields"]["Idempotency-Key"] for each in posts}), 1)
        self.assertEqual(self.texts("#progress"), [""])
        self.wait_for("!document.getElementById('start').disabled")

    def test_a_service_that_asks_for_a_pause_is_shown_and_asked_again(self):
        self.browser.run(STUB, [["POST", "/exports", 503, {"Retry-After": "2"}, RATE_LIMITED], STARTED, COMPLETED,
                                ["GET", "/rows", 200, {}, "event: end\ndata: {}\n\n"]])
        self.submit("2026-11-01", "2026-11-08")
        self.assertEqual(self.wait_for(PROBLEM), "rate limited; trying again in 2 s.")
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "All 0 rows:")
        self.assertEqual(self.texts("#problem"), [""])

    def test_a_start_that_may_have_been_made_already_is_made_again_if_told_so(self):
        unclear = '{"error": {"code": "export_unclear", "message": "look for it"}}'
        self.browser.run(STUB, [["POST", "/exports", 409, {}, unclear],
                                ["POST", "/exports", 503, {"Retry-After": "1"}, RATE_LIMITED], STARTING, STARTED,
                                COMPLETED, ENDED_ROWS])
        self.assertTrue(self.browser.run("return document.getElementById('doubt').hidden"))
        self.submit("2026-11-01", "2026-11-08")
        self.wait_for("!document.getElementById('doubt').hidden")
        self.assertEqual(self.texts("#problem"), ["look for it"])
        self.browser.click("#again")
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "All 0 rows:")
        self.assertTrue(self.browser.run("return document.getElementById('doubt').hidden"))
        posts = self.browser.run("return asked.filter(each => each.method === 'POST')")
        self.assertEqual(len({each["body"] for each in posts}), 1)
        # Once more after an answer that says that nothing was begun, and not after another one.
        self.assertEqual(["start-again" in each["fields"]["Prefer"] for each in posts], [False, True, True, False])

    def test_a_double_click_is_one_start(self):
        self.browser.run(STUB, [STARTED, COMPLETED, ["GET", "/rows", 200, {}, "event: end\ndata: {}\n\n"]])
        self.submit("2026-11-01", "2026-11-08")
        self.wait_for("document.getElementById('summary').textContent")
        self.browser.click("button")
        self.assertEqual(self.browser.run("return asked.filter(each => each.method === 'POST').length"), 1)

    def test_an_answer_that_is_not_the_servers_own_ends_no_start(self):
        self.browser.run(STUB, [["POST", "/exports", 502, {}, "<html>Bad Gateway</html>"], STARTED, COMPLETED,
                                ["GET", "/rows", 200, {}, "event: end\ndata: {}\n\n"]])
        self.submit("2026-11-01", "2026-11-08")
        self.assertEqual(self.wait_for(PROBLEM), "The connection to the server broke; trying again.")
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "All 0 rows:")

    def test_a_proxy_that_wants_a_login_is_told_from_a_connection_that_broke(self):
        refused = "A proxy refuses this page (HTTP 401): load it again to log in; trying again."
        self.browser.run(STUB, [["POST", "/exports", 401, {}, '{"error": "log in"}'], STARTED,
                                *[["GET", "/exports/e1", 401, {}, "<html>Log in</html>"]] * 8, COMPLETED, ENDED_ROWS])
        self.submit("2026-11-01", "2026-11-08")
        self.assertEqual(self.wait_for(PROBLEM), refused)
        self.wait_for("window.asked.length > 1 && !document.getElementById('problem').textContent")
        self.assertEqual(self.wait_for(PROBLEM), refused)
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "All 0 rows:")
        self.assertEqual(self.texts("#problem"), [""])

    def test_a_pause_that_is_too_long_is_said_and_not_made(self):
        self.browser.run(STUB, [["POST", "/exports", 503, {"Retry-After": "7200"}, RATE_LIMITED]])
        self.submit("2026-11-01", "2026-11-08")
        self.assertEqual(self.wait_for(PROBLEM), "rate limited (to be tried again after 7200 s)")
        self.wait_for("!document.getElementById('start').disabled")

    def test_a_name_and_a_password_in_the_address_of_the_page_do_not_matter(self):
        self.browser.open(self.server.address.replace("http://", "http://user:secret@"))
        self.submit("2026-11-01", "2026-11-08")
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "The first 20 rows:")
        link = self.browser.run("return document.getElementById('link').href")
        self.assertTrue(link.startswith(self.server.address + "/exports/"), link)

    def test_a_proxy_may_put_the_page_below_a_prefix(self):
        self.browser.run("history.replaceState(null, '', '/below/?x#y'); " + STUB, [STARTED, COMPLETED, ENDED_ROWS])
        self.submit("2026-11-01", "2026-11-08")
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "All 0 rows:")
        under = self.server.address + "/below/exports"
        self.assertEqual(self.browser.run("return asked.map(each => each.path)"),
                         [under, under + "/e1", under + "/e1/rows"])
        self.assertEqual(self.browser.run("return document.getElementById('link').href"), under + "/e1/rows")

    def test_a_start_that_takes_the_place_of_one_that_waits_is_the_only_one_shown(self):
        self.browser.run(TICKS + STUB, [["POST", "/exports", 503, {"Retry-After": "200"}, RATE_LIMITED], STARTED,
                                        COMPLETED, ENDED_ROWS])
        self.submit("2026-11-01", "2026-11-08")
        self.assertEqual(self.wait_for(PROBLEM), "rate limited; trying again in 200 s.")
        self.submit("2026-11-01", "2026-11-09")
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "All 0 rows:")
        self.browser.run("ticks.forEach(tick => tick())")
        self.assertEqual(self.texts("#progress"), [""])

    def test_a_year_with_a_digit_too_many_or_too_few_is_no_day(self):
        for begin, end in [("2026-11-01", "20266-11-08"), ("0026-11-01", "2026-11-08")]:
            self.submit(begin, end)
            self.assertFalse(self.browser.run("return document.getElementById('form').checkValidity()"))
        self.assertEqual(self.texts("#period"), [""])
        self.assertEqual(self.browser.console(), [])

    def test_a_server_that_has_not_heard_of_an_export_yet_ends_nothing(self):
        self.browser.run(STUB, [STARTED, ["GET", "/exports/e1", 404, {}, UNKNOWN], COMPLETED,
                                ["GET", "/exports/e1/rows", 404, {}, UNKNOWN], ENDED_ROWS])
        self.submit("2026-11-01", "2026-11-08")
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "All 0 rows:")
        self.assertEqual(self.texts("#problem"), [""])

    def test_why_a_server_can_not_tell_the_state_is_said(self):
        away = ["GET", "/exports/e1", 503, {}, AWAY]
        self.browser.run(STUB, [STARTED, *[away] * 8, COMPLETED, ENDED_ROWS])
        self.submit("2026-11-01", "2026-11-08")
        self.assertEqual(self.wait_for(PROBLEM), "the other servers can't be asked now; trying again.")
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"), "All 0 rows:")
        self.assertEqual(self.texts("#problem"), [""])

    def test_polls_that_find_nothing_new_make_no_longer_list(self):
        pending = json.loads(JOB % ("Processing", "pending", "false"))
        failing = {**pending, "lastFailure": {"code": "server_error", "message": "no luck"}}
        looks = [["GET", "/exports/e1", 200, {}, json.dumps({**job, "polls": polls})]
                 for polls, job in enumerate([pending, pending, pending, failing, failing, pending])]
        self.browser.run(STUB, [STARTED, *looks, COMPLETED, ENDED_ROWS])
        self.submit("2026-11-01", "2026-11-08")
        self.wait_for("document.getElementById('summary').textContent")
        self.assertEqual([state.split(", after")[0] for state in self.texts("#states li")],
                         ["Processing (pending), poll 2", "Processing (pending), poll 4",
                          "Processing (pending), poll 5", "Completed (completed), poll 1"])

    def test_the_last_day_is_included_and_the_time_zone_is_said(self):
        self.browser.run(STUB, [STARTING])
        self.submit("2026-11-01", "2026-12-31")
        self.wait_for("window.asked.length > 0")
        zone = self.browser.run("return Intl.DateTimeFormat().resolvedOptions().timeZone")
        self.assertEqual(json.loads(self.browser.run("return asked[0].body")),
                         {"from": "2026-11-01", "to": "2027-01-01", "timezone": zone})
        self.assertEqual(self.texts("#period"), ["From 2026-11-01 to 2026-12-31, both days included, in the time "
                                                 f"zone {zone}"])
        self.assertEqual(self.browser.run("return document.getElementsByName('timezone')[0].placeholder"), zone)

    def test_more_tabs_than_the_browser_has_connections_follow_exports(self):
        with server("--poll-interval", "3600", "--grace", "0.1") as patient:  # so that none ends meanwhile
            for day in range(2, 10):
                self.browser.open_tab()
                self.browser.open(patient.address)
                self.submit("2026-11-01", f"2026-11-0{day}")
                self.wait_for("document.querySelector('#states li') !== null")
            self.assertRegex(self.texts("#states li")[0], r"^Processing \(pending\), poll 0, ")

    def test_rows_are_shown_as_they_were_sent(self):
        rows = ['{"2": 12345678901234567890123, "1": 0.10, "b": {"z": 1e400, "10": [1.0,  -0]}, "a": "x\\"},{y"}',
                '{"2": 1, "2": 2, "__proto__": null, "": true, "\\u0041": "\\ud83d\\ude00"}',
                "[1, 18446744073709551617]", "18446744073709551617", '"text"', "null", "{}", "NaN", " { } "]
        self.browser.run("showTable(arguments[0])", rows)
        columns = self.texts("#rows th")
        self.assertEqual(columns, ["2", "1", "b", "a", "2 (2)", "__proto__", "", "A", "(value)", "(no JSON)"])
        shown = [dict((name, cell) for name, cell in
                      zip(columns, self.texts(f"#rows tr:nth-child({n}) td")) if cell) for n in range(2, 11)]
        self.assertEqual(shown, [
            {"2": "12345678901234567890123", "1": "0.10", "b": '{"z": 1e400, "10": [1.0,  -0]}', "a": 'x"},{y'},
            {"2": "1", "2 (2)": "2", "__proto__": "null", "": "true", "A": "\U0001f600"},
            {"(value)": "[1, 18446744073709551617]"}, {"(value)": "18446744073709551617"}, {"(value)": "text"},
            {"(value)": "null"}, {}, {"(no JSON)": "NaN"}, {}])

    def test_rows_that_came_before_an_export_broke_off_stay(self):
        broken = 'data: {"a": 1}\n\ndata: [2]\n\nevent: problem\ndata: {"code": "decode", "message": "no JSON"}\n\n'
        self.browser.run(STUB, [STARTED, COMPLETED, ["GET", "/rows", 200, {}, broken]])
        self.submit("2026-11-01", "2026-11-08")
        self.assertEqual(self.wait_for("document.getElementById('summary').textContent"),
                         "The 2 rows before the export broke off:")
        self.assertEqual(self.texts("#rows td"), ["1", "", "", "[2]"])
        self.assertEqual(self.texts("#problem"), ["The rows broke off: no JSON."])

    def test_why_polling_stopped_is_said(self):
        stopped = json.loads(JOB % ("Processing", "pending", "true"))
        stopped["lastFailure"] = {"code": "unauthorized", "message": "unauthorized"}
        self.browser.run(STUB, [STARTED, ["GET", "/exports/e1", 200, {}, json.dumps(stopped)]])
        self.submit("2026-11-01", "2026-11-08")
        said = "The server has stopped polling the export: unauthorized."
        self.assertEqual(self.wait_for(PROBLEM), said)
        # The first look of a page that is loaded again begins the polls again.
        looks = [["GET", "/exports/e1", 200, {}, json.dumps(stopped)], COMPLETED, ENDED_ROWS]
        self.browser.run(STUB + "restore();", looks)
        self.wait_for("window.asked.some(({path}) => path.endsWith('/rows'))")
        self.browser.run(STUB + "restore();", looks[:1])
        self.assertEqual(self.wait_for("window.asked.length > 1 && " + PROBLEM), said)

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
