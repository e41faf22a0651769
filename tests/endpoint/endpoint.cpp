// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/api/documented.hpp>
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/endpoint.hpp>

#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

TEST_SUITE("endpoint/endpoint") {

namespace chat {

namespace loop = intheloop;
using loop::verb;

struct card {
    std::string id;
    using members = loop::members<&card::id>;
};

template <class T>
struct page {
    std::vector<T> resources;
    using members = loop::members<&page::resources>;
};

class change_request {
public:
    change_request() {}
    std::string card_id;
    std::optional<std::int64_t> page_size;
    std::vector<std::string> contact_ids;
    std::optional<std::string> trace;
    std::string comment;
    bool silent = false;
    using members =
        loop::members<&change_request::card_id, &change_request::page_size,
                      &change_request::contact_ids, &change_request::trace,
                      &change_request::comment, loop::renamed<&change_request::silent, "$silent">>;
};

class upload_request {
public:
    upload_request() {}
    std::string id;
    card content;
    using members = loop::members<&upload_request::id, &upload_request::content>;
};

inline constexpr loop::endpoint<
    verb::patch, "/api/v1/card/{cardId}", change_request, card,
    loop::query<&change_request::page_size, &change_request::contact_ids>,
    loop::header<"X-Trace", &change_request::trace>, loop::operation<"chat.change">,
    loop::summary<"Change a card">, loop::observed>
    change{};

inline constexpr loop::endpoint<verb::put, "/card/{id}", upload_request, card,
                                loop::body<&upload_request::content>,
                                loop::operation<"chat.upload">>
    upload{};

// Each verb with and without a word on idempotency.
template <verb Verb, class... Traits>
inline constexpr loop::endpoint<Verb, "/x", loop::no_parameters, card, Traits...> plain{};

inline constexpr loop::endpoint<verb::head, "/x", loop::no_parameters, std::optional<card>>
    looked_at{};

inline constexpr loop::endpoint<verb::get, "/pages", loop::no_parameters, page<card>,
                                loop::operation<"chat.pages">>
    pages{};
inline constexpr loop::endpoint<verb::get, "/many", loop::no_parameters, std::vector<card>,
                                loop::inferred>
    many{};
inline constexpr loop::endpoint<verb::post, "/any", loop::no_parameters,
                                std::optional<boost::json::value>>
    any{};

inline constexpr loop::catalog<change, upload, pages> mine{};

} // namespace chat

namespace {

namespace loop = intheloop;
using loop::detail::place;

template <class Endpoint, auto Member>
constexpr place place_of = Endpoint::template place_of<loop::detail::field<Member>>;

} // namespace

TEST_CASE("each member of a request has the place that the descriptor says") {
    using change = std::remove_const_t<decltype(chat::change)>;
    using chat::change_request;
    CHECK((place_of<change, &change_request::card_id>) == place::path);
    CHECK((place_of<change, &change_request::page_size>) == place::query);
    CHECK((place_of<change, &change_request::contact_ids>) == place::query);
    CHECK((place_of<change, &change_request::trace>) == place::header);
    CHECK((place_of<change, &change_request::comment>) == place::body);
    CHECK((place_of<change, &change_request::silent>) == place::body);
    CHECK(change::header_of<loop::detail::field<&change_request::trace>> == "X-Trace");
    CHECK(change::header_of<loop::detail::field<&change_request::comment>>.empty());

    using upload = std::remove_const_t<decltype(chat::upload)>;
    CHECK((place_of<upload, &chat::upload_request::id>) == place::path);
    CHECK((place_of<upload, &chat::upload_request::content>) == place::whole_body);
}

TEST_CASE("idempotent is what the descriptor says, else what RFC 9110 says of the verb") {
    using loop::verb;
    CHECK(chat::plain<verb::get>.is_idempotent);
    CHECK(chat::looked_at.is_idempotent);
    CHECK(chat::plain<verb::put>.is_idempotent);
    CHECK(chat::plain<verb::delete_>.is_idempotent);
    CHECK_FALSE(chat::plain<verb::post>.is_idempotent);
    CHECK_FALSE(chat::plain<verb::patch>.is_idempotent);
    CHECK(chat::plain<verb::post, loop::idempotent>.is_idempotent);
    CHECK_FALSE(chat::plain<verb::get, loop::not_idempotent>.is_idempotent);
    CHECK_FALSE(loop::report::export_report.is_idempotent);
    CHECK(loop::report::get_report.is_idempotent);
    CHECK_FALSE(loop::drafts::create_draft.is_idempotent);
}

TEST_CASE("an endpoint describes itself in one line") {
    CHECK(loop::report::export_report.description() ==
          "POST /api/v1/report/export (export_request) -> export_result");
    CHECK(loop::report::get_report.description() ==
          "GET /api/v1/report/exports/{id} (get_request) -> export_result");
    CHECK(loop::drafts::create_draft.description() ==
          "POST /v1/drafts (create_request) -> optional<json::value>");
    CHECK(chat::change.description() == "PATCH /api/v1/card/{cardId} (change_request) -> card");
    CHECK(chat::many.description() == "GET /many (no_parameters) -> vector<card>");
    CHECK(chat::pages.description().starts_with("GET /pages (no_parameters) -> page<"));
    CHECK(chat::any.description() == "POST /any (no_parameters) -> optional<json::value>");
}

TEST_CASE("what is known of an endpoint without its types") {
    constexpr loop::endpoint_info info = chat::change.info();
    CHECK(info.verb == loop::verb::patch);
    CHECK(info.route == "/api/v1/card/{cardId}");
    CHECK(info.description == chat::change.description());
    CHECK(info.summary == "Change a card");
    CHECK_FALSE(info.idempotent);
    CHECK(info.certainty == loop::certainty::observed);

    CHECK(chat::upload.info().summary.empty());
    CHECK(chat::upload.info().certainty == loop::certainty::documented);
    CHECK(chat::many.info().certainty == loop::certainty::inferred);
}

TEST_CASE("verbs are written as methods") {
    using loop::verb;
    CHECK(to_string(verb::get) == "GET");
    CHECK(to_string(verb::head) == "HEAD");
    CHECK(to_string(verb::post) == "POST");
    CHECK(to_string(verb::put) == "PUT");
    CHECK(to_string(verb::patch) == "PATCH");
    CHECK(to_string(verb::delete_) == "DELETE");
}

TEST_CASE("the associated types come from the descriptor") {
    using namespace loop;
    static_assert(std::is_same_v<request_of<report::export_report>, report::export_request>);
    static_assert(std::is_same_v<response_of<report::export_report>, report::export_result>);
    static_assert(std::is_same_v<request_of<report::get_report>, report::get_request>);
    static_assert(
        std::is_same_v<response_of<drafts::create_draft>, std::optional<boost::json::value>>);
    static_assert(loop::detail::endpoint_type<decltype(chat::change)>);
    static_assert(!loop::detail::endpoint_type<chat::card>);
    static_assert(!loop::detail::endpoint_type<int>);
    CHECK(std::is_empty_v<decltype(chat::change)>);
}

TEST_CASE("a catalog lists its endpoints in order") {
    static_assert(chat::mine.size() == 3);
    constexpr auto infos = chat::mine.infos();
    CHECK(infos[0].route == "/api/v1/card/{cardId}");
    CHECK(infos[2].route == "/pages");

    std::string visited;
    chat::mine.for_each([&](auto endpoint) {
        visited += endpoint.description();
        visited += '\n';
    });
    CHECK(visited == std::string(chat::change.description()) + '\n' +
                         std::string(chat::upload.description()) + '\n' +
                         std::string(chat::pages.description()) + '\n');

    static_assert(loop::catalog<>::size() == 0);
}

TEST_CASE("catalogs are joined in order") {
    constexpr auto all = loop::documented_endpoints + chat::mine;
    constexpr auto infos = all.infos();
    REQUIRE(infos.size() == 7);
    CHECK(infos[0].operation == "report.export_report");
    CHECK(infos[4].operation == "chat.change");
    static_assert(
        std::is_same_v<decltype(all),
                       loop::catalog<loop::report::export_report, loop::report::get_report,
                                     loop::drafts::create_draft, loop::documentation::ask,
                                     chat::change, chat::upload, chat::pages> const>);
    static_assert((loop::catalog<>() + loop::catalog<>()).size() == 0);
}

TEST_CASE("what can be the name of an operation") {
    for (std::string_view name : {"get_report", "report.get_report", "a.b.c", "Card2.x_1"})
        CHECK_MESSAGE(loop::detail::is_operation_name(name), name);
    for (std::string_view name :
         {"", ".", "a.", ".a", "a..b", "1a", "a.1", "_a", "a-b", "a b", "a/b", "na\xc3\xafve"})
        CHECK_FALSE_MESSAGE(loop::detail::is_operation_name(name), name);
    static_assert(loop::report::get_report.operation == "report.get_report");
    static_assert(chat::many.operation.empty());
}

TEST_CASE("the documented endpoints are the four of the API reference, and each says so") {
    constexpr auto infos = loop::documented_endpoints.infos();
    REQUIRE(infos.size() == 4);
    CHECK(infos[0].route == "/api/v1/report/export");
    CHECK(infos[0].verb == loop::verb::post);
    CHECK(infos[1].route == "/api/v1/report/exports/{id}");
    CHECK(infos[1].verb == loop::verb::get);
    CHECK(infos[2].route == "/v1/drafts");
    CHECK(infos[2].verb == loop::verb::post);
    CHECK(infos[2].origin.empty());
    CHECK(infos[3].route == "/api-reference.md");
    CHECK(infos[3].verb == loop::verb::get);
    CHECK(infos[3].origin == "https://docs.intheloop.io");
    CHECK(infos[3].accepts_any_content);
    for (auto const& info : infos) {
        CAPTURE(info.route);
        CHECK(info.certainty == loop::certainty::documented);
        CHECK_FALSE(info.summary.empty());
    }
}

TEST_CASE("one route with two verbs is two endpoints") {
    constexpr auto both = loop::catalog<chat::plain<loop::verb::get, loop::operation<"get">>>() +
                          loop::catalog<chat::plain<loop::verb::post, loop::operation<"post">>>();
    CHECK(both.size() == 2);
}

TEST_CASE("which hosts and ports an origin may have") {
    using loop::detail::is_origin_host;
    for (std::string_view host : {"a", "docs.intheloop.io", "a-b.c1", "127.0.0.1", "localhost",
                                  "[::1]", "[2001:db8::1]", "255.255.255.255", "1a.b2", "xn--a.b"})
        CHECK_MESSAGE(is_origin_host(host), host);
    for (std::string_view host :
         {"",       ".",         "a.",       ".a",    "a..b",      "-a",       "a-",
          "a-.b",   "a.-b",      "A",        "a_b",   "a b",       "a%62",     "127.1",
          "1",      "256.0.0.1", "01.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.",   "0x7f000001",
          "a.0x7f", "[]",        "[::1",     "[::g]", "[abc]",     "b\xc3\xa9"})
        CHECK_FALSE_MESSAGE(is_origin_host(host), host);
    using loop::detail::is_origin_port;
    for (std::string_view port : {"1", "80", "8443", "65535"})
        CHECK_MESSAGE(is_origin_port(port, true), port);
    for (std::string_view port : {"", "0", "443", "0443", "65536", "99999999999", "+1", "1 "})
        CHECK_FALSE_MESSAGE(is_origin_port(port, true), port);
    CHECK(is_origin_port("443", false));
    CHECK_FALSE(is_origin_port("80", false));
    for (std::string_view host : {"localhost", "127.0.0.1", "127.8.9.10", "[::1]"})
        CHECK_MESSAGE(loop::detail::is_loopback_host(host), host);
    for (std::string_view host : {"127.evil.example", "localhost.example", "128.0.0.1"})
        CHECK_FALSE_MESSAGE(loop::detail::is_loopback_host(host), host);
}

TEST_CASE("which headers an endpoint may set") {
    for (std::string_view name : {"X-Trace", "x-trace", "Idempotency-Key", "a", "!#$%&'*+-.^_`|~9",
                                  "Content-MD5", "content-language", "Proxy"})
        CHECK_MESSAGE(loop::detail::allowed_header(name), name);
    for (std::string_view name : {"",
                                  "X Trace",
                                  "X-Trace:",
                                  "X-Trace\r\n",
                                  "na\xc3\xafve",
                                  "(x)",
                                  "Host",
                                  "AUTHORIZATION",
                                  "x-impersonate-user",
                                  "Content-Length",
                                  "content-type",
                                  "Transfer-Encoding",
                                  "connection",
                                  "User-Agent",
                                  "Accept",
                                  "Accept-Encoding",
                                  "Expect",
                                  "TE",
                                  "Upgrade",
                                  "Keep-Alive",
                                  "Trailer",
                                  "Proxy-Authorization",
                                  "proxy-connection"})
        CHECK_FALSE_MESSAGE(loop::detail::allowed_header(name), name);
}

TEST_CASE("an export takes times of any precision, and whole seconds of them") {
    using namespace std::chrono_literals;
    namespace report = intheloop::report;
    std::chrono::sys_days const day(std::chrono::days(20000));
    report::export_request const fine{day + 999ms, day + 1h + 1us};
    CHECK(fine.start == day);
    CHECK(fine.end == day + 1h);
    report::export_request const before_1970{std::chrono::sys_seconds(-10s) - 1ns, day};
    CHECK(before_1970.start == std::chrono::sys_seconds(-11s));
    CHECK(before_1970.end == day);
    // Where seconds don't reach, the nearest.
    using std::chrono::sys_seconds;
    using std::chrono::sys_time;
    report::export_request const far{sys_time<std::chrono::hours>::min(),
                                     std::chrono::sys_days::max()};
    CHECK(far.start == sys_seconds::min());
    CHECK(far.end == sys_seconds::max());
    using real = std::chrono::duration<double>;
    report::export_request const endless{
        sys_time<real>(real(-1.5)), sys_time<real>(real(std::numeric_limits<double>::infinity()))};
    CHECK(endless.start == sys_seconds(-2s));
    CHECK(endless.end == sys_seconds::max());
    CHECK(
        report::export_request(sys_time<real>(real(std::numeric_limits<double>::quiet_NaN())), day)
            .start == sys_seconds::min());
}

} // TEST_SUITE("endpoint/endpoint")
