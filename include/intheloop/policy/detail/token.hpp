// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_TOKEN_HPP
#define INTHELOOP_POLICY_DETAIL_TOKEN_HPP

// Whether a token may be sent, and when a new one is asked for: a state machine that never sees
// the token itself.

#include <intheloop/base/config.hpp>

#include <cstdint>

namespace intheloop::policy {

// What a call that needs the token is to do.
enum class token_advice : unsigned char {
    use,    // send the token
    wait,   // a new one is being fetched
    fetch,  // the same, but the caller is the one to begin that
    refused // don't send: the service refused this token
};

// The token of one client. Each token has a number, its generation. Not thread-safe.
class token_state {
public:
    // With a provider the first token is yet to be fetched; without one it is there.
    explicit token_state(bool has_provider)
        : has_provider_(has_provider), is_(has_provider ? now::missing : now::good) {}

    bool is_good() const noexcept { return is_ == now::good; }
    bool was_refused() const noexcept { return was_refused_; }
    std::uint64_t generation() const noexcept { return generation_; }

    // Before an attempt.
    INTHELOOP_DECL token_advice ask();
    // The service answered 401 to the token of that generation; `use`: there is a newer one.
    INTHELOOP_DECL token_advice refuse(std::uint64_t generation);
    // The provider gave a token. If it is the one that was refused, it is not used again.
    INTHELOOP_DECL void fetched(bool same_as_before);
    // The provider failed: those that wait are told, the next call asks again.
    INTHELOOP_DECL void fetch_failed();
    // The user set another token.
    INTHELOOP_DECL void set();

private:
    enum class now : unsigned char { missing, fetching, good, refused };

    bool has_provider_;
    bool was_refused_ = false; // the token of this generation
    now is_;
    std::uint64_t generation_ = 0;
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/token.ipp>
#endif

#endif
