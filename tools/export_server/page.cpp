// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "page.hpp"

#include <openssl/evp.h>

#include <array>
#include <string_view>

namespace tools {

namespace {

constexpr std::string_view page_style = R"css(
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
form { display: flex; flex-wrap: wrap; gap: 1rem; align-items: end; }
label { display: grid; }
input, button { font: inherit; padding: .3rem .5rem; }
#problem { color: #b00020; }
#states { font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; display: block; overflow-x: auto; white-space: nowrap; }
th, td { border: 1px solid #ccc; padding: .2rem .5rem; text-align: left; }
)css";

// Whatever comes from the service is put into the page as text, never as markup.
constexpr std::string_view page_script = R"js(
'use strict';
const shownRows = 20;
const at = id => document.getElementById(id);
let events = null;

function say(problem) { at('problem').textContent = problem; }

function clear() {
    if (events) events.close();
    say('');
    for (const id of ['states', 'rows', 'summary']) at(id).replaceChildren();
    at('all').hidden = true;
}

async function messageOf(answer) {
    const problem = (await answer.json()).error;
    return (problem.where ? problem.where + ': ' : '') + problem.message;
}

function formAsJson() {
    const body = {};
    for (const [name, value] of new FormData(at('form')))
        if (value.trim()) body[name] = value.trim();
    if (body.tagIds) body.tagIds = body.tagIds.split(/[\s,]+/).filter(id => id);
    return JSON.stringify(body);
}

async function start(event) {
    event.preventDefault();
    clear();
    const answer = await fetch('/exports', {
        method: 'POST', headers: {'Content-Type': 'application/json'}, body: formAsJson()});
    if (!answer.ok) return say(await messageOf(answer));
    follow(await answer.json());
}

function follow(job) {
    events = new EventSource(job.events);
    let last = job;
    events.addEventListener('state', event => {
        last = JSON.parse(event.data);
        const item = document.createElement('li');
        item.textContent = `${last.status || 'no status'} (${last.phase}), poll ${last.polls}, ` +
            `after ${(last.ageMilliseconds / 1000).toFixed(1)} s` +
            (last.lastFailure ? `; the last poll failed: ${last.lastFailure.message}` : '');
        at('states').append(item);
        say('');
    });
    events.addEventListener('end', () => {
        events.close();
        if (last.phase === 'completed') showRows(last.rows).catch(problem => say(problem.message));
        else if (last.phase === 'pending') say('The server has stopped polling the export.');
        else say(`The export has ${last.phase}.`);
    });
    events.onerror = () => say(events.readyState === EventSource.CLOSED
        ? 'The server does not know this export any more.'
        : 'The connection to the server broke; trying again.');
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
        reader.cancel(); // what is not shown is not fetched
    }
}

async function showRows(address) {
    at('link').href = address;
    at('all').hidden = false;
    const answer = await fetch(address);
    if (!answer.ok) return say(await messageOf(answer));
    const rows = [];
    for await (const line of linesOf(answer)) {
        rows.push(JSON.parse(line));
        showTable(rows);
        if (rows.length === shownRows) break;
    }
    at('summary').textContent = rows.length === shownRows ? `The first ${shownRows} rows:`
                                                          : `All ${rows.length} rows:`;
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

function textOf(value) {
    return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

function showTable(rows) {
    const columns = [...new Set(rows.flatMap(row => Object.keys(row)))];
    at('rows').replaceChildren(
        cells('th', columns),
        ...rows.map(row => cells('td', columns.map(name => textOf(row[name])))));
}

at('form').addEventListener('submit', event => start(event).catch(problem => say(problem.message)));
)js";

constexpr std::string_view page_body = R"html(
<h1>Export from Loop</h1>
<form id="form">
  <label>From <input name="from" type="date" required></label>
  <label>To <input name="to" type="date" required></label>
  <label>Time zone <input name="timezone" placeholder="Europe/Ljubljana"></label>
  <label>Tag ids <input name="tagIds" placeholder="all"></label>
  <button>Start</button>
</form>
<p id="problem" role="alert"></p>
<ol id="states" aria-live="polite"></ol>
<p id="all" hidden><a id="link" download="rows.ndjson">All rows, as lines of JSON</a></p>
<p id="summary"></p>
<table id="rows"></table>
)html";

// "'sha256-...'", as a policy names a script.
std::string source_hash(std::string_view source) {
    std::array<unsigned char, 32> digest;
    EVP_Digest(source.data(), source.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    std::array<unsigned char, 45> encoded; // the terminating null included
    EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
    return "'sha256-" + std::string(encoded.begin(), encoded.end() - 1) + '\'';
}

} // namespace

html_page::html_page() {
    text = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width\">\n"
           "<title>Export from Loop</title><link rel=\"icon\" href=\"data:,\">\n<style>";
    text.append(page_style).append("</style></head><body>").append(page_body);
    text.append("<script>").append(page_script).append("</script>\n</body></html>\n");
    policy = "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; "
             "form-action 'none'; frame-ancestors 'none'; script-src " +
             source_hash(page_script) + "; style-src " + source_hash(page_style);
}

} // namespace tools
