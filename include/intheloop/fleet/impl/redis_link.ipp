// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_REDIS_LINK_IPP
#define INTHELOOP_FLEET_IMPL_REDIS_LINK_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/url.hpp>
#include <intheloop/fleet/detail/redis_link.hpp>

#include <openssl/crypto.h>

#include <charconv>
#include <utility>

namespace intheloop::redis {

inline constexpr unsigned oldest_version = 6;

namespace detail {

// Returns the major version of "7.0.15".
INTHELOOP_DECL std::optional<unsigned> major_version(std::string_view text) {
    unsigned number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc() || end == text.data() + text.size() || *end != '.')
        return std::nullopt;
    return number;
}

} // namespace detail

INTHELOOP_DECL link::link(net::strand on, std::shared_ptr<target const> settings)
    : on_(std::move(on)), settings_(std::move(settings)),
      random_(intheloop::detail::next_seed(nullptr)),
      plan_(settings_->options.first_pause, settings_->options.longest_pause), timer_(on_) {}

INTHELOOP_DECL link::~link() {
    if (stream_)
        stream_->close();
}

INTHELOOP_DECL void link::want() {
    if (state_ != state::closed)
        return;
    tried_ = 0;
    open_next();
}

INTHELOOP_DECL void link::close() {
    state_ = state::closed;
    stop_timer();
    if (stream_)
        std::exchange(stream_, nullptr)->close();
}

INTHELOOP_DECL void link::drop(error why) {
    if (stream_)
        std::exchange(stream_, nullptr)->close();
    on_end(std::move(why));
}

INTHELOOP_DECL void link::abort(error why) {
    if (stream_)
        std::exchange(stream_, nullptr)->abort();
    on_end(std::move(why));
}

INTHELOOP_DECL error link::failed_at_peer(errc code, std::string const& why) const {
    return error(code, (stream_ ? name_of(stream_->peer()) + ": " : "") + why);
}

INTHELOOP_DECL void link::start_timer(std::chrono::milliseconds after) {
    due_at_ = policy::later(policy::clock::now(), after);
    timer_is_set_ = false; // should there be no memory
    timer_.expires_at(due_at_);
    auto due = [self = shared_from_this(), round = ++timer_round_](boost::system::error_code ec) {
        if (ec || round != self->timer_round_)
            return;
        self->timer_is_set_ = false;
        run_or_lose([&] { self->on_due(); });
    };
    timer_.async_wait(std::move(due));
    timer_is_set_ = true;
}

INTHELOOP_DECL void link::stop_timer() {
    due_at_ = policy::clock::time_point::max();
    ++timer_round_;
    timer_.cancel();
}

INTHELOOP_DECL void link::catch_up() {
    if (!timer_is_set_ && policy::clock::now() >= due_at_)
        on_due();
}

INTHELOOP_DECL void link::on_due() {
    if (state_ == state::waiting) {
        state_ = state::closed;
        want();
    } else if (state_ == state::opening) {
        abort(failed_at_peer(errc::connect_timed_out, "it does not answer"));
    }
}

INTHELOOP_DECL void link::open_next() {
    state_ = state::opening;
    auto const& hosts = settings_->hosts;
    step_ = !settings_->uses_sentinel()                    ? step::hello
            : settings_->options.sentinel_password.empty() ? step::sentinel_address
                                                           : step::sentinel_login;
    open(hosts[next_host_ % hosts.size()]);
}

// A Sentinel and its master have the same time each, for opening and for greeting.
INTHELOOP_DECL void link::open(net::origin const& peer) {
    start_timer(settings_->options.connect_timeout * 2);
    if (stream_)
        stream_->close();
    stream_ = std::make_shared<stream>(on_, settings_, peer, *this);
    stream_->open();
}

INTHELOOP_DECL void link::on_open() {
    ask(step_);
}

// Asks one thing after the other, so that an answer tells what it is about.
INTHELOOP_DECL void link::ask(step next) {
    auto const& options = settings_->options;
    step_ = next;
    std::string bytes;
    switch (next) {
    case step::sentinel_login:
        if (options.sentinel_user.empty())
            append_command(bytes, {"AUTH", options.sentinel_password.reveal()});
        else
            append_command(bytes,
                           {"AUTH", options.sentinel_user, options.sentinel_password.reveal()});
        break;
    case step::sentinel_address:
        append_command(bytes, {"SENTINEL", "get-master-addr-by-name", options.sentinel_master});
        break;
    case step::hello:
        if (settings_->password.empty())
            append_command(bytes, {"HELLO", "2", "SETNAME", "intheloop"});
        else
            append_command(bytes, {"HELLO", "2", "AUTH",
                                   settings_->user.empty() ? "default" : settings_->user,
                                   settings_->password.reveal(), "SETNAME", "intheloop"});
        break;
    case step::database:
        append_command(bytes, {"SELECT", std::to_string(settings_->database)});
        break;
    case step::done: break;
    }
    stream_->write(bytes);
    OPENSSL_cleanse(bytes.data(), bytes.size());
}

INTHELOOP_DECL void link::on_reply(reply&& got) {
    if (state_ == state::ready)
        return on_answer(std::move(got));
    on_greeted(got);
}

// Tells the kind of an error only: its text may repeat a password.
INTHELOOP_DECL error link::refusal(reply const& got, std::string const& asked_for) const {
    if (!got.is(reply::kind::error))
        return failed_at_peer(errc::unexpected_content,
                              "its answer to " + asked_for + " has another shape than Redis' one");
    std::string const code = got.error_code();
    if (code == "WRONGPASS")
        return failed_at_peer(errc::invalid_option, "it refuses the user or the password");
    if (code == "NOAUTH")
        return failed_at_peer(errc::invalid_option, "it asks for a password");
    if (code == "NOPERM")
        return failed_at_peer(errc::invalid_option,
                              "the user may not run " + asked_for + " (NOPERM)");
    return failed_at_peer(errc::connect_failed, "it answered " + code + " to " + asked_for);
}

INTHELOOP_DECL std::optional<error> link::problem_of_hello(reply const& got) const {
    std::string_view version, role;
    for (std::size_t i = 0; i + 1 < got.items.size(); i += 2)
        if (got.items[i].text == "version")
            version = got.items[i + 1].text;
        else if (got.items[i].text == "role")
            role = got.items[i + 1].text;
    auto const major = detail::major_version(version);
    if (!major || role.empty())
        return failed_at_peer(errc::unexpected_content,
                              "its answer to HELLO has another shape than Redis' one");
    if (*major < oldest_version)
        return failed_at_peer(errc::invalid_option,
                              "its version is too old: 6.0 or later is needed");
    if (role != "master")
        return failed_at_peer(errc::connect_failed, "it is no master");
    return std::nullopt;
}

INTHELOOP_DECL void link::on_greeted(reply const& got) {
    using kind = reply::kind;
    switch (step_) {
    case step::sentinel_login:
        if (!got.is(kind::status))
            return drop(refusal(got, "AUTH"));
        return ask(step::sentinel_address);
    case step::sentinel_address: {
        if (got.is(kind::nil))
            return drop(failed_at_peer(errc::invalid_option,
                                       "this Sentinel knows no master of the name "
                                       "redis_options::sentinel_master"));
        codec::url_authority parts;
        std::string problem;
        if (!got.is(kind::array) || got.items.size() != 2 || !got.items[0].is(kind::text) ||
            !codec::parse_authority(net::bracketed(got.items[0].text) + ':' + got.items[1].text,
                                    parts, problem))
            return drop(refusal(got, "SENTINEL"));
        net::origin master;
        master.secure = stream_->peer().secure;
        master.host = std::move(parts.host);
        master.port = std::to_string(parts.port);
        step_ = step::hello;
        return open(master);
    }
    case step::hello:
        if (got.is(kind::error) && got.error_code() == "ERR")
            return drop(failed_at_peer(errc::invalid_option,
                                       "it does not know HELLO, so it is too old: 6.0 or later is "
                                       "needed"));
        if (!got.is(kind::array))
            return drop(refusal(got, "HELLO"));
        if (auto problem = problem_of_hello(got))
            return drop(std::move(*problem));
        if (settings_->database != 0)
            return ask(step::database);
        break;
    case step::database:
        if (!got.is(kind::status))
            return drop(got.is(kind::error) && got.error_code() == "ERR"
                            ? failed_at_peer(errc::invalid_option, "it has no such database")
                            : refusal(got, "SELECT"));
        break;
    case step::done: break;
    }
    step_ = step::done;
    state_ = state::ready;
    stop_timer();
    plan_.opened(policy::clock::now());
    on_ready();
}

INTHELOOP_DECL void link::on_end(error&& why) {
    bool const was_ready = state_ == state::ready;
    stream_.reset();
    // A host that can't be used hides no other one that may be back soon.
    if (was_ready || tried_ == 0 || why.code() != errc::invalid_option)
        failure_ = std::move(why);
    ++next_host_;
    tried_ = was_ready ? 0 : tried_ + 1;
    if (!was_ready && tried_ < settings_->hosts.size())
        return open_next();
    state_ = state::waiting;
    tried_ = 0;
    auto const pause = plan_.failed(policy::clock::now(), random_.next_share());
    due_at_ = policy::later(policy::clock::now(), pause);
    timer_is_set_ = false;
    auto const told = failure_; // it may be opened again meanwhile
    on_failed(told);
    if (state_ == state::waiting)
        start_timer(pause);
}

} // namespace intheloop::redis

#endif
