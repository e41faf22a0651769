// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_START_FLEET_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_START_FLEET_IPP

// The way of a start that a fleet shares.

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/client/detail/option_checks.hpp>
#include <intheloop/jobs/detail/export_start.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL bool export_start::is_shared_by_fleet() const {
    return prepared_.options.shared && settings_->options.fleet && !prepared_.call.refused &&
           prepared_.call.has_credentials;
}

INTHELOOP_DECL std::string export_start::name_in_fleet(client_core const& client) const {
    std::string text = "start of an export\n";
    text += settings_->base.origin.text() + settings_->base.target + '\n';
    // A text of the program's own may have lines.
    text += std::to_string(key_.audience.size()) + ' ' + key_.audience + '\n';
    for (std::string const* const part : {&key_.user, &key_.request})
        (text += *part) += '\n';
    return client.name_in_fleet(text += key_.headers);
}

// Goes the way of the call as far as the connection, and no further: by then there is a token.
INTHELOOP_DECL void export_start::get_token_first(std::shared_ptr<client_core> const& client) {
    auto const may_go_on = std::make_shared<bool>(false);
    net::request probe = prepared_.call;
    probe.before_sending = [may_go_on](bool) -> std::optional<error> {
        *may_go_on = true;
        return error(errc::cancelled, "it only gets the token");
    };
    auto ended = [self = shared_from_this(), may_go_on](net::outcome&& outcome) {
        try {
            auto const core = self->client_.lock();
            auto name = core ? self->name_in_fleet(*core) : std::string();
            if (!core || !*may_go_on || self->is_stopping_)
                return self->on_ended(std::move(outcome));
            if (name.empty())
                return self->send_without_name(core);
            self->share(core, std::move(name));
        } catch (...) {
            self->give_up(thrown_code(), request_progress::not_sent, false);
        }
    };
    client->send(std::move(probe),
                 boost::asio::bind_cancellation_slot(
                     stop_.slot(), boost::asio::bind_executor(runs_on_, std::move(ended))));
}

// Without a token, nobody else would know of the export.
INTHELOOP_DECL void export_start::send_without_name(std::shared_ptr<client_core> const& client) {
    if (!prepared_.options.needs_fleet)
        return send(client);
    end(error(errc::token_unavailable, "not started: the fleet does not know the token, and "
                                       "start_options::needs_fleet is set"));
}

INTHELOOP_DECL void export_start::share(std::shared_ptr<client_core> const& client,
                                        std::string name) {
    fleet_ = std::make_unique<shared_start>(weak_from_this(), settings_, runs_on_, std::move(name),
                                            prepared_.options);
    if (auto const& key = prepared_.call.context.idempotency_key) {
        fleet_->has_key = true;
        if (!prepared_.options.call.idempotency_key)
            fleet_->random_key = *key;
    }
    client->listen(fleet_->shared_from_this());
    // Not from within: the decision clears the slot.
    stop_.slot().assign([this](boost::asio::cancellation_type) {
        boost::asio::post(runs_on_, [self = shared_from_this()] {
            self->fleet_->stop(error(errc::cancelled, {}));
        });
    });
    fleet_->begin([this](start_ruling ruling) {
        stop_.slot().clear();
        try {
            follow(std::move(ruling));
        } catch (...) {
            give_up(thrown_code(), request_progress::not_sent, false);
        }
    });
}

INTHELOOP_DECL void export_start::follow(start_ruling ruling) {
    if (ruling.refused)
        return end(std::move(*ruling.refused));
    if (is_stopping_)
        return conclude(error(errc::cancelled, {}));
    auto const client = client_.lock();
    if (!client)
        return conclude(error(errc::client_closed, {}));
    if (!ruling.id.empty())
        return name_in_fleet(*client) == fleet_->name() ? attach(ruling) : share_anew();
    if (!fleet_->random_key.empty())
        set_idempotency_key(fleet_->random_key);
    send(client);
}

// An export belongs to the token that has begun it, and so does its name.
INTHELOOP_DECL void export_start::on_renamed(net::outcome&& ended) {
    bool is_noted = false;
    try {
        auto const failed = to_export(*settings_, ended);
        if (auto why = may_not_share_anew(failed.error()))
            return note_and_end(*std::move(why), is_noted);
        if (!journal_key_.empty())
            if (auto failure = prepared_.options.journal->forget(std::exchange(journal_key_, {})))
                return conclude(*failure);
        is_on_its_way_ = false;
        fleet_->end(policy::start_event::not_sent, {}, export_phase::pending,
                    [this] { share_anew(); });
    } catch (...) {
        give_up(thrown_code(), ended.progress, is_noted);
    }
}

// Counts what the call that was not sent has used up: of the deadline, and of the tokens that the
// service may refuse.
INTHELOOP_DECL std::optional<error> export_start::may_not_share_anew(error const& ended) {
    auto const& attempts = ended.earlier_attempts;
    bool const is_refused =
        std::any_of(attempts.begin(), attempts.end(),
                    [](attempt_record const& one) { return one.code == errc::unauthorized; });
    auto& left = prepared_.call.rules.limits.call;
    left -= std::clamp(saturating_between<std::chrono::milliseconds>(call_began_, settings_->now()),
                       std::chrono::milliseconds(0), left);
    std::optional<error> why;
    if (is_refused && std::exchange(was_refused_, true))
        why.emplace(errc::unauthorized, "the service refused the token, and one before it");
    else if (left.count() == 0)
        why.emplace(errc::deadline_exceeded, "when the token was changed");
    if (why)
        why->earlier_attempts = attempts;
    return why;
}

INTHELOOP_DECL void export_start::share_anew() {
    try {
        auto client = client_.lock();
        if (is_stopping_ || !client)
            return end(error(is_stopping_ ? errc::cancelled : errc::client_closed, {}));
        earlier_.push_back(std::move(fleet_)); // it may have more to tell
        begin(std::move(client));
    } catch (...) {
        give_up(thrown_code(), request_progress::not_sent, false);
    }
}

INTHELOOP_DECL void export_start::set_idempotency_key(std::string const& key) {
    if (!prepared_.call.context.idempotency_key || validate_key(key)) // it came from outside
        return;
    std::string const& own = *prepared_.call.context.idempotency_key;
    std::string const line = std::string(prepared_.call.context.endpoint->key_header) + ": ";
    auto& bytes = prepared_.call.bytes;
    auto const found = bytes.find("\r\n" + line + own + "\r\n");
    if (key == own || found == bytes.npos)
        return;
    auto changed = std::make_shared<std::string const>(key);
    bytes.replace(found + 2 + line.size(), own.size(), key);
    prepared_.call.shared_size += key.size() - own.size();
    prepared_.call.context.idempotency_key = std::move(changed);
}

INTHELOOP_DECL void export_start::attach(start_ruling const& known) {
    if (prepared_.options.journal) {
        auto key = note_export(*settings_, prepared_, known.id, *prepared_.options.journal, false);
        if (!key)
            return end(std::move(key).error());
        journal_key_ = *std::move(key);
    }
    known_export found;
    found.id = known.id;
    found.age = known.age;
    found.started = std::chrono::floor<std::chrono::seconds>(
        saturating_add(settings_->system_now(), -known.age));
    end(response<export_job>(export_job(make_owner(std::move(found)))));
}

INTHELOOP_DECL void export_start::conclude(error const& why) {
    conclude(result<report::export_result>(why), result<export_job>(why));
}

INTHELOOP_DECL void export_start::conclude(result<report::export_result> const& outcome,
                                           result<export_job> ended) {
    using policy::start_event;
    if (!fleet_)
        return end(std::move(ended));
    auto const how = outcome                       ? start_event::started
                     : is_unclear(outcome.error()) ? start_event::unclear
                                                   : start_event::not_sent;
    bool const may_be_pending =
        outcome && outcome->status == report::export_status::pending_or_expired;
    auto const phase = ended && !may_be_pending ? ended->state().phase : export_phase::pending;
    concluded_ = std::move(ended);
    fleet_->end(how, outcome ? outcome->id : std::string(), phase,
                [this] { end(*std::move(concluded_)); });
}

} // namespace intheloop::detail

#endif
