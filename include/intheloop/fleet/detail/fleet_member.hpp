// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_FLEET_MEMBER_HPP
#define INTHELOOP_FLEET_DETAIL_FLEET_MEMBER_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/fleet/fleet.hpp>
#include <intheloop/net/detail/fleet_link.hpp>
#include <intheloop/net/detail/runtime.hpp>
#include <intheloop/policy/detail/fleet_lease.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::detail {

// Returns 32 hexadecimal digits, from which nobody without the key can learn the text, or test it.
INTHELOOP_DECL std::string digest_of(secret const& key, std::string_view text);

// Carries out what policy::fleet_lease decides, for one client.
class fleet_member final : public net::fleet_link {
public:
    INTHELOOP_DECL fleet_member(fleet& of, net::runtime& client);

    INTHELOOP_DECL void on_call() override;
    INTHELOOP_DECL void settle() override;
    INTHELOOP_DECL void on_rest(bool is_closed) override;
    INTHELOOP_DECL void on_paused(policy::clock::time_point until) override;
    INTHELOOP_DECL void on_refused() override;
    INTHELOOP_DECL void on_token() override;
    INTHELOOP_DECL void ask_turn() override;
    INTHELOOP_DECL void end_turn() noexcept override;
    INTHELOOP_DECL void give_up() noexcept override;
    INTHELOOP_DECL std::string name_of(std::string_view text) const override;

private:
    // Makes a function for the strand that runs step(*this, args...), unless the client is gone.
    template <class Step>
    auto step_of_client(Step step);
    // Makes such a function for the engine's threads, as a handler.
    template <class Step>
    auto on_strand(Step step);

    INTHELOOP_DECL void listen();
    INTHELOOP_DECL void follow_token();
    INTHELOOP_DECL void leave_group() noexcept;
    INTHELOOP_DECL void set_group(std::string group);
    INTHELOOP_DECL policy::fleet_demand demand() const;
    INTHELOOP_DECL void apply();
    INTHELOOP_DECL void ask();
    INTHELOOP_DECL void on_answer(std::optional<error> const& failure, fleet_grant const& got);
    INTHELOOP_DECL void on_failed(errc why);
    INTHELOOP_DECL void on_alarm();
    INTHELOOP_DECL void hear(fleet_notice const& told);
    INTHELOOP_DECL void tell(std::chrono::milliseconds paused, std::chrono::milliseconds refused);
    INTHELOOP_DECL void report(std::string_view state, std::string_view error_type,
                               std::chrono::milliseconds paused);
    INTHELOOP_DECL std::string lock_name() const;
    INTHELOOP_DECL void try_lock();
    INTHELOOP_DECL void on_lock(std::uint64_t fence, std::chrono::milliseconds free_in);
    INTHELOOP_DECL void unlock(std::string name, std::uint64_t fence) noexcept;
    INTHELOOP_DECL void on_turn_alarm();

    fleet& fleet_;
    net::runtime& client_;
    random_numbers random_;
    policy::fleet_lease lease_;
    std::string member_;
    std::string group_;              // empty while there is no token
    mutable std::mutex group_mutex_; // for name_of(); the strand alone changes the group
    std::uint64_t generation_ = 0;   // of the token in it
    std::shared_ptr<fleet::listener const> listener_;
    net::alarm<fleet_member> alarm_;
    std::uint64_t claims_ = 0; // numbers them: late answers are of no use
    policy::clock::time_point paused_until_ = policy::clock::time_point::min(); // as all know
    policy::clock::time_point own_pause_ = policy::clock::time_point::min();    // of the service
    std::string refused_group_;                                                 // that was told

    net::alarm<fleet_member> turn_alarm_;
    bool wants_turn_ = false;
    bool awaits_lock_ = false;
    std::uint64_t turns_ = 0; // numbers the attempts to lock
    std::uint64_t fence_ = 0; // of the lock that is held
    std::string locked_;      // its name
    policy::clock::time_point turn_due_{};
    std::chrono::milliseconds pause_before_turn_{0};
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/impl/fleet_member.ipp>
#include <intheloop/fleet/impl/fleet_turn.ipp>
#include <intheloop/net/detail/send.hpp>
#endif

#endif
