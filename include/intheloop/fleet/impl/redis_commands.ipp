// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_REDIS_COMMANDS_IPP
#define INTHELOOP_FLEET_IMPL_REDIS_COMMANDS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/fleet/detail/redis_commands.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
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

} // namespace detail

INTHELOOP_DECL script::script(std::string source)
    : text(std::move(source)), sha1(detail::sha1_of(text)) {}

INTHELOOP_DECL commands::commands(net::strand on, std::shared_ptr<target const> settings,
                                  std::function<void()> when_idle)
    : link(std::move(on), std::move(settings)), when_idle_(std::move(when_idle)),
      timer_(runs_on()) {}

INTHELOOP_DECL void commands::run(std::vector<std::string> const& words, handler done) {
    std::string bytes;
    append_command(bytes, {words.begin(), words.end()});
    run_bytes(std::move(bytes), std::move(done));
}

INTHELOOP_DECL void commands::run_script(script const& which, std::vector<std::string> keys,
                                         std::vector<std::string> arguments, handler done) {
    std::vector<std::string> words{"EVALSHA", which.sha1, std::to_string(keys.size())};
    for (auto* const each : {&keys, &arguments})
        words.insert(words.end(), std::make_move_iterator(each->begin()),
                     std::make_move_iterator(each->end()));
    auto kept = std::make_shared<std::vector<std::string>>(std::move(words));
    run(*kept,
        [this, &which, kept, done = std::move(done)](std::optional<error> failure, reply&& got) {
            if (!failure || failure->service_code != "NOSCRIPT")
                return done(std::move(failure), std::move(got));
            (*kept)[0] = "EVAL"; // which loads it, too
            (*kept)[1] = which.text;
            run(*kept, done);
        });
}

INTHELOOP_DECL void commands::run_bytes(std::string bytes, handler done) {
    auto const refuse = [&](error const& why) { done(why, reply()); };
    if (is_over_)
        return refuse(error(errc::client_closed, "the connection to Redis was closed"));
    if (queued_.size() + sent_.size() >= options().max_waiting)
        return refuse(error(errc::queue_full, "redis_options::max_waiting"));
    used_at_ = policy::clock::now();
    if (now() == state::waiting)
        return refuse(failure());
    entry added{std::move(done), used_at_, {}};
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
        want();
    }
    arm();
}

INTHELOOP_DECL void commands::on_ready() {
    for (; !queued_.empty(); queued_.pop_front()) {
        sent_.push_back(std::move(queued_.front()));
        write(std::exchange(sent_.back().bytes, {}));
    }
}

INTHELOOP_DECL void commands::on_answer(reply&& got) {
    if (sent_.empty())
        return drop(failed_at_peer(errc::unexpected_content, "it answered without being asked"));
    auto const done = std::move(sent_.front().done);
    sent_.pop_front();
    if (!done)
        return;
    if (!got.is(reply::kind::error))
        return done(std::nullopt, std::move(got));
    std::string const code = got.error_code();
    auto failed = failed_at_peer(errc::server_error, "it answered " + code);
    failed.service_code = code;
    failed.service_message = got.text;
    // It is no master any more.
    bool const is_demoted = code == "READONLY" || code == "MASTERDOWN" || code == "LOADING";
    done(failed, std::move(got));
    if (is_demoted && now() == state::ready)
        drop(std::move(failed));
}

INTHELOOP_DECL void commands::on_failed(error const& why) {
    fail_all(why);
}

INTHELOOP_DECL void commands::note_use() {
    used_at_ = policy::clock::now();
    arm();
}

INTHELOOP_DECL void commands::fail_all(error const& why) {
    for (auto* const which : {&sent_, &queued_})
        for (entry& each : std::exchange(*which, {}))
            if (each.done)
                each.done(why, reply());
}

INTHELOOP_DECL void commands::shut_down() {
    auto const kept = shared_from_this();
    is_over_ = true;
    when_idle_ = nullptr;
    armed_for_ = policy::clock::time_point::max();
    timer_.cancel();
    close();
    fail_all(error(errc::client_closed, "the connection to Redis was closed"));
}

// A connection whose oldest command has no answer for so long is given up: the peer may be gone.
INTHELOOP_DECL std::chrono::milliseconds commands::stall_limit() const {
    return std::max(options().command_timeout * 4, options().connect_timeout);
}

INTHELOOP_DECL void commands::arm() {
    if (is_over_)
        return;
    auto at = policy::later(used_at_, options().idle_timeout);
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
    armed_for_ = at;
    timer_.expires_at(at);
    auto due = [this, self = shared_from_this(), at](boost::system::error_code ec) {
        if (ec || armed_for_ != at)
            return;
        armed_for_ = policy::clock::time_point::max();
        on_time();
    };
    timer_.async_wait(std::move(due));
}

INTHELOOP_DECL void commands::on_time() {
    auto const time = policy::clock::now();
    auto const is_late = [&](entry const& each) {
        return each.done && policy::later(each.begun, options().command_timeout) <= time;
    };
    std::vector<handler> late;
    for (entry& each : sent_)
        if (is_late(each))
            late.push_back(std::exchange(each.done, nullptr));
    while (!queued_.empty() && is_late(queued_.front())) {
        late.push_back(std::move(queued_.front().done));
        queued_.pop_front();
    }
    auto const why = failed_at_peer(errc::deadline_exceeded, "no answer in time");
    if (!sent_.empty() && policy::later(sent_.front().begun, stall_limit()) <= time)
        drop(failed_at_peer(errc::stalled, "no answer"));
    for (handler const& each : late)
        each(why, reply());
    if (is_over_)
        return;
    bool const is_idle =
        queued_.empty() && sent_.empty() && policy::later(used_at_, options().idle_timeout) <= time;
    if (!is_idle)
        return arm();
    close();
    if (when_idle_)
        when_idle_();
}

} // namespace intheloop::redis

#endif
