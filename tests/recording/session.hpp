// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTS_RECORDING_SESSION_HPP
#define INTHELOOP_TESTS_RECORDING_SESSION_HPP

// Lists steps of a session, for recording and for playing it.
#include <testing/blocking_client.hpp>

#include <jobs/download/fixture.hpp>

#include <intheloop/recording.hpp>

#include <boost/asio/use_future.hpp>

#include <memory>
#include <string>
#include <vector>

namespace session {

using namespace fixture;
using loop::testing::fault;
using loop::testing::play_mode;
using loop::testing::player;
using loop::testing::player_options;
using loop::testing::recorder;
using loop::testing::recorder_options;
using loop::testing::recording;

inline constexpr char const* mail = "ana+1@example.org"; // a secret that is listed

class contact_request {
public:
    explicit contact_request(std::string of_user) : user(std::move(of_user)) {}
    std::string user;
    std::optional<std::string> mail;
    std::optional<std::string> reason;
    std::optional<std::string> api_key;
    using members = loop::members<&contact_request::user, &contact_request::mail,
                                  &contact_request::reason, &contact_request::api_key>;
};

class contact {
public:
    std::string name;
    std::optional<std::string> note;
    using members = loop::members<&contact::name, &contact::note>;
};

inline constexpr loop::endpoint<loop::verb::get, "/api/v1/user/{user}/contact", contact_request,
                                contact, loop::query<&contact_request::mail>,
                                loop::header<"X-Reason", &contact_request::reason>,
                                loop::header<"X-Api-Key", &contact_request::api_key>>
    get_contact{};

using lines = std::vector<std::string>;

template <class Result>
std::string outcome_of(Result const& got) {
    if (got)
        return std::to_string(got.status()) + " attempts " + std::to_string(got.attempts());
    return std::string(got.error().code().message()) + ' ' + std::to_string(got.error().status) +
           ' ' + got.error().service_message;
}

// A service with a state that such a program meets.
inline void prepare(server& s) {
    s.script(drafts::create_draft, {fault::status(429).retry_after(0s)});
    s.on(get_contact,
         [token = s.token()](contact_request const& got,
                             auto const&) -> loop::testing::answer<contact> {
             if (got.user != user)
                 return loop::testing::refuse(403, "the token " + token + " of " + user +
                                                       " must not see {{user:1}}");
             contact found;
             found.name = "Ana";
             found.note = got.mail.value_or("") + " is \"" + user + "\" with the key " +
                          got.api_key.value_or("");
             return found;
         });
}

inline server_options options_of_server(std::string content = "[{\"id\":1},\n{\"id\":2}]\n") {
    server_options how;
    how.content = std::move(content);
    return how;
}

template <class Where>
loop::options options_to(Where const& where) {
    loop::options how;
    how.base_url = where.base_url();
    how.token = where.token();
    how.tls.ca_pem = where.ca_certificate();
    how.impersonate_user = user;
    how.retry.max_attempts = 3;
    how.retry.base = how.retry.throttled_base = 1ms;
    return how;
}

inline loop::download_options quick_download() {
    loop::download_options how;
    how.retry.base = how.retry.throttled_base = 1ms;
    how.retry.cap = 2ms;
    return how;
}

class program {
public:
    explicit program(loop::options how) : client(io.get_executor(), std::move(how)) {}

    asio::io_context io;
    loop::client client;
    directory d;

    template <class Start>
    auto run(Start start) {
        using result_type = decltype(start(asio::use_future).get());
        auto pending = start(asio::use_future);
        io.restart();
        io.run();
        return result_type(pending.get());
    }
    loop::result<loop::export_job> start(report::export_request const& what = week()) {
        loop::start_options how;
        how.poll.first_poll = 0ms;
        how.poll.interval = 1ms;
        return run([&](auto token) { return loop::async_start_export(client, what, how, token); });
    }
    auto fetch(loop::export_job const& job) {
        return run([&](auto token) {
            return loop::async_download(client, job, d.path / "file", quick_download(), token);
        });
    }
    auto draft(char const* subject = "hello") {
        drafts::create_request request;
        request.content["subject"] = subject;
        request.content["to"] = boost::json::array{mail, user};
        return call(client, io, drafts::create_draft, request);
    }
    auto contact_of(std::string whom) {
        contact_request request(std::move(whom));
        request.mail = mail;
        request.reason = "tidying up";
        request.api_key = "key_0815_x";
        return call(client, io, get_contact, request);
    }

    // All of it, and what came of each step.
    lines all() {
        lines seen;
        auto const job = start();
        REQUIRE_MESSAGE(job, job.error());
        auto const done = run([&](auto token) { return job->async_wait(std::move(token)); });
        seen.push_back("wait " + outcome_of(done));
        REQUIRE(done);
        CHECK(done->url.has_value());
        seen.push_back("polls " + std::to_string(job->state().polls));
        auto const fetched = fetch(*job);
        seen.push_back("file " + outcome_of(fetched) + ' ' + content_of(d.path / "file"));
        seen.push_back("draft " + outcome_of(draft()));
        auto const found = contact_of(user);
        seen.push_back("contact " + outcome_of(found) + ' ' + (found ? found->name : ""));
        seen.push_back("refused " + outcome_of(contact_of("somebody")));
        return seen;
    }
};

inline recorder_options listing_secrets() {
    recorder_options how;
    how.secrets = {mail};
    return how;
}

// A session with a server of its own, recorded.
template <class Script>
recording recorded(Script script, server_options how = options_of_server(),
                   recorder_options what = listing_secrets()) {
    server s(std::move(how));
    prepare(s);
    auto const keeper = std::make_shared<recorder>(std::move(what));
    loop::options to = options_to(s);
    to.recorder = keeper;
    program p(to);
    script(p, s);
    return keeper->recording();
}

inline recording recorded_session() {
    return recorded([](program& p, server&) { p.all(); });
}

inline std::string all_of(lines const& texts) {
    std::string all;
    for (std::string const& each : texts)
        all += each + '\n';
    return all;
}

} // namespace session

#endif
