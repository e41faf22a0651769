// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// For how long export-server polls the exports that it knows, by a clock that takes no time.
#include <tools/export_server/fixture.hpp>

#include "../../../tools/export_server/kept_jobs.cpp" // a part of the program, alone

#include <intheloop/client/client.hpp>
#include <intheloop/jobs/export_job.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("tools/export_server/kept_jobs") {

using namespace fixture;
namespace loop = intheloop;

namespace {

class known_exports {
public:
    known_exports() : service(on(clock)), client(io.get_executor(), of(service, clock)) {
        poll.interval = 10min;
    }

    // Does all that there is to do, up to the end of the last poll.
    void run() {
        io.restart();
        clock->run(io);
        CHECK(io.stopped());
    }

    std::shared_ptr<virtual_clock> const clock = std::make_shared<virtual_clock>();
    server service;
    asio::io_context io;
    loop::client client;
    loop::poll_options poll;
    tools::kept_jobs jobs{10};

private:
    static server_options on(std::shared_ptr<virtual_clock> time) {
        server_options how;
        how.clock = std::move(time);
        return how;
    }
    static loop::options of(server const& to, std::shared_ptr<virtual_clock> time) {
        loop::options how;
        how.base_url = to.base_url();
        how.token = to.token();
        how.tls.ca_pem = to.ca_certificate();
        how.time = std::move(time);
        how.retry.max_attempts = 1; // a failure is a poll
        return how;
    }
};

// An export that completes with its 20th poll.
std::vector<std::string> many_polls() {
    std::vector<std::string> statuses(20, "Processing");
    statuses.back() = "Completed";
    return statuses;
}

} // namespace

TEST_CASE("an export that is old when it comes from another server is polled to its end") {
    known_exports t;
    std::string const id = t.service.add_export({"Processing", "Completed"}, "[]");
    std::string const token = loop::attach_export(t.client, id).resume_token();
    t.clock->advance(90min);
    t.jobs.keep(loop::resume_export(t.client, token, t.poll).value(), tools::start_key());
    t.run();
    CHECK(t.jobs.find(id)->state().phase == loop::export_phase::completed);
    CHECK(t.jobs.find(id)->state().polls == 2);
}

TEST_CASE("an export that takes longer than it is polled is polled on when somebody asks") {
    known_exports t;
    std::string const id = t.service.add_export(many_polls(), "[]");
    t.jobs.keep(loop::attach_export(t.client, id, t.poll), tools::start_key());
    t.run();
    auto const before = t.jobs.find(id)->state();
    CHECK(before.phase == loop::export_phase::pending);
    CHECK_FALSE(before.has_ended);
    CHECK(before.age >= 1h);
    t.run();
    CHECK(t.jobs.find(id)->state().polls == before.polls); // nobody has asked
    for (int i = 0; i != 10 && !t.jobs.find(id)->state().has_ended; ++i) {
        t.jobs.follow_again(id);
        t.run();
    }
    auto const after = t.jobs.find(id)->state();
    CHECK(after.phase == loop::export_phase::completed);
    CHECK(after.polls == 20);
}

TEST_CASE("an export whose polls were given up is polled again when somebody asks") {
    known_exports t;
    std::string const id = t.service.add_export({"Processing", "Completed"}, "[]");
    loop::poll_options const poll = t.poll;
    SUBCASE("after six failures in a row") {
        for (unsigned i = 0; i != poll.max_failed_polls; ++i)
            t.service.respond_next(response_override(503, "{}"));
    }
    SUBCASE("after one that can't get better") {
        t.service.respond_next(response_override(403, "{}"));
    }
    bool is_equal_start = false;
    SUBCASE("by an equal start") {
        is_equal_start = true;
        t.service.respond_next(response_override(451, "{}"));
    }
    auto const job = loop::attach_export(t.client, id, poll);
    CHECK(t.jobs.keep(job, tools::start_key()));
    t.run();
    auto const before = job.state();
    CHECK(before.phase == loop::export_phase::pending);
    CHECK(before.has_ended);
    auto const asked_before = t.service.requests().size();

    for (int i = 0; i != 3; ++i) { // the interval stays
        if (is_equal_start)
            CHECK_FALSE(t.jobs.keep(job, tools::start_key()));
        else
            t.jobs.follow_again(id);
        t.io.restart();
        t.clock->run_for(t.io, 1s);
    }
    CHECK(t.service.requests().size() == asked_before);
    t.run();
    auto const after = job.state();
    CHECK(after.phase == loop::export_phase::completed);
    CHECK(after.polls == 2);
}

} // TEST_SUITE("tools/export_server/kept_jobs")
