// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_FLEET_MEMBER_IPP
#define INTHELOOP_FLEET_IMPL_FLEET_MEMBER_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/fleet/detail/fleet_member.hpp>
#include <intheloop/net/detail/merged_news.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL std::string digest_of(secret const& key, std::string_view text) {
    constexpr std::size_t kept = 16;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    auto const& k = key.reveal();
    if (!::HMAC(::EVP_sha256(), k.data(), static_cast<int>(k.size()),
                reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest, &size))
        throw std::bad_alloc();
    return to_hexadecimal({reinterpret_cast<char const*>(digest), kept});
}

// A member must not have the name of another one, unless a clock wants all runs to be equal.
INTHELOOP_DECL std::string new_member_name(random_numbers& random, bool is_repeatable) {
    unsigned char octets[16];
    if (is_repeatable || RAND_bytes(octets, sizeof octets) != 1)
        for (auto& octet : octets)
            octet = static_cast<unsigned char>(random.next());
    return to_hexadecimal({reinterpret_cast<char const*>(octets), sizeof octets});
}

INTHELOOP_DECL fleet_member::fleet_member(fleet& of, net::runtime& client)
    : fleet_(of), client_(client), random_(client.options.seed, random_use::fleet, 0),
      lease_(of.options, client.options.limits),
      member_(new_member_name(random_, client.options.time != nullptr)),
      alarm_(*this, &fleet_member::on_alarm), turn_alarm_(*this, &fleet_member::on_turn_alarm) {}

template <class Step>
auto fleet_member::step_of_client(Step step) {
    return [weak = client_.weak_from_this(), this, step](auto const&... args) {
        if (auto const client = weak.lock())
            client->bind([&] { step(*this, args...); })();
    };
}

template <class Step>
auto fleet_member::on_strand(Step step) {
    return client_.gate.make_poster(step_of_client(std::move(step)));
}

// Comes last: news may arrive on another thread at once.
INTHELOOP_DECL void fleet_member::listen() {
    auto const news = std::make_shared<net::merged_news>();
    auto const hear =
        step_of_client([group = group_](fleet_member& self, fleet_notice const& told) {
            if (group == self.group_ && self.listener_)
                self.hear(told);
        });
    // The next grant brings what the step has no memory for.
    auto const send = client_.gate.make_poster([news, hear] { hear(news->take()); });
    listener_ = std::make_shared<fleet::listener const>([news, send](fleet_notice const& told) {
        if (news->add(told) && !send())
            news->call_back();
    });
    try {
        fleet_.listen(group_, listener_);
    } catch (...) { // the news comes with each grant
    }
}

INTHELOOP_DECL void fleet_member::leave_group() noexcept {
    listener_.reset();
    if (group_.empty() || claims_ == 0)
        return;
    try {
        fleet_.async_leave(group_, member_, [](std::optional<error> const&) {});
    } catch (...) { // the lease ends by itself
    }
}

INTHELOOP_DECL policy::fleet_demand fleet_member::demand() const {
    auto const& limiter = client_.api_limiter();
    policy::fleet_demand now;
    now.begun = limiter.begun();
    now.in_flight = limiter.in_flight();
    now.waiting = limiter.waiting();
    now.waiting_tenants = limiter.waiting_tenants();
    now.is_paused = limiter.paused_until(client_.now()).has_value();
    return now;
}

INTHELOOP_DECL void fleet_member::apply() {
    auto const now = client_.now();
    if (lease_.is_asking() && now >= lease_.answer_due())
        on_failed(errc::deadline_exceeded); // while the client was at rest
    auto const changed = lease_.changed_capacity(now);
    if (!changed)
        return;
    client_.api_limiter().hold_until(changed->held_until);
    if (!changed->limits)
        return;
    client_.api_limiter().change(*changed->limits, changed->saved, now);
    client_.counts.fleet_rate = changed->limits->requests_per_second;
}

INTHELOOP_DECL void fleet_member::on_call() {
    follow_token();
    if (!group_.empty())
        apply();
}

INTHELOOP_DECL void fleet_member::settle() {
    follow_token();
    if (group_.empty())
        return;
    auto const now = client_.now();
    auto const wanted = demand();
    if (lease_.must_ask(wanted, now))
        ask();
    apply();
    auto const at = lease_.wake_at(wanted, now);
    if (!alarm_.is_linked() || alarm_.at() != at)
        client_.timers.schedule(alarm_, at);
}

INTHELOOP_DECL void fleet_member::ask() {
    auto claim = lease_.claim(demand(), client_.now());
    claim.group = group_;
    claim.member = member_;
    ++client_.counts.fleet_claims;
    auto const number = ++claims_;
    try {
        fleet_.async_claim(std::move(claim), on_strand([number](fleet_member& self,
                                                                std::optional<error> const& failure,
                                                                fleet_grant const& got) {
                               if (number == self.claims_ && self.lease_.is_asking())
                                   self.on_answer(failure, got);
                           }));
    } catch (std::bad_alloc const&) {
        lease_.stop_asking();
        throw;
    } catch (...) {
        on_failed(errc::invalid_option);
    }
}

INTHELOOP_DECL void fleet_member::on_answer(std::optional<error> const& failure,
                                            fleet_grant const& got) {
    if (failure)
        return on_failed(static_cast<errc>(failure->code().value()));
    auto const now = client_.now();
    bool const was_away = lease_.is_away();
    lease_.on_granted(got, now, random_.next_share());
    client_.counts.fleet_is_away = false;
    apply();
    if (was_away)
        report("back", {}, {});
    hear(got);
    // The engine has lost its memory, or was away when it was told. An end that was heard is only
    // as exact as this client was quick to hear it: repeated, it would become later and later.
    constexpr std::chrono::milliseconds tolerance(200);
    if (own_pause_ > policy::later(policy::later(now, got.paused), tolerance))
        tell(std::chrono::ceil<std::chrono::milliseconds>(own_pause_ - now), {});
}

INTHELOOP_DECL void fleet_member::on_failed(errc why) {
    bool const was_away = lease_.is_away();
    ++client_.counts.fleet_failures;
    client_.counts.fleet_is_away = true;
    lease_.on_failed(client_.now(), random_.next_share());
    apply();
    if (!was_away)
        report("away", to_string(why), {});
}

INTHELOOP_DECL void fleet_member::on_alarm() {
    apply(); // settle() does the rest
}

INTHELOOP_DECL void fleet_member::on_rest(bool is_closed) {
    client_.timers.cancel(alarm_);
    if (!is_closed)
        return;
    leave_group();
    set_group({});
}

INTHELOOP_DECL void fleet_member::set_group(std::string group) {
    std::lock_guard const lock(group_mutex_);
    group_.swap(group);
}

INTHELOOP_DECL std::string fleet_member::name_of(std::string_view text) const {
    std::string of;
    {
        std::lock_guard const lock(group_mutex_);
        of = group_;
    }
    return of.empty() ? of : digest_of(fleet_.options.key, (of += '\n').append(text));
}

INTHELOOP_DECL void fleet_member::hear(fleet_notice const& told) {
    constexpr std::chrono::milliseconds tolerance(100); // it may be the client's own
    constexpr std::chrono::milliseconds longest = std::chrono::hours(1); // of any client
    auto const paused = std::min(told.paused, longest);
    // Rather later than the service said, by what is between the engine and here, than earlier.
    auto const until = policy::later(client_.now(), paused);
    if (told.paused.count() == 0 && told.refused.count() == 0)
        lease_.ask_soon();
    // Comes first: the next grant repeats a pause that is lost.
    if (told.refused.count() > 0 && client_.tokens.may_send()) {
        refused_group_ = group_;
        client_.hear_refusal();
        report("refused", {}, {});
    }
    if (paused.count() > 0 && until > policy::later(paused_until_, tolerance)) {
        client_.hear_pause(policy::later(until, lease_.spread(random_.next_share())));
        paused_until_ = until;
        report("paused", {}, paused);
    }
}

INTHELOOP_DECL void fleet_member::tell(std::chrono::milliseconds paused,
                                       std::chrono::milliseconds refused) {
    if (group_.empty())
        return;
    fleet_notice told;
    told.group = group_;
    told.paused = paused;
    told.refused = refused;
    try {
        fleet_.async_tell(std::move(told), [](std::optional<error> const&) {});
    } catch (...) { // all others find out by themselves
    }
}

INTHELOOP_DECL void fleet_member::on_paused(policy::clock::time_point until) {
    constexpr std::chrono::milliseconds tolerance(100);
    own_pause_ = std::max(own_pause_, until);
    if (until <= policy::later(paused_until_, tolerance))
        return;
    paused_until_ = until;
    tell(std::chrono::ceil<std::chrono::milliseconds>(
             saturating_between<policy::clock::duration>(client_.now(), until)),
         {});
}

INTHELOOP_DECL void fleet_member::on_refused() {
    if (refused_group_ == group_)
        return;
    refused_group_ = group_;
    tell({}, fleet_.options.refusal);
}

INTHELOOP_DECL void fleet_member::on_token() {
    auto const generation = client_.tokens.generation();
    auto const& token = client_.tokens.current()->reveal();
    auto group = token.empty() ? std::string() : digest_of(fleet_.options.key, token);
    refused_group_.clear();
    paused_until_ = own_pause_ = policy::clock::time_point::min();
    if (group != group_) {
        leave_group();
        if (!group_.empty())
            ++claims_;
        lease_.move(client_.now());
        set_group(std::move(group));
    }
    generation_ = generation;
    if (group_.empty() || listener_)
        return;
    apply();
    listen();
}

// Makes up for a change of the token that ended in between, for want of memory.
INTHELOOP_DECL void fleet_member::follow_token() {
    if (generation_ != client_.tokens.generation())
        on_token();
}

INTHELOOP_DECL void fleet_member::give_up() noexcept {
    lease_.stop_asking();
    client_.timers.cancel(alarm_);
    end_turn();
}

INTHELOOP_DECL void fleet_member::report(std::string_view state, std::string_view error_type,
                                         std::chrono::milliseconds paused) {
    fleet_event event;
    event.state = state;
    event.error_type = error_type;
    event.rate = client_.counts.fleet_rate;
    event.paused = paused;
    client_.notify(&observer::on_fleet_event, event);
}

} // namespace intheloop::detail

#endif
