// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Many wait for one job: they share what is asked of the service, and nothing else.
#include <jobs/fixture.hpp>

#include <list>

TEST_SUITE("jobs/waits") {

using namespace fixture;
using asio::cancellation_type;
using loop::errc;

TEST_CASE("many waits share the polls") {
    job_fixture t(with_statuses({"Processing", "Processing", "Completed"}));
    auto const job = t.start(quick());
    auto const copy = job;
    std::list<waiting> all;
    for (int i = 0; i != 20; ++i)
        all.emplace_back(i % 2 ? job : copy);
    CHECK(runs_out(t.io));
    for (waiting const& one : all) {
        CHECK(one.completed == 1);
        CHECK(one.ended->has_value());
    }
    CHECK(t.polls() == 3);
}

TEST_CASE("each wait has a deadline of its own") {
    job_fixture t;
    auto const job = t.start(asleep());
    waiting late(job);
    waiting sooner(job, 40ms);
    waiting soon(job, 20ms);
    run_until(t.io, [&] { return soon.completed + sooner.completed == 2; });
    CHECK(soon.ended->error().code() == errc::deadline_exceeded);
    CHECK(contains(soon.ended->error().detail, "within 20 ms; its status is Processing"));
    CHECK(contains(sooner.ended->error().detail, "within 40 ms"));
    CHECK(late.completed == 0);
    CHECK(t.polls() == 0);
    late.stop.emit(cancellation_type::terminal);
    CHECK(runs_out(t.io));
}

TEST_CASE("a deadline of the options counts where a wait has none") {
    job_fixture t;
    loop::poll_options how = asleep();
    how.deadline = 20ms;
    auto const job = t.start(how);
    std::optional<outcome> ended;
    job.async_wait([&](outcome r) { ended = std::move(r); });
    CHECK(runs_out(t.io));
    REQUIRE(ended);
    CHECK(ended->error().code() == errc::deadline_exceeded);
}

TEST_CASE("each cancellation type wakes a wait at once, and leaves the others") {
    for (auto type :
         {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
        job_fixture t;
        auto const job = t.start(asleep());
        waiting first(job);
        waiting second(job);
        t.io.restart();
        t.io.poll(); // both wait
        first.stop.emit(type);
        CHECK(first.completed == 0); // not from within
        run_until(t.io, [&] { return first.completed == 1; });
        CHECK(first.ended->error().code() == errc::cancelled);
        CHECK(second.completed == 0);
        t.io.restart();
        CHECK(t.io.poll() == 0);
        CHECK_FALSE(t.io.stopped()); // the other one keeps it at work

        second.stop.emit(type);
        CHECK(runs_out(t.io)); // and nobody now, though the job lives
        CHECK(second.ended->error().code() == errc::cancelled);
        first.stop.emit(type); // too late: nobody is there
        CHECK(runs_out(t.io));
        CHECK(first.completed == 1);
        CHECK(t.polls() == 0);
    }
}

TEST_CASE("no cancellation is no cancellation") {
    job_fixture t(with_statuses({"Completed"}));
    auto const job = t.start(quick());
    waiting one(job);
    one.stop.emit(cancellation_type::none);
    CHECK(runs_out(t.io));
    CHECK(one.ended->has_value());
}

TEST_CASE("a poll that nobody waits for any more is ended, and the next one is another") {
    job_fixture t(with_statuses({"Completed"}));
    auto const job = t.start(quick());
    t.s.hold_next();
    waiting first(job);
    run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    first.stop.emit(cancellation_type::terminal);
    waiting second(job); // comes before the look has noticed
    CHECK(runs_out(t.io));
    CHECK(first.ended->error().code() == errc::cancelled);
    CHECK(second.ended->has_value());
    CHECK(job.state().failed_polls == 0);

    auto const other = t.start(quick());
    t.s.hold_next();
    waiting third(other);
    run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    third.stop.emit(cancellation_type::terminal);
    CHECK(runs_out(t.io)); // the look is not waited for
    CHECK(third.completed == 1);
    CHECK(other.state().polls == 0);
    CHECK_FALSE(other.state().last_failure);
}

TEST_CASE("dropping the last job ends the waits, and the export goes on") {
    job_fixture t;
    auto job = std::make_optional(t.start(asleep()));
    auto copy = job;
    waiting one(*job);
    std::optional<outcome> looked;
    SUBCASE("while nothing is under way") {}
    SUBCASE("while a poll is") {
        t.s.hold_next();
        job->async_poll([&](outcome r) { looked = std::move(r); });
        run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    }
    auto const polls = t.polls();
    job.reset();
    t.io.restart();
    t.io.poll();
    CHECK(one.completed == 0); // there is still a copy
    copy.reset();
    CHECK(runs_out(t.io));
    CHECK(one.ended->error().code() == errc::cancelled);
    if (polls != 0)
        CHECK(looked->error().code() == errc::cancelled);
    CHECK(t.polls() == polls);
    CHECK(t.requests("DELETE") == 0);
}

TEST_CASE("what was not begun when its job is dropped is cancelled") {
    job_fixture t;
    auto job = std::make_optional(t.start(quick()));
    auto wait = job->async_wait();
    auto poll = job->async_poll();
    job.reset();
    int cancelled = 0;
    auto const count = [&](outcome r) { cancelled += r.error().code() == errc::cancelled ? 1 : 0; };
    std::move(wait)(count);
    std::move(poll)(count);
    CHECK(runs_out(t.io));
    CHECK(cancelled == 2);
    CHECK(t.polls() == 0);
}

TEST_CASE("one poll now, whatever the state, without more to follow") {
    job_fixture t(with_statuses({"Processing", "Completed"}));
    auto const job = t.start(asleep());
    CHECK(t.poll(job)->status == report::export_status::processing);
    CHECK(t.poll(job)->status == report::export_status::completed);
    CHECK(t.poll(job)->url.has_value()); // another address
    CHECK(t.polls() == 3);
    CHECK(job.state().polls == 3);
    t.s.respond_next(response_override(404));
    CHECK(t.poll(job).error().code() == errc::not_found);
    CHECK(job.state().phase == loop::export_phase::completed);
    CHECK(t.wait(job).has_value());
}

TEST_CASE("a poll that is asked for shares the one that is under way") {
    job_fixture t(with_statuses({"Completed"}));
    auto const job = t.start(quick());
    t.s.hold_next();
    waiting one(job);
    run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    int answered = 0;
    asio::cancellation_signal stop;
    bool cancelled = false;
    job.async_poll([&](outcome r) { answered += r.has_value() ? 1 : 0; });
    job.async_poll([&](outcome r) { answered += r.has_value() ? 1 : 0; });
    job.async_poll(asio::bind_cancellation_slot(
        stop.slot(), [&](outcome r) { cancelled = r.error().code() == errc::cancelled; }));
    t.io.poll();
    stop.emit(cancellation_type::total);
    run_until(t.io, [&] { return cancelled; });
    CHECK(answered == 0);
    t.s.release();
    CHECK(runs_out(t.io));
    CHECK(answered == 2);
    CHECK(one.ended->has_value());
    CHECK(t.polls() == 1);
}

TEST_CASE("an answer to a poll that was asked for serves the waits too") {
    job_fixture t(with_statuses({"Completed"}));
    auto const job = t.start(asleep());
    waiting one(job);
    CHECK(t.poll(job).has_value());
    CHECK(one.ended->has_value());
    CHECK(t.polls() == 1);
}

} // TEST_SUITE("jobs/waits")
