// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The file behind a signed address: whole under its name or not there, and fetched by a stranger.
#include <intheloop/base/detail/base64.hpp>
#include <jobs/download/fixture.hpp>
#include <support/full_disk.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

TEST_SUITE("jobs/download/download") {

using namespace fixture;
using loop::errc;
using loop::testing::connection_end;

TEST_CASE("a file arrives byte by byte, with its length or in chunks, of any size") {
    for (bool chunked : {false, true})
        for (std::size_t size : {0u, 1u, 16u * 1024u, 5'000'001u}) {
            CAPTURE(size);
            server_options how;
            how.chunked_files = chunked;
            server s(how);
            directory d;
            std::string const content = odd_content(size);
            std::string const url = s.file_url(s.add_export(finished, content));
            loop::download_options watched;
            std::vector<loop::download_progress> seen;
            watched.on_progress = [&](loop::download_progress p) { seen.push_back(p); };
            auto r = download(options_for(s), url, d.path / "report.json", watched);
            REQUIRE_MESSAGE(r, r.error());
            CHECK(r->bytes == size);
            CHECK(r->content_type == "application/json");
            CHECK((content_of(d.path / "report.json") == content));
            CHECK(d.names() == std::vector<std::string>{"report.json"});
            CHECK(seen.empty() == (size == 0));
            for (std::size_t i = 0; i != seen.size(); ++i) {
                CHECK((i == 0 || seen[i].bytes > seen[i - 1].bytes));
                CHECK(seen[i].total ==
                      (chunked ? std::nullopt : std::optional<std::uint64_t>(size)));
            }
            if (!seen.empty())
                CHECK(seen.back().bytes == size);
        }
}

TEST_CASE("the files' origin learns nothing of who asks") {
    server s;
    directory d;
    loop::options how = options_for(s);
    how.impersonate_user = user;
    how.application = "sample-app/2.1";
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    report::get_request const which(s.add_export(finished, "[1]"));
    auto state = call(client, io, report::get_report, which);
    REQUIRE(state);
    REQUIRE(state->url.has_value());
    int completed = 0;
    loop::async_download(client, *state->url, d.path / "r", [&](auto r) {
        REQUIRE_MESSAGE(r, r.error());
        ++completed;
    });
    io.restart();
    io.run();
    CHECK(completed == 1);

    auto const got = s.requests(origin::files);
    REQUIRE(got.size() == 1);
    CHECK(got[0].header("Host") == s.files_url().substr(8));
    CHECK(got[0].header("User-Agent")->ends_with("sample-app/2.1"));
    CHECK(got[0].headers.size() == 4); // and Accept and Accept-Encoding
    std::string everything = got[0].target + got[0].body;
    for (auto const& [name, value] : got[0].headers)
        everything += name + ": " + value + '\n';
    CHECK_FALSE(contains(everything, s.token()));
    CHECK_FALSE(contains(everything, user));
    CHECK_FALSE(got[0].header("Authorization"));
    CHECK_FALSE(got[0].header("X-Impersonate-User"));
}

TEST_CASE("a refused or expired address is an error without the address") {
    server s;
    directory d;
    std::string const url = s.file_url(s.add_export(finished, "[1]"));
    s.advance_clock(2h);
    auto r = download(options_for(s), url, d.path / "r");
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::forbidden);
    CHECK(r.error().status == 403);
    CHECK(r.error().endpoint == "GET (signed address) -> file");
    std::string const shown = printed(r.error()) + r.error().body;
    CHECK_FALSE(contains(shown, "Signature"));
    CHECK_FALSE(contains(shown, url.substr(url.find('?') + 1)));
    CHECK(d.names().empty());
}

TEST_CASE("a redirect is not followed") {
    server s;
    server other;
    directory d;
    std::string const elsewhere = other.file_url(other.add_export(finished, "[1]"));
    s.respond_next(response_override(302).header("Location", elsewhere), origin::files);
    auto r = download(options_for(s), s.files_url() + "/x?Signature=abc", d.path / "r");
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::unexpected_status);
    CHECK(other.requests().empty());
    CHECK(d.names().empty());
}

TEST_CASE("a download that breaks off leaves what was there before") {
    server s;
    directory d;
    std::ofstream(d.path / "r") << "older";
    std::string const head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    for (auto end : {connection_end::close, connection_end::cut, connection_end::reset}) {
        s.respond_next(response_override::bytes(head + std::string(999, 'x'), end), origin::files);
        auto r = download(options_for(s), s.files_url() + "/x", d.path / "r", one_attempt());
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::connection_lost);
        CHECK(content_of(d.path / "r") == "older");
        CHECK(d.names() == std::vector<std::string>{"r"});
    }
    // Without a length only the end of the stream says that it was all; it must be in order.
    s.respond_next(response_override::bytes("HTTP/1.1 200 OK\r\n\r\n[1,", connection_end::cut),
                   origin::files);
    auto cut = download(options_for(s), s.files_url() + "/x", d.path / "r", one_attempt());
    REQUIRE_FALSE(cut);
    CHECK(cut.error().code() == errc::connection_lost);
    CHECK(content_of(d.path / "r") == "older");

    auto whole =
        download(options_for(s), s.file_url(s.add_export(finished, "newer")), d.path / "r");
    REQUIRE_MESSAGE(whole, whole.error());
    CHECK(content_of(d.path / "r") == "newer");
}

TEST_CASE("no data for too long, too long as a whole, and cancellation") {
    server s;
    directory d;
    response_override paused(200, std::string(100'000, 'x'));
    paused.pause_after = 50'000;
    auto const failure_after_first_part = [&](loop::download_options limits) {
        s.respond_next(paused, origin::files);
        std::uint64_t got = 0;
        limits.on_progress = [&](loop::download_progress p) { got = p.bytes; };
        return failure_after_10s(options_for(s), s.files_url() + "/x", d.path / "r", limits,
                                 [&] { return got >= 49'000; }); // the head counts for the pause
    };
    loop::download_options limits = one_attempt();
    SUBCASE("stalled") {
        limits.stall_timeout = 10s;
        auto const failure = failure_after_first_part(limits);
        CHECK(failure.code() == errc::stalled);
        CHECK(failure.code() == loop::condition::timeout);
    }
    SUBCASE("too long") {
        limits.deadline = 10s;
        CHECK(failure_after_first_part(limits).code() == errc::deadline_exceeded);
    }
    SUBCASE("cancelled in the middle of the file") {
        s.respond_next(paused, origin::files);
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        asio::cancellation_signal signal;
        int completed = 0;
        loop::async_download(client, s.files_url() + "/x", d.path / "r",
                             asio::bind_cancellation_slot(signal.slot(), [&](auto r) {
                                 REQUIRE_FALSE(r);
                                 CHECK(r.error().code() == errc::cancelled);
                                 ++completed;
                             }));
        run_until(io, [&] { return !d.names().empty(); });
        REQUIRE(d.names().size() == 1);
        CHECK(d.names()[0].ends_with(".part"));
        signal.emit(asio::cancellation_type::terminal);
        io.run();
        CHECK(completed == 1);
    }
    CHECK(s.wait_until_idle(patience));
    CHECK(d.names().empty());
}

TEST_CASE("two downloads to one path: one of them whole, and only its owner can read it") {
    server s;
    directory d;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    fs::path const path = d.path / "r";
    int completed = 0;
    for (char c : {'A', 'B'}) {
        response_override paused(200, std::string(40, c));
        paused.pause_after = 180;
        s.respond_next(paused, origin::files);
    }
    for (int i = 0; i != 2; ++i)
        loop::async_download(client, s.files_url() + "/x", path, [&](auto r) {
            REQUIRE_MESSAGE(r, r.error());
            ++completed;
        });
    run_until(io, [&] { return d.names().size() == 2; });
    s.release();
    io.run();
    CHECK(completed == 2);
    std::string const content = content_of(path);
    CHECK((content == std::string(40, 'A') || content == std::string(40, 'B')));
    CHECK(d.names() == std::vector<std::string>{"r"});
    CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a download that is begun twice is made twice, each into a part of its own") {
    server s;
    directory d;
    std::string const content = odd_content(300'000);
    std::string const url = s.file_url(s.add_export(finished, content));
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto twice = loop::async_download(client, url, d.path / "r");
    int completed = 0;
    for (int i = 0; i != 2; ++i)
        twice([&](auto r) {
            REQUIRE_MESSAGE(r, r.error());
            CHECK(r->bytes == content.size());
            ++completed;
        });
    io.run();
    CHECK(completed == 2);
    CHECK((content_of(d.path / "r") == content));
    CHECK(d.names() == std::vector<std::string>{"r"});
}

TEST_CASE("what happens to lie under a name like that of a part is left alone") {
    server s;
    directory d;
    std::ofstream(d.path / "precious") << "older";
    fs::create_symlink(d.path / "precious", d.path / "r.part");
    auto r = download(options_for(s), s.file_url(s.add_export(finished, "newer")), d.path / "r");
    REQUIRE_MESSAGE(r, r.error());
    CHECK(content_of(d.path / "r") == "newer");
    CHECK(content_of(d.path / "precious") == "older");
    CHECK(fs::is_symlink(d.path / "r.part"));
}

TEST_CASE("a refusal that repeats the address gives nothing of it away") {
    server s;
    directory d;
    std::string const url =
        s.files_url() +
        "/RF_1?Expires=1698934975&Signature=t7Wry-7L%2Bq__&Key-Pair-Id=K3OIERPZ19GBMM";
    s.respond_next(
        response_override(403,
                          "<Error><SignatureProvided>t7Wry-7L+q__</SignatureProvided>"
                          "<Resource>/RF_1?Expires=1698934975&amp;Signature=t7Wry-7L%2Bq__"
                          "&amp;Key-Pair-Id=K3OIERPZ19GBMM</Resource></Error>",
                          "application/xml"),
        origin::files);
    auto r = download(options_for(s), url, d.path / "r");
    REQUIRE_FALSE(r);
    CHECK(contains(r.error().body, "[redacted]"));
    for (std::string const& shown : {printed(r.error()), r.error().body})
        for (char const* secret : {"t7Wry", "K3OIERPZ19GBMM", "1698934975"})
            CHECK_FALSE(contains(shown, secret));
}

TEST_CASE("a refusal that repeats the address octet by octet gives nothing of it away") {
    server s;
    directory d;
    std::string const credential = "AKIAEXAMPLE4711%2F20261201%2Feu-west-1%2Fs3%2Faws4_request";
    std::string const session = "IQoJb3JpZ2luX2VjEXAMPLE%2F%2Bof%2Ba%2Btest%3D%3D";
    std::string const query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + credential +
                              "&X-Amz-Date=20261201T000000Z&X-Amz-Expires=900"
                              "&X-Amz-Security-Token=" +
                              session + "&X-Amz-SignedHeaders=host";
    std::string const canonical =
        "GET\n/RF_1\n" + query + "\nhost:files.example\n\nhost\nUNSIGNED-PAYLOAD";
    auto const octets = [](std::string_view text) {
        std::string digits = loop::detail::to_hexadecimal(text);
        for (std::size_t i = digits.size() - 2; i != 0; i -= 2)
            digits.insert(i, 1, ' ');
        return digits;
    };
    std::string escaped;
    for (char const c : canonical)
        escaped += c == '&' ? std::string("&amp;") : std::string(1, c);
    s.respond_next(response_override(403,
                                     "<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>" +
                                         escaped + "</CanonicalRequest><CanonicalRequestBytes>" +
                                         octets(canonical) + "</CanonicalRequestBytes></Error>",
                                     "application/xml"),
                   origin::files);
    auto r = download(options_for(s),
                      s.files_url() + "/RF_1?" + query + "&X-Amz-Signature=" + std::string(64, 'd'),
                      d.path / "r");
    REQUIRE_FALSE(r);
    std::string const& body = r.error().body;
    // Before the query all stays, so that one sees which part of the request it is.
    CHECK(contains(body, "<CanonicalRequestBytes>" + octets("GET\n/RF_1\n")));
    for (std::string const& secret :
         {credential, session, std::string("AKIAEXAMPLE4711"), std::string("IQoJb3JpZ2luX2Vj")}) {
        CHECK_FALSE(contains(body, secret));
        CHECK_FALSE(contains(body, octets(secret)));
    }
}

TEST_CASE("a progress function that throws ends the download, which leaves nothing") {
    server s;
    directory d;
    loop::download_options throwing;
    throwing.on_progress = [](loop::download_progress) { throw std::runtime_error("no"); };
    auto r =
        download(options_for(s), s.file_url(s.add_export(finished, "[1]")), d.path / "r", throwing);
    REQUIRE_FALSE(r);
    CHECK(contains(r.error().detail, "on_progress"));
    CHECK(d.names().empty());
}

TEST_CASE("a file that is encoded unasked is refused rather than saved as it is not") {
    server s;
    directory d;
    s.respond_next(response_override(200, "\x1f\x8b").header("Content-Encoding", "gzip"),
                   origin::files);
    auto r = download(options_for(s), s.files_url() + "/x", d.path / "r");
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::unexpected_content);
    CHECK(d.names().empty());
}

TEST_CASE("the client's certificate is not shown to the origin of a download") {
    server_options demanding;
    demanding.require_client_certificate = true;
    server s(demanding);
    directory d;
    loop::testing::certificate_request who({});
    who.common_name = "a client of the test";
    who.client_auth = true;
    auto const own = s.authority().issue(who);
    loop::options how = options_for(s);
    how.tls.certificate_pem = own.certificate_pem;
    how.tls.private_key_pem = own.private_key_pem;
    REQUIRE(call(how, report::export_report, week()));
    auto r = download(how, s.base_url() + "/x", d.path / "r");
    REQUIRE_FALSE(r);
    CHECK(r.error().code() != errc::not_found); // which the API would say to whom it knows
    CHECK(s.requests().size() == 1);
}

TEST_CASE("a file that can't be written is a configuration error, and leaves nothing") {
    server s;
    directory d;
    std::string const url = s.file_url(s.add_export(finished, odd_content(100'000)));
    auto missing = download(options_for(s), url, d.path / "no" / "such" / "r");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code() == errc::file_failed);
    CHECK(missing.error().code() == loop::condition::configuration);
    CHECK(contains(missing.error().detail, "No such file or directory"));

    fs::create_directory(d.path / "taken");
    std::ofstream(d.path / "taken" / "inside") << "x";
    auto taken = download(options_for(s), url, d.path / "taken");
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code() == errc::file_failed);
    CHECK(d.names() == std::vector<std::string>{"taken"});

    auto const full = [&] {
        tests::full_disk const disk(20'000);
        return download(options_for(s), url, d.path / "full");
    }();
    REQUIRE_FALSE(full);
    CHECK(full.error().code() == errc::file_failed);
    CHECK(contains(full.error().detail, "File too large"));
    CHECK(d.names() == std::vector<std::string>{"taken"});
}

TEST_CASE("what is no address to fetch is refused before anything is sent") {
    server s;
    directory d;
    loop::options const how = options_for(s);
    std::string const plain =
        "http://127.0.0.1:" + std::to_string(s.files_port()) + "/x?Signature=a";
    for (std::string const& url :
         {std::string(), std::string("/relative"), std::string("ftp://host/x"), plain,
          std::string("https://user:password@127.0.0.1/x"), s.files_url() + "/a\tb",
          s.files_url() + "/\r\nX: y"}) {
        auto r = download(how, url, d.path / "r");
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::invalid_request);
        CHECK_FALSE(contains(printed(r.error()), "Signature"));
        CHECK_FALSE(contains(printed(r.error()), "password"));
    }
    std::ofstream(d.path / "r") << "older";
    loop::download_options limits;
    limits.keep_part = true;
    for (std::string const& name : {std::string(), std::string("r/"), std::string("r\0x", 3)}) {
        auto no_name = download(how, s.files_url() + "/x", d.path / name, limits);
        REQUIRE_FALSE(no_name);
        CHECK(no_name.error().code() == errc::invalid_request);
    }
    CHECK(content_of(d.path / "r") == "older");
    limits.stall_timeout = 0ms;
    auto no_time = download(how, s.files_url() + "/x", d.path / "r", limits);
    REQUIRE_FALSE(no_time);
    CHECK(no_time.error().code() == errc::invalid_option);
    CHECK(s.connections_accepted() == 0);
    CHECK(d.names() == std::vector<std::string>{"r"});
}

} // TEST_SUITE("jobs/download/download")
