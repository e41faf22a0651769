// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_START_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_START_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/jobs/detail/export_start.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/retry.hpp>
#include <intheloop/policy/detail/secret_finder.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::detail {

INTHELOOP_DECL prepared_start prepare_start(call_settings const& settings,
                                            report::export_request const& request,
                                            start_options const& options) {
    return prepare_start(encode_call(settings, report::export_report, request, &options.call),
                         options);
}

INTHELOOP_DECL prepared_start prepare_start(net::request call, start_options const& options) {
    prepared_start made;
    made.options = options;
    made.call = std::move(call);
    made.request = made.call.body;
    if (char const* bad = policy::validate(options.poll); bad && !made.call.refused)
        made.call.refused.emplace(errc::invalid_option, bad);
    bool const is_known = options.if_unclear == journal_advice::ask ||
                          options.if_unclear == journal_advice::start_again;
    if (!is_known && !made.call.refused)
        made.call.refused.emplace(errc::invalid_option,
                                  "if_unclear is neither ask nor start_again");
    return made;
}

INTHELOOP_DECL void start_export(std::shared_ptr<client_core> client, prepared_start start,
                                 start_handler handler) {
    export_start::run(client, std::move(start), std::move(handler));
}

// Returns whether a start that failed may have begun an export. 409 to a key: the first request
// that had it is still being worked on.
INTHELOOP_DECL bool is_unclear(error const& why) {
    bool const is_under_way = why.status == 409 && !why.idempotency_key.empty();
    return is_under_way || policy::may_have_acted(why);
}

// Sharing.

INTHELOOP_DECL void export_start::run(std::shared_ptr<client_core> const& client,
                                      prepared_start start, start_handler handler) {
    bool const has_fleet = start.options.shared && client->settings->options.fleet;
    if (start.options.needs_fleet && !has_fleet && !start.call.refused)
        start.call.refused.emplace(errc::invalid_option, "needs_fleet is set without a fleet, or "
                                                         "without start_options::shared");
    if (start.options.shared && !start.call.refused)
        return run_shared(client, std::move(start), std::move(handler));
    auto const fresh = std::make_shared<export_start>(client, std::move(start));
    fresh->join(std::move(handler), client, nullptr);
}

// Joins without the lock: no code of others runs with it, and nothing that waits for it.
INTHELOOP_DECL void export_start::run_shared(std::shared_ptr<client_core> const& client,
                                             prepared_start start, start_handler handler) {
    std::shared_ptr<export_owner> job;
    auto const journal = start.options.journal;
    auto const joined = find_shared(client, start, job);
    if (!joined)
        return give_known(client, std::move(start), std::move(job), std::move(handler));
    try {
        joined->join(std::move(handler), client, journal);
    } catch (...) {
        joined->leave();
        throw;
    }
}

// Returns the start to join, or null and a job that takes equal starts.
INTHELOOP_DECL std::shared_ptr<export_start>
export_start::find_shared(std::shared_ptr<client_core> const& client, prepared_start const& start,
                          std::shared_ptr<export_owner>& job) {
    auto const registry = start.options.shared;
    std::lock_guard const lock(registry->mutex_);
    // Looks at all of them only when their number has doubled.
    if (registry->entries_.size() >= registry->next_sweep_) {
        std::erase_if(registry->entries_, [](auto const& one) {
            return one.second.start.expired() && one.second.job.expired();
        });
        registry->next_sweep_ = std::max(registry->next_sweep_, 2 * registry->entries_.size());
    }
    single_flight::key const key = key_of(client, start);
    for (auto const advice : {journal_advice::ask, journal_advice::start_again}) {
        single_flight::key either = key; // a job is known, whatever its start was told to do
        either.if_unclear = advice;
        auto const known = registry->entries_.find(either);
        job = known == registry->entries_.end() ? nullptr : known->second.job.lock();
        if (job && job->poller->takes_starts())
            return nullptr;
    }
    single_flight::entry& found = registry->entries_[key];
    if (auto equal = found.start.lock(); equal && equal->enlist())
        return equal;
    auto fresh = std::make_shared<export_start>(client, start);
    found.start = fresh;
    found.job.reset();
    return fresh;
}

INTHELOOP_DECL single_flight::key export_start::key_of(std::shared_ptr<client_core> const& client,
                                                       prepared_start const& start) {
    auto const& user = start.call.context.user;
    auto const& added = start.options.call.headers;
    std::string headers;
    for (std::size_t i = 0; i != added.size(); ++i) {
        auto const [name, value] = added[i];
        headers += to_lower(name);
        headers += ':';
        headers += value;
        headers += '\n'; // no value has one: the call would have been refused
    }
    // An export may be started through several endpoints, and with a key of the program's own.
    endpoint_info const& through = *start.call.context.endpoint;
    std::string request(to_string(through.verb));
    for (std::string_view const part :
         {through.route, through.key_header, std::string_view(start.request)})
        (request += ' ') += part;
    if (auto const& key = start.options.call.idempotency_key)
        (request += ' ') += *key;
    bool const has_fleet = client->settings->options.fleet != nullptr;
    return {client,
            user ? user->reveal() : std::string(),
            std::move(request),
            std::move(headers),
            start.options.audience,
            start.options.needs_fleet,
            has_fleet ? start.options.if_unclear : journal_advice::ask};
}

INTHELOOP_DECL bool export_start::enlist() {
    std::lock_guard const lock(mutex_);
    if (wanted_by_ == 0)
        return false;
    ++wanted_by_;
    return true;
}

INTHELOOP_DECL bool export_start::leave() {
    std::lock_guard const lock(mutex_);
    return --wanted_by_ == 0;
}

INTHELOOP_DECL void export_start::join(start_handler handler, std::shared_ptr<client_core> client,
                                       std::shared_ptr<export_journal> const& journal) {
    bool const has_own = journal && journal != prepared_.options.journal;
    auto const joining = std::make_shared<joiner>(std::move(handler), has_own ? journal : nullptr);
    joining->on_cancel([weak_start = weak_from_this(), weak = std::weak_ptr(joining)] {
        if (auto const start = weak_start.lock())
            start->runs_on_.post([start, weak] {
                if (auto const cancelled = weak.lock())
                    start->cancel(cancelled);
            });
    });
    runs_on_.post([self = shared_from_this(), joining, until_begun = deliveries_->add(),
                   client = std::move(client)]() mutable {
        if (self->outcome_)
            return self->tell_outcome(*joining);
        with_reserve([&] { self->joined_.push_back(joining); });
        if (std::exchange(self->has_begun_, true))
            return;
        self->until_ended_ = std::move(until_begun);
        try {
            self->begin(std::move(client));
        } catch (...) {
            self->give_up(thrown_code(), request_progress::not_sent, false);
        }
    });
}

// Lets the last joiner wait until the call has ended: only then its progress is known.
INTHELOOP_DECL void export_start::cancel(std::shared_ptr<joiner> const& one) {
    if (is_stopping_)
        return;
    is_stopping_ = leave();
    if (is_stopping_)
        return stop_.emit(boost::asio::cancellation_type::terminal);
    std::erase(joined_, one);
    error left(errc::cancelled, "others wait for the same start");
    left.progress = request_progress::partly_sent; // the real progress is not known yet
    one->tell(executor_, deliveries_->add(), std::move(left));
}

// The call.

INTHELOOP_DECL export_start::export_start(std::shared_ptr<client_core> const& client,
                                          prepared_start start)
    : client_(client), executor_(client->executor), deliveries_(client->deliveries()),
      settings_(client->settings), runs_on_(net::client_executor(executor_)),
      key_(key_of(client, start)), prepared_(std::move(start)), number_(client->next_job()) {
    if (prepared_.call.context.user)
        user_ = *prepared_.call.context.user;
    else
        user_ = nullptr;
}

INTHELOOP_DECL void export_start::begin(std::shared_ptr<client_core> client) {
    if (!is_shared_by_fleet())
        return send(client);
    if (auto name = name_in_fleet(*client); !name.empty())
        share(client, std::move(name));
    else
        get_token_first(client);
}

INTHELOOP_DECL void export_start::send(std::shared_ptr<client_core> const& client) {
    net::request call = prepared_.call; // what is kept is noted, and may be sent anew
    if (prepared_.options.journal && !call.refused)
        if (auto failure = note_intent())
            return conclude(*failure);
    is_on_its_way_ = !call.refused;
    call_began_ = settings_->now();
    auto const has_other_name = std::make_shared<bool>(false);
    if (fleet_ || !journal_key_.empty())
        call.before_sending = make_last_step(client, has_other_name);
    std::shared_ptr<void> guard;
    if (fleet_)
        guard = fleet_->guard_call(
            [this] { give_up(errc::out_of_memory, request_progress::partly_sent, false); });
    auto ended = [self = shared_from_this(), has_other_name,
                  guard = std::move(guard)](net::outcome&& outcome) {
        if (*has_other_name)
            self->on_renamed(std::move(outcome));
        else
            self->on_ended(std::move(outcome));
    };
    client->send(std::move(call),
                 boost::asio::bind_cancellation_slot(
                     stop_.slot(), boost::asio::bind_executor(runs_on_, std::move(ended))));
}

// Makes the step before the first byte of each attempt, which runs on the client's strand. The
// handler of the call keeps the start. Once an attempt may have acted, the export is the one of
// this name, and only the same call can find out about it.
INTHELOOP_DECL std::function<std::optional<error>(bool)>
export_start::make_last_step(std::shared_ptr<client_core> const& client,
                             std::shared_ptr<bool> const& has_other_name) {
    // A twin may end here: it closes no client.
    return [this, weak = std::weak_ptr(client_core::closed_twin(client)),
            name = fleet_ ? fleet_->name() : std::string(), key = journal_key_,
            has_other_name](bool may_have_acted) -> std::optional<error> {
        bool const may_change_name = !name.empty() && !may_have_acted;
        auto const twin = may_change_name ? weak.lock() : nullptr;
        if (twin && name_in_fleet(*twin) != name) {
            *has_other_name = true;
            return error(errc::cancelled, "the token was changed");
        }
        return key.empty() ? std::nullopt : prepared_.options.journal->sending(key);
    };
}

// The end.

// Returns whether a text holds a token that was sent.
INTHELOOP_DECL bool holds_token(std::string_view text, net::outcome const& of) {
    std::vector<policy::sought_secret> tokens;
    auto const add = [&](std::string const& one) {
        if (one.size() >= policy::shortest_part) // a shorter one may be there by chance
            tokens.push_back({one});
    };
    if (of.token)
        add(of.token->reveal());
    for (auto const& token : of.earlier_tokens)
        add(token->reveal());
    return !policy::is_surely_clean(text, tokens) &&
           !policy::secret_finder(tokens).find(text).empty();
}

// Refuses an id that nobody can use, or that would bring the token into texts, files and a fleet.
// It may hold the impersonated user, or a word that a header of the program has, too.
INTHELOOP_DECL result<report::export_result> to_started(call_settings const& settings,
                                                        net::outcome& ended) {
    auto read = to_export(settings, ended);
    bool const is_nameless = read && read->id.empty();
    if (!read || (!is_nameless && !holds_token(read->id, ended)))
        return read;
    error wrong(errc::unexpected_json,
                is_nameless ? "/id: it is empty" : "/id: it holds the token");
    wrong.status = read.status();
    wrong.request_id = read.request_id();
    wrong.attempts = read.attempts();
    wrong.elapsed = read.elapsed();
    wrong.endpoint = ended.context.endpoint->description;
    wrong.progress = request_progress::response_begun;
    return wrong;
}

INTHELOOP_DECL void export_start::on_ended(net::outcome&& ended) {
    bool is_noted = false;
    try {
        note_and_end(to_started(*settings_, ended), is_noted);
    } catch (...) {
        give_up(thrown_code(), ended.progress, is_noted);
    }
}

INTHELOOP_DECL void export_start::note_and_end(result<report::export_result> outcome,
                                               bool& is_noted) {
    journal_failure_ = note_outcome(outcome);
    is_noted = true;
    if (outcome)
        return conclude(outcome, make_job(outcome.response()));
    if (journal_failure_)
        add_journal_failure(outcome.error(), *journal_failure_);
    conclude(outcome.error());
}

INTHELOOP_DECL result<export_job>
export_start::make_job(response<report::export_result> const& started) {
    known_export known;
    known.id = started.value.id;
    known.started = std::chrono::floor<std::chrono::seconds>(settings_->system_now());
    known.start_response = started;
    response<export_job> made{export_job(make_owner(std::move(known)))};
    response_info const& info = started;
    static_cast<response_info&>(made) = info;
    return made;
}

INTHELOOP_DECL std::shared_ptr<export_owner> export_start::make_owner(known_export known) {
    known.user = user_;
    known.poll = prepared_.options.poll;
    known.number = number_;
    if (fleet_)
        known.told_end = fleet_->end_of_export(known.id);
    auto const owner = std::make_shared<export_owner>(
        export_poller::make(client_, executor_, settings_, std::move(known)));
    owner->journal = prepared_.options.journal;
    owner->journal_key = journal_key_;
    owner->journal_failure = journal_failure_;
    owner_ = owner;
    if (auto const& shared = prepared_.options.shared) {
        std::lock_guard const lock(shared->mutex_);
        auto const mine = shared->entries_.find(key_);
        if (mine != shared->entries_.end() && mine->second.start.lock().get() == this)
            mine->second.job = owner;
    }
    return owner;
}

INTHELOOP_DECL void export_start::end(result<export_job> outcome) {
    auto const until_told = std::move(until_ended_);
    outcome_ = std::move(outcome);
    {
        std::lock_guard const lock(mutex_);
        wanted_by_ = 0;
    }
    std::exception_ptr of_one;
    for (auto const& one : std::exchange(joined_, {}))
        try {
            tell_outcome(*one);
        } catch (...) { // others may be told
            of_one = std::current_exception();
        }
    if (of_one)
        std::rethrow_exception(of_one);
}

INTHELOOP_DECL void export_start::give_up(errc why, request_progress progress, bool is_noted) {
    if (outcome_)
        throw; // a joiner could not be told
    error failed(why, {});
    failed.progress = progress;
    try {
        if (!is_noted)
            note_outcome(failed);
    } catch (...) { // then the start stays unclear in the journal
    }
    conclude(failed);
}

} // namespace intheloop::detail

#endif
