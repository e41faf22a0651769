// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_REDIS_COMMANDS_IPP
#define INTHELOOP_FLEET_IMPL_REDIS_COMMANDS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/fleet/detail/redis_commands.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace intheloop::redis {

namespace detail {

// Redis names scripts by their SHA-1, which protects nothing here.
INTHELOOP_DECL std::string sha1_of(std::string const& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
        return {}; // then the text is sent each time
    return intheloop::detail::to_hexadecimal({reinterpret_cast<char const*>(digest.data()), size});
}

INTHELOOP_DECL error closed_error() {
    try {
        return error(errc::client_closed, "the connection to Redis was closed");
    } catch (std::bad_alloc const&) {
        return error(errc::client_closed, {});
    }
}

} // namespace detail

INTHELOOP_DECL script::script(std::string source)
    : text(std::move(source)), sha1(detail::sha1_of(text)) {}

INTHELOOP_DECL commands::commands(net::strand on, std::shared_ptr<target const> settings,
                                  std::function<void()> when_idle, std::function<void()> when_back)
    : link(std::move(on), std::move(settings)), when_idle_(std::move(when_idle)),
      when_back_(std::move(when_back)), timer_(runs_on()) {}

INTHELOOP_DECL void commands::run(std::vector<std::string> const& words, handler done, at_end end) {
    std::string bytes;
    append_command(bytes, {words.begin(), words.end()});
    run_bytes(std::move(bytes), std::move(done), end);
}

INTHELOOP_DECL void commands::run_script(script const& which, std::vector<std::string> keys,
                                         std::vector<std::string> arguments, handler done,
                                         at_end end) {
    std::vector<std::string> words{"EVALSHA", which.sha1, std::to_string(keys.size())};
    for (auto* const each : {&keys, &arguments})
        words.insert(words.end(), std::make_move_iterator(each->begin()),
                     std::make_move_iterator(each->end()));
    auto kept = std::make_shared<std::vector<std::string>>(std::move(words));
    auto load_and_run = [this, &which, kept, done = std::move(done),
                         end](std::optional<error> failure, reply&& got) {
        if (!failure || failure->service_code != "NOSCRIPT")
            return done(std::move(failure), std::move(got));
        (*kept)[0] = "EVAL"; // which loads it, too
        (*kept)[1] = which.text;
        run(*kept, done, end);
    };
    run(*kept, std::move(load_and_run), end);
}

INTHELOOP_DECL void commands::run_bytes(std::string bytes, handler done, at_end end) {
    auto const refuse = [&](error const& why) { done(why, reply()); };
    if (is_over_ && end != at_end::is_awaited)
        return refuse(detail::closed_error());
    if (queued_.size() + sent_.size() >= options().max_waiting)
        return refuse(error(errc::queue_full, "redis_options::max_waiting"));
    used_at_ = policy::clock::now();
    catch_up();
    if (now() == state::waiting)
        return refuse(failure());
    entry added{std::move(done), used_at_, end};
    if (now() == state::ready) {
        sent_.push_back(std::move(added)); // first: an answer belongs to the first that waits
        try {
            write(bytes);
        } catch (...) {
            sent_.pop_back();
            throw;
        }
    } else {
        added.bytes = std::move(bytes);
        queued_.push_back(std::move(added));
        try {
            want();
        } catch (std::bad_alloc const&) { // no timer may have been set that would end it
            return give_up();
        }
    }
    arm_or_give_up();
}

INTHELOOP_DECL void commands::on_ready() {
    fail_where(sent_, failure(), [](entry const&) { return true; }); // left over without memory
    while (!queued_.empty()) {
        sent_.splice(sent_.end(), queued_, queued_.begin());
        write(std::exchange(sent_.back().bytes, {}));
    }
    if (std::exchange(was_lost_, false) && when_back_)
        run_or_lose([&] { when_back_(); });
}

INTHELOOP_DECL void commands::on_answer(reply&& got) {
    if (sent_.empty())
        return drop(failed_at_peer(errc::unexpected_content, "it answered without being asked"));
    auto const done = std::move(sent_.front().done);
    sent_.pop_front();
    if (done)
        run_or_lose([&] { tell(done, std::move(got)); });
    close_if_done();
    arm_if_unused();
}

INTHELOOP_DECL void commands::tell(handler const& done, reply&& got) {
    if (!got.is(reply::kind::error))
        return done(std::nullopt, std::move(got));
    std::string const code = got.error_code();
    auto failed = failed_at_peer(errc::server_error, "it answered " + code);
    failed.service_code = code;
    failed.service_message = got.text;
    // It is no master any more. Redis 6 puts words of its own before the error within a script.
    bool const refuses_writes =
        code == "READONLY" || (code == "ERR" && got.text.find("-READONLY ") != got.text.npos);
    bool const is_demoted = refuses_writes || code == "MASTERDOWN" || code == "LOADING";
    done(failed, std::move(got));
    if (is_demoted && now() == state::ready)
        drop(std::move(failed));
}

INTHELOOP_DECL void commands::on_failed(error const& why) {
    was_lost_ = true;
    fail_all(why);
    close_if_done();
    arm_if_unused();
}

INTHELOOP_DECL void commands::note_use() {
    used_at_ = policy::clock::now();
    arm_or_give_up();
}

// Takes no memory, but for what a handler takes: one that has none is destroyed.
template <class Condition>
void commands::fail_where(std::list<entry>& some, error const& why, Condition is_meant) {
    std::list<entry> meant; // a handler may run others
    for (auto at = some.begin(); at != some.end();) {
        auto const one = at++;
        if (is_meant(*one))
            meant.splice(meant.end(), some, one);
    }
    for (entry const& each : meant)
        if (each.done)
            run_or_lose([&] { each.done(why, reply()); });
}

INTHELOOP_DECL void commands::fail_all(error const& why) {
    for (auto* const which : {&sent_, &queued_})
        fail_where(*which, why, [](entry const&) { return true; });
}

// Without memory for a timer, nothing would end the commands.
INTHELOOP_DECL void commands::give_up() {
    auto const kept = shared_from_this();
    close();
    fail_all(error(errc::out_of_memory, {}));
    if (when_idle_)
        when_idle_();
    close_if_done();
}

INTHELOOP_DECL void commands::shut_down() {
    auto const kept = shared_from_this();
    is_over_ = true;
    when_idle_ = when_back_ = nullptr;
    error const why = detail::closed_error();
    fail_where(queued_, why, [](entry const& each) { return each.end != at_end::is_awaited; });
    for (entry& each : sent_) // in their places: there may be an answer to each
        if (each.done && each.end != at_end::is_awaited)
            run_or_lose([&] { std::exchange(each.done, nullptr)(why, reply()); });
    close_if_done();
    arm_or_give_up();
}

INTHELOOP_DECL bool commands::is_awaited() const {
    auto const is = [](entry const& each) { return bool(each.done); };
    return std::any_of(sent_.begin(), sent_.end(), is) ||
           std::any_of(queued_.begin(), queued_.end(), is);
}

INTHELOOP_DECL void commands::close_if_done() {
    if (!is_over_ || is_awaited())
        return;
    auto const kept = shared_from_this();
    armed_for_ = policy::clock::time_point::max();
    timer_.cancel();
    close();
    sent_.clear();
}

// A connection whose oldest command has no answer for so long is given up: the peer may be gone.
INTHELOOP_DECL std::chrono::milliseconds commands::stall_limit() const {
    return std::max(options().command_timeout * 4, options().connect_timeout);
}

INTHELOOP_DECL void commands::arm() {
    if (is_over_ && !is_awaited())
        return;
    auto at = is_unused() ? policy::later(used_at_, options().idle_timeout)
                          : policy::clock::time_point::max();
    auto const consider = [&](entry const& each) {
        at = std::min(
            at, policy::later(each.begun, each.done ? options().command_timeout : stall_limit()));
    };
    // In their order: the first with a handler has the least time left.
    for (auto const* const which : {&sent_, &queued_}) {
        if (!which->empty())
            consider(which->front());
        auto const first = std::find_if(which->begin(), which->end(),
                                        [](entry const& each) { return bool(each.done); });
        if (first != which->end())
            consider(*first);
    }
    if (armed_for_ <= at)
        return; // looks again then
    armed_for_ = policy::clock::time_point::max();
    timer_.expires_at(at);
    auto due = [this, self = shared_from_this(), at](boost::system::error_code ec) {
        if (ec || armed_for_ != at)
            return;
        armed_for_ = policy::clock::time_point::max();
        try {
            on_time();
        } catch (std::bad_alloc const&) {
            give_up();
        }
    };
    timer_.async_wait(std::move(due));
    armed_for_ = at;
}

INTHELOOP_DECL void commands::arm_or_give_up() {
    try {
        arm();
    } catch (std::bad_alloc const&) {
        give_up();
    }
}

// While commands wait, the timer is theirs.
INTHELOOP_DECL void commands::arm_if_unused() {
    if (is_unused())
        arm_or_give_up();
}

INTHELOOP_DECL void commands::on_time() {
    auto const time = policy::clock::now();
    auto const is_late = [&](entry const& each) {
        return each.done && policy::later(each.begun, options().command_timeout) <= time;
    };
    auto const why = failed_at_peer(errc::deadline_exceeded, "no answer in time");
    std::vector<handler> late;
    for (auto const* const which : {&sent_, &queued_})
        late.reserve(late.capacity() + static_cast<std::size_t>(
                                           std::count_if(which->begin(), which->end(), is_late)));
    for (entry& each : sent_)
        if (is_late(each))
            late.push_back(std::exchange(each.done, nullptr));
    while (!queued_.empty() && is_late(queued_.front())) {
        late.push_back(std::move(queued_.front().done));
        queued_.pop_front();
    }
    if (!sent_.empty() && policy::later(sent_.front().begun, stall_limit()) <= time)
        run_or_lose([&] { abort(failed_at_peer(errc::stalled, "no answer")); });
    for (handler const& each : late)
        run_or_lose([&] { each(why, reply()); });
    close_if_done();
    if (is_over_)
        return arm();
    bool const is_idle = is_unused() && policy::later(used_at_, options().idle_timeout) <= time;
    if (!is_idle)
        return arm();
    close();
    if (when_idle_)
        when_idle_();
}

} // namespace intheloop::redis

#endif
