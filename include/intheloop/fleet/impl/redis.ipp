// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_REDIS_IPP
#define INTHELOOP_FLEET_IMPL_REDIS_IPP

#include <intheloop/base/detail/whole_number.hpp>
#include <intheloop/fleet/detail/redis_engine.hpp>
#include <intheloop/fleet/redis.hpp>
#include <intheloop/net/detail/blocked_signals.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <system_error>
#include <utility>

namespace intheloop::redis {

// The thread takes no signal of the program, and goes on after a handler that threw (for want of
// memory: there is no other reason).
INTHELOOP_DECL own_thread::own_thread()
    : context_(std::make_shared<boost::asio::io_context>(1)), work_(context_->get_executor()) {
    net::detail::blocked_signals const blocked;
    try {
        thread_ = std::thread([context = context_] {
            for (bool is_done = false; !is_done;)
                try {
                    context->run();
                    is_done = true;
                } catch (std::exception const&) {
                }
        });
    } catch (std::system_error const&) {
        throw exception(error(errc::out_of_memory, "no thread could be started for Redis"));
    }
}

INTHELOOP_DECL own_thread::~own_thread() {
    work_.reset();
    if (thread_.get_id() == std::this_thread::get_id())
        thread_.detach(); // destroyed by a handler; the context ends with the thread
    else
        thread_.join();
}

namespace detail {

// Reads "1500 0".
INTHELOOP_DECL bool read_notice(std::string_view text, fleet_notice& out) {
    std::array<long long, 2> numbers{};
    for (long long& each : numbers) {
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), each);
        if (ec != std::errc() || each < 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (text.starts_with(' '))
            text.remove_prefix(1);
    }
    out.paused = std::chrono::milliseconds(numbers[0]);
    out.refused = std::chrono::milliseconds(numbers[1]);
    return text.empty();
}

// Reads an answer that is an array of so many numbers as texts, none below 0.
template <std::size_t Size>
std::optional<std::array<double, Size>> read_numbers(reply const& got) {
    std::array<double, Size> numbers{};
    if (!got.is(reply::kind::array) || got.items.size() != Size)
        return std::nullopt;
    for (std::size_t i = 0; i != Size; ++i) {
        auto const number = intheloop::detail::whole_number<double>(got.items[i].text);
        if (!number || !(*number >= 0) || *number > 1e18)
            return std::nullopt;
        numbers[i] = *number;
    }
    return numbers;
}

// Reads the answer to a claim of a start. Returns whether it has the right shape.
INTHELOOP_DECL bool read_start(reply const& got, fleet_start_answer& out) {
    if (!got.is(reply::kind::array) || got.items.size() != 6)
        return false;
    std::array<std::uint64_t, 3> numbers{};
    constexpr std::array<std::size_t, 3> places{0, 4, 5};
    for (std::size_t i = 0; i != places.size(); ++i) {
        auto const number =
            intheloop::detail::whole_number<std::uint64_t>(got.items[places[i]].text);
        if (!number || *number >> 62 != 0)
            return false;
        numbers[i] = *number;
    }
    out.fence = numbers[0];
    out.free_in = std::chrono::milliseconds(numbers[1]);
    out.age = std::chrono::milliseconds(numbers[2]);
    out.id = got.items[2].text;
    out.idempotency_key = got.items[3].text;
    // It goes into the head of a request.
    auto const is_visible = [](char each) { return each > ' ' && each <= '~'; };
    if (out.idempotency_key.size() > 255 ||
        !std::all_of(out.idempotency_key.begin(), out.idempotency_key.end(), is_visible))
        return false;
    for (auto const each : {journal_advice::resume, journal_advice::start_again,
                            journal_advice::ask, journal_advice::repeat})
        if (got.items[1].text == to_string(each)) {
            out.advice = each;
            return true;
        }
    return false;
}

INTHELOOP_DECL error wrong_shape(char const* script) {
    return error(errc::unexpected_content,
                 std::string("Redis: the answer of the script ") + script + " has another shape");
}

INTHELOOP_DECL std::chrono::milliseconds milliseconds_of(double number) {
    return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(number));
}

INTHELOOP_DECL std::string life_text(std::chrono::milliseconds time) {
    return std::to_string(
        std::clamp(time, std::chrono::milliseconds(0), policy::longest_timeout).count());
}

// 17 digits are a double again.
INTHELOOP_DECL std::string number_text(double number) {
    std::array<char, 32> text{};
    auto const [end, ec] = std::to_chars(text.data(), text.data() + text.size(), number,
                                         std::chars_format::general, 17);
    return {text.data(), end};
}

template <class Handler>
commands::handler done_of(Handler handler) {
    return [kept = std::make_shared<Handler>(std::move(handler))](
               std::optional<error> failure, reply&&) { std::move (*kept)(std::move(failure)); };
}

} // namespace detail

INTHELOOP_DECL void listeners::tell(std::string const& channel, std::string const& message) {
    auto const found = all_.find(channel);
    fleet_notice notice;
    if (found != all_.end() && detail::read_notice(message, notice))
        found->second.tell(std::move(notice));
}

INTHELOOP_DECL void listeners::tell_back() {
    auto const all = all_; // a listener may add others
    for (auto const& [channel, each] : all)
        each.tell({});
}

INTHELOOP_DECL void listeners::heard::tell(fleet_notice notice) const {
    notice.group = group;
    auto const all = told; // a listener may add others
    for (auto const& each : all)
        if (auto const alive = each.lock())
            (*alive)(notice);
}

INTHELOOP_DECL std::vector<std::string> listeners::take_unused() {
    std::vector<std::string> unused;
    for (auto at = all_.begin(); at != all_.end();) {
        std::erase_if(at->second.told, [](auto const& each) { return each.expired(); });
        if (at->second.told.empty()) {
            unused.push_back(at->first);
            at = all_.erase(at);
        } else {
            ++at;
        }
    }
    return unused;
}

} // namespace intheloop::redis

namespace intheloop::detail {

INTHELOOP_DECL redis_engine::redis_engine(std::optional<boost::asio::any_io_executor> executor,
                                          redis_options const& how)
    : prefix(how.prefix), listeners(std::make_shared<redis::listeners>()),
      connection(
          executor ? std::move(*executor) : thread.emplace().executor(), how,
          [told = listeners](std::string const& channel, std::string const& message) {
              told->tell(channel, message);
          },
          [told = listeners] { told->tell_back(); }) {}

} // namespace intheloop::detail

namespace intheloop {

INTHELOOP_DECL redis_fleet::redis_fleet(fleet_options chosen, redis_options const& how)
    : fleet(std::move(chosen)), engine_(std::make_unique<detail::redis_engine>(std::nullopt, how)) {
}

INTHELOOP_DECL redis_fleet::redis_fleet(boost::asio::any_io_executor executor, fleet_options chosen,
                                        redis_options const& how)
    : fleet(std::move(chosen)),
      engine_(std::make_unique<detail::redis_engine>(std::move(executor), how)) {}

INTHELOOP_DECL redis_fleet::~redis_fleet() = default;

INTHELOOP_DECL void redis_fleet::async_claim(fleet_claim claim, grant_handler handler) {
    using redis::detail::number_text;
    auto const names = engine_->names(claim.group);
    std::vector<std::string> keys;
    for (char const* const each : {"members", "ends", "state", "known", "paused", "refused"})
        keys.push_back(names.of(each));
    std::vector<std::string> arguments{claim.member};
    for (double const each :
         {claim.limits.rate, claim.limits.in_flight, claim.wanted.rate, claim.wanted.in_flight,
          claim.held.rate, claim.held.in_flight, claim.safe.rate, claim.safe.in_flight,
          claim.weight, static_cast<double>(claim.lease.count()),
          static_cast<double>(options.refusal.count())})
        arguments.push_back(number_text(each));
    auto done = [kept = std::make_shared<grant_handler>(std::move(handler)),
                 group = claim.group](std::optional<error> failure, redis::reply&& got) {
        fleet_grant grant;
        grant.group = group;
        if (!failure) {
            auto const numbers = redis::detail::read_numbers<7>(got);
            if (!numbers)
                failure = redis::detail::wrong_shape("claim");
            else {
                auto const& n = *numbers;
                grant.share.rate = n[0];
                grant.share.in_flight = n[1];
                grant.lease = redis::detail::milliseconds_of(n[2]);
                grant.members = static_cast<std::uint64_t>(n[3]);
                grant.paused = redis::detail::milliseconds_of(n[4]);
                grant.refused = redis::detail::milliseconds_of(n[5]);
            }
        }
        std::move (*kept)(std::move(failure), std::move(grant));
    };
    engine_->connection.async_script(redis::scripts::all().claim, std::move(keys),
                                     std::move(arguments), std::move(done));
}

INTHELOOP_DECL void redis_fleet::async_leave(std::string group, std::string member,
                                             done_handler handler) {
    auto const names = engine_->names(group);
    engine_->connection.async_script(
        redis::scripts::all().leave, {names.of("members"), names.of("ends"), names.of("state")},
        {std::move(member)}, redis::detail::done_of(std::move(handler)), redis::at_end::is_awaited);
}

INTHELOOP_DECL void redis_fleet::async_tell(fleet_notice notice, done_handler handler) {
    auto const names = engine_->names(notice.group);
    engine_->connection.async_script(
        redis::scripts::all().tell, {names.of("paused"), names.of("refused")},
        {redis::detail::life_text(notice.paused), redis::detail::life_text(notice.refused),
         names.channel(), redis::detail::life_text(options.refusal)},
        redis::detail::done_of(std::move(handler)), redis::at_end::is_awaited);
}

INTHELOOP_DECL void redis_fleet::async_lock(std::string name, std::chrono::milliseconds time_limit,
                                            lock_handler handler) {
    auto const names = engine_->names(name);
    auto const limit =
        std::clamp(time_limit, std::chrono::milliseconds(1), policy::longest_timeout);
    auto done = [kept = std::make_shared<lock_handler>(std::move(handler))](
                    std::optional<error> failure, redis::reply&& got) {
        std::uint64_t fence = 0;
        std::chrono::milliseconds free_in{0};
        if (!failure) {
            auto const numbers = redis::detail::read_numbers<2>(got);
            if (!numbers)
                failure = redis::detail::wrong_shape("lock");
            else {
                fence = static_cast<std::uint64_t>((*numbers)[0]);
                free_in = redis::detail::milliseconds_of((*numbers)[1]);
            }
        }
        std::move (*kept)(std::move(failure), fence, free_in);
    };
    engine_->connection.async_script(redis::scripts::all().lock,
                                     {names.of("lock"), names.of("fence")},
                                     {std::to_string(limit.count())}, std::move(done));
}

INTHELOOP_DECL void redis_fleet::async_unlock(std::string name, std::uint64_t fence,
                                              done_handler handler) {
    engine_->connection.async_script(
        redis::scripts::all().unlock, {engine_->names(name).of("lock")}, {std::to_string(fence)},
        redis::detail::done_of(std::move(handler)), redis::at_end::is_awaited);
}

INTHELOOP_DECL void redis_fleet::listen(std::string group, std::weak_ptr<listener const> told) {
    std::string channel = engine_->names(group).channel();
    auto add = [known = engine_->listeners, channel, group = std::move(group),
                told = std::move(told)]() mutable {
        known->add(channel, std::move(group), std::move(told));
        return known->take_unused();
    };
    engine_->connection.subscribe(std::move(channel), std::move(add));
}

INTHELOOP_DECL void redis_fleet::async_claim_start(fleet_start_claim claim, start_handler handler) {
    auto const names = engine_->names(claim.name);
    auto done = [kept = std::make_shared<start_handler>(std::move(handler))](
                    std::optional<error> failure, redis::reply&& got) {
        fleet_start_answer answer;
        if (!failure && !redis::detail::read_start(got, answer))
            failure = redis::detail::wrong_shape("claim_start");
        std::move (*kept)(std::move(failure), std::move(answer));
    };
    engine_->connection.async_script(redis::scripts::all().claim_start,
                                     {names.of("start"), names.of("fence")},
                                     {std::move(claim.starter), claim.takes_unclear ? "1" : "0",
                                      redis::detail::life_text(claim.lease)},
                                     std::move(done));
}

INTHELOOP_DECL void redis_fleet::async_note_start(fleet_start_note note, note_handler handler) {
    auto const names = engine_->names(note.name);
    // A renewal is of no use to others then.
    auto const end = note.lease.count() == 0 ? redis::at_end::is_awaited : redis::at_end::fails;
    auto done = [kept = std::make_shared<note_handler>(std::move(handler))](
                    std::optional<error> failure, redis::reply&& got) {
        bool const is_current = got.text == "1";
        if (!failure && !is_current && got.text != "0")
            failure = redis::detail::wrong_shape("note_start");
        std::move (*kept)(std::move(failure), is_current);
    };
    engine_->connection.async_script(
        redis::scripts::all().note_start, {names.of("start"), names.of("fence")},
        {std::to_string(note.fence), std::string(to_string(note.advice)), std::move(note.id),
         std::move(note.idempotency_key), redis::detail::life_text(note.lease),
         redis::detail::life_text(note.life), names.channel()},
        std::move(done), end);
}

INTHELOOP_DECL void redis_fleet::async_check(done_handler handler) {
    engine_->connection.async_command({"PING"}, redis::detail::done_of(std::move(handler)));
}

} // namespace intheloop

#endif
