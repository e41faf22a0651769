// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_PAGE_SCRIPT_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_PAGE_SCRIPT_HPP

#include <string_view>

namespace tools {

// Puts all that comes from the service into the page as text, never as markup.
inline constexpr std::string_view page_script = R"js(
'use strict';
const shownRows = 20;
const at = id => document.getElementById(id);
// Also where a proxy puts the page below a prefix. Without the name and the password that the
// address of the page may have: fetch refuses those.
const addressOf = path => location.origin + location.pathname.replace(/\/[^/]*$/, '') + path;
const zoneOfBrowser = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
let shown = new AbortController(); // aborted when something else is shown
let doubted = null; // a start that was refused, as an equal one may have begun an export

function say(problem) { at('problem').textContent = problem; }

// Makes room for another export; gives the signal that ends with it.
function clear() {
    shown.abort();
    shown = new AbortController();
    say('');
    for (const id of ['progress', 'states', 'rows', 'summary']) at(id).replaceChildren();
    at('all').hidden = true;
    doubt(null);
    return shown.signal;
}

// Offers to start again.
function doubt(start) {
    doubted = start;
    at('doubt').hidden = !start;
}

function pause(milliseconds) {
    return new Promise(done => setTimeout(done, milliseconds));
}

// Throws for an answer that is not the server's own, such as one of a proxy before it.
async function problemOf(answer) {
    try {
        const {code, message, where} = (await answer.json()).error;
        if (code && message) return {code, message: (where ? where + ': ' : '') + message};
    } catch {}
    throw {status: answer.status};
}

// Tells why a request gave no answer of the server's own.
function breakOf(failure) {
    return failure.status === 401 || failure.status === 403
        ? `A proxy refuses this page (HTTP ${failure.status}): load it again to log in`
        : 'The connection to the server broke';
}

// The start that is under way, for a reload of the page; a browser may refuse to keep it.
function keepStart(start) {
    try {
        if (start) sessionStorage.setItem('start', JSON.stringify(start));
        else sessionStorage.removeItem('start');
    } catch {}
}
function keptStart() {
    try {
        return JSON.parse(sessionStorage.getItem('start'));
    } catch {
        return null;
    }
}

// The server takes a day for its first moment.
function dayAfter(text) {
    const day = new Date(text + 'T00:00:00Z');
    day.setUTCDate(day.getUTCDate() + 1);
    return day.toISOString().slice(0, 10);
}

function periodInForm() {
    const form = at('form');
    return {from: form.from.value, to: form.to.value,
            timezone: form.timezone.value.trim() || zoneOfBrowser};
}

function showPeriod(period) {
    at('period').textContent =
        `From ${period.from} to ${period.to}, both days included, in the time zone ${period.timezone}`;
}

function submit(event) {
    event.preventDefault();
    if (at('start').disabled) return;
    const period = periodInForm();
    const body = {...period, to: dayAfter(period.to)};
    const tagIds = at('form').tagIds.value.split(/[\s,]+/).filter(id => id);
    if (tagIds.length) body.tagIds = tagIds;
    const key = [...crypto.getRandomValues(new Uint8Array(16))].map(byte =>
        byte.toString(16).padStart(2, '0')).join('');
    const start = {key, period, body: JSON.stringify(body)};
    keepStart(start);
    run(start);
}

function startAgain() {
    if (!doubted) return;
    const start = {...doubted, again: true};
    keepStart(start);
    run(start);
}

// Asks for one start until it has ended. The key makes it the same start each time.
async function run(start) {
    const signal = clear();
    showPeriod(start.period);
    at('start').disabled = true;
    const begun = performance.now();
    const clock = document.createElement('span');
    clock.ariaHidden = 'true'; // a screen reader would say each second
    const tick = () => clock.textContent =
        `, for ${Math.round((performance.now() - begun) / 1000)} s\u2026`;
    tick();
    at('progress').replaceChildren('The export is being started', clock);
    const ticking = setInterval(tick, 1000);
    const job = await ask(start, signal);
    clearInterval(ticking);
    if (signal.aborted) return;
    at('progress').replaceChildren();
    keepStart(null);
    // The second click of a double click is no other start.
    setTimeout(() => { if (!signal.aborted) at('start').disabled = false; }, job ? 1000 : 0);
    if (!job) return;
    history.replaceState(null, '', '#' + new URLSearchParams({export: job.id, ...start.period}));
    follow(job.self, signal);
}

async function ask(start, signal) {
    while (!signal.aborted) {
        // Said once: whoever asks again does not know what has come of it.
        const again = start.again;
        if (again) {
            start.again = false;
            keepStart(start);
        }
        try {
            const answer = await fetch(addressOf('/exports'), {method: 'POST', signal,
                body: start.body,
                headers: {'Content-Type': 'application/json', 'Idempotency-Key': start.key,
                          'Prefer': (again ? 'start-again, ' : '') + 'respond-async, wait=1'}});
            if (answer.status === 202) {
                say('');
                await pause(500);
            } else if (answer.ok) {
                const job = await answer.json();
                say('');
                return job;
            } else if (await waitAsTold(answer, start, signal)) {
                start.again = again;
            } else {
                return null;
            }
        } catch (failure) {
            if (signal.aborted) return null;
            say(`${breakOf(failure)}; trying again.`);
            await pause(1000);
        }
    }
    return null;
}

// Says why a start is refused, and waits when it makes sense to try again.
async function waitAsTold(answer, start, signal) {
    const wait = Number(answer.headers.get('Retry-After'));
    const {code, message} = await problemOf(answer);
    const isSoon = wait > 0 && wait <= 300;
    if (answer.status !== 503 || !['rate_limited', 'too_many'].includes(code) || !isSoon) {
        say(message + (wait > 0 ? ` (to be tried again after ${wait} s)` : ''));
        if (code === 'export_unclear') doubt(start);
        return false;
    }
    at('start').disabled = false; // nothing was begun: another start may take its place
    say(`${message}; trying again in ${wait} s.`);
    for (let left = wait; left > 0 && !signal.aborted; --left) await pause(1000);
    if (signal.aborted) return false;
    say('');
    at('start').disabled = true;
    return true;
}

// Looks at an export until it has ended. A stream of its events would take one of the six
// connections that a browser has for all tabs. The first look of a page that was loaded again tells
// that polls were given up, although it has begun them again. Of several servers behind one address
// some may hear of the export late.
async function follow(address, signal, isAgain = false) {
    let last = null, misses = 0, unknowns = 0;
    for (;;) {
        let state = null, isUnknown = false, problem = '';
        try {
            const answer = await fetch(addressOf(address), {signal});
            isUnknown = answer.status === 404;
            if (answer.ok) state = await answer.json();
            else problem = (await problemOf(answer)).message;
        } catch (failure) {
            if (signal.aborted) return;
            problem = breakOf(failure);
        }
        if (!state) {
            ++misses;
            unknowns += isUnknown ? 1 : 0;
            if (isUnknown && unknowns >= (isAgain ? 4 : 60))
                return say('The server does not know this export any more.');
            if (!isUnknown && misses > 1) say(`${problem}; trying again.`);
        } else {
            misses = unknowns = 0;
            say('');
            const {phase, lastFailure} = state;
            showState(state, last);
            last = state;
            if (phase === 'completed') return showRows(state.rows, signal);
            if (phase !== 'pending') return say(`The export has ${phase}.`);
            if (state.ended && !isAgain) return say('The server has stopped polling the export' +
                (lastFailure ? `: ${lastFailure.message}.` : '.'));
            isAgain = false;
        }
        await nextLook();
        if (signal.aborted) return;
    }
}

// Waits longer while nobody looks, and ends when somebody does.
function nextLook() {
    return new Promise(done => {
        const timer = setTimeout(end, document.hidden ? 5000 : 500);
        document.addEventListener('visibilitychange', end);
        function end() {
            clearTimeout(timer);
            document.removeEventListener('visibilitychange', end);
            done();
        }
    });
}

// Adds a state; one that differs from the last one in its poll alone takes its place.
function showState(state, last) {
    const kindOf = ({status, phase, lastFailure}) => JSON.stringify([status, phase, lastFailure]);
    const isSameKind = last && kindOf(last) === kindOf(state);
    if (isSameKind && last.polls === state.polls) return;
    const text = isSameKind ? at('states').lastElementChild.firstChild : new Text();
    text.data = `${state.status || 'no status'} (${state.phase}), poll ${state.polls}, ` +
        `after ${(state.ageMilliseconds / 1000).toFixed(1)} s` +
        (state.lastFailure ? `; the last poll failed: ${state.lastFailure.message}` : '');
    if (isSameKind) return;
    const item = document.createElement('li');
    item.append(text);
    at('states').append(item);
}

// The lines of an answer, as they come.
async function* linesOf(answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    try {
        for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
            const lines = (rest + piece.value).split('\n');
            rest = lines.pop();
            yield* lines;
        }
    } finally {
        reader.cancel().catch(() => {}); // no rows are fetched beyond those shown
    }
}

// Asks for rows, again while there is no room for one more reader, or the server that was asked has
// not heard of the export yet. Says why there are none.
async function askForRows(address, signal) {
    for (let tries = 0;; ++tries) {
        const answer = await fetch(addressOf(address),
            {signal, headers: {Accept: 'text/event-stream'}});
        if (answer.ok) return answer;
        const {code, message} = await problemOf(answer);
        const most = answer.status === 404 ? 3 : code === 'too_many' ? 15 : 0;
        if (tries >= most) return say(message);
        say(`${message}; trying again.`);
        await pause(2000);
    }
}

// Rows come as events, of which the last says whether they are all: of an answer that breaks off
// the browser drops what it has not given out yet.
async function showRows(address, signal) {
    at('link').href = addressOf(address);
    at('all').hidden = false;
    const rows = [];
    let problem = breakOf({}), isAll = false, kind = '';
    try {
        const answer = await askForRows(address, signal);
        if (!answer) return;
        say('');
        for await (const line of linesOf(answer)) {
            if (line === '') kind = '';
            else if (line.startsWith('event: ')) kind = line.slice(7);
            else if (kind === 'problem') problem = JSON.parse(line.slice(6)).message;
            else if (kind === 'end') isAll = true;
            else if (line.startsWith('data: ')) {
                rows.push(line.slice(6));
                showTable(rows);
            }
            if (isAll || rows.length === shownRows) break;
        }
    } catch (failure) {
        if (signal.aborted) return;
        problem = breakOf(failure);
    }
    if (rows.length === shownRows) at('summary').textContent = `The first ${shownRows} rows:`;
    else if (isAll) at('summary').textContent = `All ${rows.length} rows:`;
    else {
        at('summary').textContent = `The ${rows.length} rows before the export broke off:`;
        say(`The rows broke off: ${problem}.`);
    }
}

function cells(kind, texts) {
    const row = document.createElement('tr');
    for (const text of texts) {
        const cell = document.createElement(kind);
        cell.textContent = text;
        row.append(cell);
    }
    return row;
}

// The members of an object in the order and the spelling of its text; JSON.parse keeps neither the
// digits of a number nor the order of keys that are numbers.
function membersOf(text) {
    const members = [];
    let i = text.indexOf('{') + 1;
    const skipBlanks = () => { while (' \t\r\n'.includes(text.charAt(i)) && i < text.length) ++i; };
    const skipString = () => { for (++i; text[i] !== '"'; ++i) if (text[i] === '\\') ++i; ++i; };
    const value = () => {
        const begin = i;
        for (let depth = 0; depth || !',}'.includes(text[i]);) {
            if (text[i] === '"') { skipString(); continue; }
            if ('{['.includes(text[i])) ++depth;
            if ('}]'.includes(text[i])) --depth;
            ++i;
        }
        return text.slice(begin, i).trim();
    };
    for (skipBlanks(); text[i] !== '}'; skipBlanks()) {
        const begin = i;
        skipString();
        const name = JSON.parse(text.slice(begin, i));
        skipBlanks();
        ++i; // the colon
        skipBlanks();
        members.push([name, textOf(value())]);
        if (text[i] === ',') ++i;
    }
    return members;
}

function textOf(value) {
    return value.startsWith('"') ? JSON.parse(value) : value;
}

// The cells of a row by their columns.
function cellsOf(text) {
    let value;
    try {
        value = JSON.parse(text);
    } catch {
        return new Map([['(no JSON)', text]]);
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value))
        return new Map([['(value)', textOf(text.trim())]]);
    const found = new Map();
    for (const [name, cell] of membersOf(text)) {
        let column = name;
        for (let n = 2; found.has(column); ++n) column = `${name} (${n})`;
        found.set(column, cell);
    }
    return found;
}

// Shows rows, which are texts of JSON.
function showTable(texts) {
    const rows = texts.map(cellsOf);
    const columns = [...new Set(rows.flatMap(row => [...row.keys()]))];
    at('rows').replaceChildren(
        cells('th', columns),
        ...rows.map(row => cells('td', columns.map(name => row.get(name) ?? ''))));
}

// Goes on with the start or the export that the page showed before it was loaded again.
function restore() {
    at('start').disabled = false;
    const start = keptStart();
    const place = new URLSearchParams(location.hash.slice(1));
    const period = start ? start.period : Object.fromEntries(place);
    for (const name of ['from', 'to', 'timezone'])
        if (period[name]) at('form')[name].value = period[name];
    if (start) return run(start);
    if (!place.has('export')) return;
    const signal = clear();
    if (period.from && period.to && period.timezone) showPeriod(period);
    follow('/exports/' + encodeURIComponent(place.get('export')), signal, true);
}

at('form').timezone.placeholder = zoneOfBrowser;
at('form').addEventListener('submit', submit);
at('again').addEventListener('click', startAgain);
addEventListener('hashchange', restore);
restore();
)js";

} // namespace tools

#endif
