// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Equal exports that are one.
#include <jobs/fixture.hpp>
#include <support/full_disk.hpp>
#include <support/observed_dates.hpp>
#include <support/process.hpp>

#include <intheloop/jobs/export_journal.hpp>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

TEST_SUITE("jobs/sharing") {

using namespace fixture;
using asio::cancellation_type;
using loop::errc;
using loop::journal_advice;
using tests::full_disk;

namespace {

// A start, and how it ended.
struct starting_up {
    starting_up(loop::client& client, report::export_request const& request,
                loop::start_options const& how) {
        loop::async_start_export(client, request, how,
                                 asio::bind_cancellation_slot(stop.slot(), [this](auto r) {
                                     ended = std::move(r);
                                     ++completed;
                                 }));
    }
    starting_up(starting_up const&) = delete;
    starting_up& operator=(starting_up const&) = delete;

    asio::cancellation_signal stop;
    std::optional<loop::result<loop::export_job>> ended;
    int completed = 0;
};

struct shared_fixture : job_fixture {
    using job_fixture::job_fixture;

    starting_up& begin(report::export_request const& request = week()) {
        return all.emplace_back(*client, request, how);
    }

    loop::start_options how = [] {
        loop::start_options made = starting(asleep());
        made.shared = std::make_shared<loop::single_flight>();
        return made;
    }();
    std::list<starting_up> all;
};

struct journal_of_joiner : tests::scratch_directory {
    std::string const file = (path / "exports.journal").string();
    std::shared_ptr<loop::export_journal> const opened = loop::export_journal::open(file).value();

    // What the next run of the program would read if this one were killed now.
    std::vector<loop::journal_entry> left() const {
        std::filesystem::path const copy = path / "copy";
        std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing);
        return loop::export_journal::open(copy).value()->entries();
    }
};

} // namespace

TEST_CASE("equal starts at once are one export and one job") {
    shared_fixture t;
    for (int i = 0; i != 10; ++i)
        t.begin();
    CHECK(runs_out(t.io));
    CHECK(t.starts() == 1);
    for (starting_up const& one : t.all) {
        CHECK(one.completed == 1);
        CHECK(one.ended->value().id() == t.all.front().ended->value().id());
    }
    t.s.respond_next(answer(R"({"id": "x", "status": "Quantum"})"));
    CHECK(t.poll(**t.all.front().ended).has_value());
    CHECK(t.all.back().ended->value().state().status == "Quantum");
}

TEST_CASE("a start joins a job until that has ended or is dropped") {
    shared_fixture t(with_statuses({"Completed"}));
    t.begin();
    CHECK(runs_out(t.io));
    t.begin();
    CHECK(runs_out(t.io));
    CHECK(t.starts() == 1);
    CHECK(t.all.back().ended->value().id() == t.all.front().ended->value().id());
    SUBCASE("ended") {
        CHECK(t.poll(**t.all.front().ended).has_value());
    }
    SUBCASE("dropped") {
        t.all.clear();
    }
    CHECK(runs_out(t.io));
    t.begin();
    CHECK(runs_out(t.io));
    CHECK(t.starts() == 2);
    CHECK(t.all.back().ended->has_value());
}

TEST_CASE("a job takes starts as long as the service may know its export") {
    shared_fixture t;
    t.begin();
    CHECK(runs_out(t.io));
    std::size_t starts = 1;
    SUBCASE("it knows none") {
        t.s.respond_next(response_override(404, "{}"));
        starts = 2;
    }
    SUBCASE("it does not tell") {
        t.s.respond_next(response_override(403, "{}"));
    }
    CHECK_FALSE(t.poll(**t.all.front().ended));
    t.begin();
    CHECK(runs_out(t.io));
    CHECK(t.starts() == starts);
}

TEST_CASE("a start that joins another one has an entry in its own journal") {
    tests::scratch_directory files;
    auto const journal =
        loop::export_journal::open((files.path / "exports.journal").string()).value();
    shared_fixture t;
    bool fails = false;
    SUBCASE("while that is under way") {}
    SUBCASE("and fails") {
        fails = true;
        t.s.respond_next(response_override(503, "{}"));
    }
    bool is_there = false;
    SUBCASE("when its job is there") {
        is_there = true;
    }
    t.begin();
    if (is_there)
        CHECK(runs_out(t.io));
    t.how.journal = journal;
    t.begin();
    CHECK(runs_out(t.io));
    CHECK(t.starts() == 1);
    auto const entries = journal->entries();
    REQUIRE(entries.size() == 1);
    if (fails) {
        CHECK(entries[0].advice == loop::journal_advice::ask);
        return;
    }
    loop::export_job const own = **t.all.back().ended;
    CHECK(entries[0].advice == loop::journal_advice::resume);
    CHECK(entries[0].id == own.id());
    CHECK(entries[0].key == own.journal_key());
    CHECK((*t.all.front().ended)->journal_key().empty());
    t.all.clear(); // the others drop it
    CHECK(runs_out(t.io));
    CHECK(t.poll(own));
    t.begin(); // with the journal of the job that is there
    CHECK(runs_out(t.io));
    CHECK(t.starts() == 1);
}

TEST_CASE("a start that joins another one is noted in one step") {
    journal_of_joiner journal;
    shared_fixture t;
    journal_advice expected = journal_advice::resume;
    t.begin();
    SUBCASE("when its job is there") {
        CHECK(runs_out(t.io));
    }
    SUBCASE("while that is under way") {}
    SUBCASE("and fails") {
        t.s.respond_next(response_override(503, "{}"));
        expected = journal_advice::ask;
    }
    t.how.journal = journal.opened;
    int dates = 0;
    journal.opened->use_time(std::make_shared<tests::observed_dates>([&] {
        ++dates;
        CHECK(journal.left().empty());
    }));
    t.begin();
    CHECK(runs_out(t.io));
    CHECK(dates == 1);
    auto const left = journal.left();
    REQUIRE(left.size() == 1);
    CHECK(left[0].advice == expected);
    CHECK((left == journal.opened->entries()));
}

TEST_CASE("a full disk leaves no advice to start again what another start may have begun") {
    journal_of_joiner journal;
    shared_fixture t;
    bool fails = false;
    SUBCASE("and has begun") {
        t.begin();
        CHECK(runs_out(t.io));
    }
    SUBCASE("in an unclear way") {
        fails = true;
    }
    bool is_noted = false;
    for (std::size_t space = 0; !is_noted; space += 8) {
        CAPTURE(space);
        REQUIRE(space < 1000);
        if (fails) {
            t.s.respond_next(response_override(503, "{}"));
            t.how.journal.reset();
            t.begin();
        }
        t.how.journal = journal.opened;
        {
            full_disk const full(space);
            t.begin();
            CHECK(runs_out(t.io));
        }
        auto const& ended = *t.all.back().ended;
        auto const left = journal.left();
        is_noted = !left.empty();
        CHECK(ended.has_value() == (is_noted && !fails));
        if (fails)
            CHECK(ended.error().status == 503);
        if (is_noted)
            CHECK(left[0].advice == (fails ? journal_advice::ask : journal_advice::resume));
        else
            CHECK(contains(ended.error().detail, "File too large"));
    }
    CHECK(journal.opened->entries().size() == 1);
}

TEST_CASE("starts that join another one with one journal have one entry there") {
    journal_of_joiner journal;
    shared_fixture t;
    bool is_there = false, fails = false;
    t.begin();
    SUBCASE("when its job is there") {
        is_there = true;
        CHECK(runs_out(t.io));
    }
    SUBCASE("while that is under way") {}
    SUBCASE("and fails") {
        fails = true;
        t.s.respond_next(response_override(503, "{}"));
    }
    t.how.journal = journal.opened;
    for (int i = 0; i != 3; ++i) {
        t.begin();
        if (is_there)
            CHECK(runs_out(t.io));
    }
    CHECK(runs_out(t.io));
    CHECK(t.starts() == 1);
    auto const entries = journal.opened->entries();
    REQUIRE(entries.size() == 1);
    if (fails)
        return;
    for (auto one = std::next(t.all.begin()); one != t.all.end(); ++one)
        CHECK((*one->ended)->journal_key() == entries[0].key);
    // Once it is forgotten, the next one is noted anew.
    CHECK_FALSE(journal.opened->forget(entries[0].key));
    t.begin();
    CHECK(runs_out(t.io));
    auto const anew = journal.opened->entries();
    REQUIRE(anew.size() == 1);
    CHECK(anew[0].key != entries[0].key);
    CHECK(anew[0].key == (*t.all.back().ended)->journal_key());
}

TEST_CASE("a journal whose clock throws keeps no outcome from the others that joined") {
    journal_of_joiner journal;
    journal.opened->use_time(std::make_shared<tests::observed_dates>(
        [] { throw std::runtime_error("a text that nobody may see"); }));
    shared_fixture t;
    bool fails = false;
    SUBCASE("of a start that succeeds") {}
    SUBCASE("of a start that fails") {
        fails = true;
        t.s.respond_next(response_override(503, "{}"));
    }
    t.begin();
    t.how.journal = journal.opened;
    starting_up const& noted = t.begin();
    t.how.journal.reset();
    t.begin();
    CHECK(runs_out(t.io));
    CHECK(t.starts() == 1);
    for (starting_up const& one : t.all) {
        REQUIRE(one.completed == 1);
        bool const is_well = !fails && &one != &noted;
        CHECK(one.ended->has_value() == is_well);
        if (fails)
            CHECK(one.ended->error().status == 503);
    }
    auto const& told = noted.ended->error();
    CHECK_FALSE(contains(printed(told), "nobody may see"));
    if (fails)
        CHECK(contains(told.detail, "nor could the journal be written"));
    else
        CHECK(told.code() == errc::invalid_option);
}

TEST_CASE("a start that joins with a journal of its own gets what the answer says") {
    journal_of_joiner journal;
    shared_fixture t;
    t.begin();
    t.how.journal = journal.opened;
    t.begin();
    CHECK(runs_out(t.io));
    auto const& first = *t.all.front().ended;
    auto const& own = *t.all.back().ended;
    CHECK(own.status() == 200);
    CHECK_FALSE(own.request_id().empty());
    CHECK(own.request_id() == first.request_id());
}

TEST_CASE("equal starts with one journal have one entry") {
    tests::scratch_directory files;
    shared_fixture t;
    t.how.journal = loop::export_journal::open((files.path / "exports.journal").string()).value();
    t.begin();
    t.begin();
    CHECK(runs_out(t.io));
    t.begin();
    CHECK(runs_out(t.io));
    CHECK(t.starts() == 1);
    auto const entries = t.how.journal->entries();
    REQUIRE(entries.size() == 1);
    for (starting_up const& one : t.all)
        CHECK((*one.ended)->journal_key() == entries[0].key);
}

TEST_CASE("what differs is not shared") {
    shared_fixture t;
    t.begin();
    auto other_week = week();
    other_week.timezone = "Europe/Ljubljana";
    t.begin(other_week);
    t.how.call.impersonate_user = "user_1";
    t.begin();
    t.how.call.impersonate_user = "user_2";
    t.begin();
    for (auto const* const tenant : {"1", "2"}) { // whose data it is may depend on it
        t.how.call.headers.clear();
        t.how.call.headers.append("X-Tenant", tenant);
        t.begin();
        t.begin();
    }
    t.how.call.headers.clear();
    loop::client other(t.io.get_executor(), options_for(t.s)); // it may have another token
    starting_up there(other, week(), t.how);
    CHECK(runs_out(t.io));
    t.how.shared = nullptr;
    t.begin();
    CHECK(runs_out(t.io));
    CHECK(t.starts() == 8);
    for (starting_up const& one : t.all)
        CHECK(one.ended->has_value());
    CHECK(there.ended->has_value());
}

TEST_CASE("a start with another verb is another one") {
    static constexpr loop::endpoint<loop::verb::put, "/api/v1/report/export",
                                    report::export_request, report::export_result>
        put_export{};
    shared_fixture t;
    t.s.on(put_export, [](report::export_request const&) {
        report::export_result made;
        made.id = "of_the_put";
        return made;
    });
    t.begin();
    std::optional<loop::result<loop::export_job>> put;
    loop::async_start_export(*t.client, put_export, week(), t.how,
                             [&](auto r) { put = std::move(r); });
    CHECK(runs_out(t.io));
    REQUIRE(put);
    CHECK(put->value().id() == "of_the_put");
    CHECK(t.all.front().ended->value().id() != "of_the_put");
}

TEST_CASE("if the start fails, all that joined are told, and the next one tries anew") {
    shared_fixture t;
    t.s.respond_next(response_override(503));
    for (int i = 0; i != 3; ++i)
        t.begin();
    CHECK(runs_out(t.io));
    CHECK(t.starts() == 1);
    for (starting_up const& one : t.all) {
        REQUIRE_FALSE(*one.ended);
        CHECK(one.ended->error().status == 503);
    }
    t.begin();
    CHECK(runs_out(t.io));
    CHECK(t.all.back().ended->has_value());
    CHECK(t.starts() == 2);
}

TEST_CASE("a start that can't be sent is not shared") {
    shared_fixture t;
    report::export_request backwards = week();
    std::swap(backwards.start, backwards.end);
    t.begin(backwards);
    t.begin(backwards);
    CHECK(runs_out(t.io));
    for (starting_up const& one : t.all)
        CHECK(one.ended->error().code() == errc::invalid_request);
    CHECK(t.starts() == 0);
}

TEST_CASE("one that is cancelled leaves the others; with the last one the call ends") {
    shared_fixture t;
    t.s.hold_next();
    starting_up& first = t.begin();
    starting_up& second = t.begin();
    run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    first.stop.emit(cancellation_type::total);
    run_until(t.io, [&] { return first.completed == 1; });
    CHECK(first.ended->error().code() == errc::cancelled);
    CHECK(first.ended->error().progress == loop::request_progress::partly_sent);
    CHECK(second.completed == 0);
    SUBCASE("the others go on") {
        t.s.release();
        CHECK(runs_out(t.io));
        CHECK(second.ended->has_value());
        CHECK(t.starts() == 1);
    }
    SUBCASE("all are cancelled, and another one begins anew") {
        second.stop.emit(cancellation_type::terminal);
        second.stop.emit(cancellation_type::terminal);
        t.io.poll();
        starting_up& third = t.begin();
        CHECK(runs_out(t.io));
        CHECK(second.completed == 1);
        CHECK(second.ended->error().code() == errc::cancelled);
        CHECK(second.ended->error().progress == loop::request_progress::sent);
        CHECK(third.ended->has_value());
        CHECK(t.starts() == 2);
    }
    CHECK(first.completed == 1);
}

} // TEST_SUITE("jobs/sharing")
