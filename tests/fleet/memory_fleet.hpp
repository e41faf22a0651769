// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FLEET_MEMORY_FLEET_HPP
#define INTHELOOP_TESTS_FLEET_MEMORY_FLEET_HPP

#include <intheloop/base/time_source.hpp>
#include <intheloop/fleet.hpp>
#include <intheloop/policy/detail/fleet_ledger.hpp>
#include <intheloop/policy/detail/fleet_starts.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace fixture {

namespace loop = intheloop;

// An engine in the memory of the test, which fails as the test likes.
class memory_fleet final : public loop::fleet {
public:
    enum class mood {
        well,
        failing,
        silent,
        throwing,
        forgetful,
        throwing_at_notes, // of starts
        refusing_notes,
        hanging_at_notes // takes one, and answers none
    };

    static loop::fleet_options usual() {
        loop::fleet_options made;
        made.key = "a key for the tests";
        return made;
    }
    explicit memory_fleet(std::shared_ptr<loop::time_source> clock,
                          loop::fleet_options chosen = usual())
        : fleet(std::move(chosen)), clock_(std::move(clock)) {}

    // How many operations there were.
    struct counts {
        int claims = 0, leaves = 0, tells = 0, locks = 0, unlocks = 0, starts = 0, notes = 0;
    };

    void be(mood now) {
        std::lock_guard const lock(mutex_);
        mood_ = now;
    }
    // Answers come so much later.
    void answer_after(std::chrono::milliseconds delay) {
        std::lock_guard const lock(mutex_);
        delay_ = delay;
    }
    // The answers to claims of starts are changed so.
    void distort(std::function<void(loop::fleet_start_answer&)> how) {
        std::lock_guard const lock(mutex_);
        distort_ = std::move(how);
    }
    // Each lock is held by another, for so long.
    void refuse_locks(std::chrono::milliseconds free_in) {
        std::lock_guard const lock(mutex_);
        refused_for_ = free_in;
    }
    // Ends all operations that it was silent about, in a burst.
    void fail_all(loop::error const& why) {
        std::vector<std::function<void(loop::error const&)>> all;
        {
            std::lock_guard const lock(mutex_);
            all.swap(kept_);
        }
        for (auto const& each : all)
            each(why);
    }
    // Tells all listeners that it is back.
    void announce() {
        std::vector<std::pair<std::string, std::shared_ptr<listener const>>> told;
        {
            std::lock_guard const lock(mutex_);
            for (auto const& [group, all] : listeners_)
                for (auto const& each : all)
                    if (auto found = each.lock())
                        told.emplace_back(group, std::move(found));
        }
        for (auto const& [group, each] : told) {
            loop::fleet_notice news;
            news.group = group;
            (*each)(news);
        }
    }
    // Notices come with grants only.
    void publish(bool does) {
        std::lock_guard const lock(mutex_);
        publishes_ = does;
    }
    // Restarts with empty memory.
    void forget() {
        std::lock_guard const lock(mutex_);
        ledgers_.clear();
        locks_.clear();
        starts_ = loop::policy::fleet_starts(1000);
        is_fresh_ = true;
    }
    counts counted() const {
        std::lock_guard const lock(mutex_);
        return counts_;
    }
    std::vector<std::string> groups() const {
        std::lock_guard const lock(mutex_);
        std::vector<std::string> all;
        for (auto const& [name, ledger] : ledgers_)
            all.push_back(name);
        return all;
    }
    // All texts that came here.
    std::string seen() const {
        std::lock_guard const lock(mutex_);
        return seen_;
    }
    std::size_t members(std::string const& group) const {
        std::lock_guard const lock(mutex_);
        auto const found = ledgers_.find(group);
        return found == ledgers_.end() ? 0 : found->second.size();
    }

    void async_claim(loop::fleet_claim claim, grant_handler handler) override {
        answer(std::move(handler), &counts::claims, claim.group + claim.member,
               [&] { return ledger(claim.group).claim(claim, clock_->now()); });
    }
    void async_leave(std::string group, std::string member, done_handler handler) override {
        answer(std::move(handler), &counts::leaves, group + member,
               [&] { ledger(group).leave(member); });
    }
    void async_tell(loop::fleet_notice notice, done_handler handler) override {
        std::vector<std::shared_ptr<listener const>> told;
        answer(std::move(handler), &counts::tells, notice.group, [&] {
            ledger(notice.group).tell(notice, clock_->now());
            if (publishes_)
                for (auto const& each : listeners_[notice.group])
                    if (auto found = each.lock())
                        told.push_back(std::move(found));
        });
        for (auto const& each : told)
            (*each)(notice);
    }
    void async_lock(std::string name, std::chrono::milliseconds time_limit,
                    lock_handler handler) override {
        std::chrono::milliseconds free_in{0};
        answer(std::move(handler), &counts::locks, name, [&] {
            if (refused_for_)
                return std::pair(std::uint64_t{0}, *refused_for_);
            auto const now = clock_->now();
            auto& [fence, until] = locks_[name];
            if (fence != 0 && now < until)
                free_in = std::chrono::ceil<std::chrono::milliseconds>(until - now);
            else
                std::tie(fence, until) = std::pair(++last_fence_, now + time_limit);
            return std::pair(free_in.count() == 0 ? fence : 0, free_in);
        });
    }
    void async_unlock(std::string name, std::uint64_t fence, done_handler handler) override {
        answer(std::move(handler), &counts::unlocks, name, [&] {
            if (locks_[name].first == fence)
                locks_.erase(name);
        });
    }
    void async_claim_start(loop::fleet_start_claim claim, start_handler handler) override {
        answer(std::move(handler), &counts::starts, claim.name + claim.starter, [&] {
            auto got = starts_.claim(claim, clock_->now());
            if (distort_)
                distort_(got);
            return got;
        });
    }
    void async_note_start(loop::fleet_start_note note, note_handler handler) override {
        std::vector<std::shared_ptr<listener const>> told;
        if (is(mood::throwing_at_notes))
            throw std::runtime_error("the engine has thrown");
        if (is(mood::hanging_at_notes))
            return hang(note, std::make_shared<note_handler>(std::move(handler)));
        answer(std::move(handler), &counts::notes, note.name + note.id + note.idempotency_key, [&] {
            if (publishes_ && note.lease.count() == 0)
                for (auto const& each : listeners_[note.name])
                    if (auto found = each.lock())
                        told.push_back(std::move(found));
            return mood_ != mood::refusing_notes && starts_.note(note, clock_->now());
        });
        loop::fleet_notice news;
        news.group = note.name;
        for (auto const& each : told)
            (*each)(news);
    }
    void listen(std::string group, std::weak_ptr<listener const> told) override {
        std::lock_guard const lock(mutex_);
        listeners_[group].push_back(std::move(told));
    }

private:
    bool is(mood one) const {
        std::lock_guard const lock(mutex_);
        return mood_ == one;
    }
    void hang(loop::fleet_start_note const& note, std::shared_ptr<note_handler> const& kept) {
        std::lock_guard const lock(mutex_);
        ++counts_.notes;
        kept_.push_back([kept](loop::error const& why) { failure_of(kept, why)(); });
        if (!std::exchange(has_hung_, true))
            starts_.note(note, clock_->now());
    }
    loop::policy::fleet_ledger& ledger(std::string const& group) {
        auto const found = ledgers_.find(group);
        return found != ledgers_.end() ? found->second
                                       : ledgers_.try_emplace(group, is_fresh_).first->second;
    }

    template <class Handler, class Step>
    void answer(Handler handler, int counts::*kind, std::string const& text, Step step) {
        std::function<void()> reply;
        std::chrono::milliseconds delay;
        {
            std::lock_guard const lock(mutex_);
            ++(counts_.*kind);
            seen_ += text + ' ';
            if (mood_ == mood::throwing)
                throw std::runtime_error("the engine has thrown");
            if (mood_ == mood::silent) {
                auto const kept = std::make_shared<Handler>(std::move(handler));
                kept_.push_back([kept](loop::error const& why) { failure_of(kept, why)(); });
                return;
            }
            if (mood_ == mood::forgetful) // destroys the handler
                return;
            delay = delay_;
            auto const kept = std::make_shared<Handler>(std::move(handler));
            reply = mood_ == mood::failing ? failure_of(kept) : answer_of(kept, step);
        }
        if (delay.count() == 0)
            return reply();
        clock_->begin_wait(clock_->now() + delay, std::move(reply));
    }
    static std::function<void()> failure_of(std::shared_ptr<done_handler> to,
                                            loop::error const& why = broken()) {
        return [to, why] { std::move (*to)(why); };
    }
    static std::function<void()> failure_of(std::shared_ptr<grant_handler> to,
                                            loop::error const& why = broken()) {
        return [to, why] { std::move (*to)(why, loop::fleet_grant()); };
    }
    static std::function<void()> failure_of(std::shared_ptr<lock_handler> to,
                                            loop::error const& why = broken()) {
        return [to, why] { std::move (*to)(why, 0, std::chrono::milliseconds(0)); };
    }
    static std::function<void()> failure_of(std::shared_ptr<start_handler> to,
                                            loop::error const& why = broken()) {
        return [to, why] { std::move (*to)(why, loop::fleet_start_answer()); };
    }
    static std::function<void()> failure_of(std::shared_ptr<note_handler> to,
                                            loop::error const& why = broken()) {
        return [to, why] { std::move (*to)(why, false); };
    }
    static loop::error broken() { return loop::error(loop::errc::connection_lost, "broken"); }

    template <class Step>
    static std::function<void()> answer_of(std::shared_ptr<done_handler> to, Step step) {
        step();
        return [to] { std::move (*to)(std::nullopt); };
    }
    template <class Step>
    static std::function<void()> answer_of(std::shared_ptr<grant_handler> to, Step step) {
        return [to, got = step()] { std::move (*to)(std::nullopt, got); };
    }
    template <class Step>
    static std::function<void()> answer_of(std::shared_ptr<lock_handler> to, Step step) {
        return [to, got = step()] { std::move (*to)(std::nullopt, got.first, got.second); };
    }

    template <class Step>
    static std::function<void()> answer_of(std::shared_ptr<start_handler> to, Step step) {
        return [to, got = step()] { std::move (*to)(std::nullopt, got); };
    }
    template <class Step>
    static std::function<void()> answer_of(std::shared_ptr<note_handler> to, Step step) {
        return [to, got = step()] { std::move (*to)(std::nullopt, got); };
    }

    std::shared_ptr<loop::time_source> const clock_;
    mutable std::mutex mutex_;
    mood mood_ = mood::well;
    std::chrono::milliseconds delay_{0};
    bool publishes_ = true;
    bool has_hung_ = false; // and took a note
    bool is_fresh_ = false;
    counts counts_;
    std::string seen_;
    std::map<std::string, loop::policy::fleet_ledger> ledgers_;
    std::map<std::string, std::pair<std::uint64_t, std::chrono::steady_clock::time_point>> locks_;
    std::uint64_t last_fence_ = 0;
    std::optional<std::chrono::milliseconds> refused_for_;
    loop::policy::fleet_starts starts_{1};
    std::map<std::string, std::vector<std::weak_ptr<listener const>>> listeners_;
    std::vector<std::function<void(loop::error const&)>> kept_;
    std::function<void(loop::fleet_start_answer&)> distort_;
};

} // namespace fixture

#endif
