// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "page.hpp"

#include "page_script.hpp"

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

constexpr std::string_view page_body = R"html(
<h1>Export from Loop</h1>
<form id="form">
  <label>From <input name="from" type="date" required min="1970-01-01" max="9999-12-30"></label>
  <label>To, this day included <input name="to" type="date" required min="1970-01-01" max="9999-12-30"></label>
  <label>Time zone <input name="timezone" title="Empty: the time zone of this browser"></label>
  <label>Tag ids <input name="tagIds" placeholder="all"></label>
  <button id="start" autocomplete="off">Start</button>
</form>
<p id="period"></p>
<p id="problem" role="alert"></p>
<p id="doubt" hidden>If the service does not have it:
  <button id="again" type="button">Start again</button></p>
<p id="progress" role="status"></p>
<ol id="states" aria-live="polite" aria-relevant="additions"></ol>
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
