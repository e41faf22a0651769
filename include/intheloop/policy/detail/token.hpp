// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_TOKEN_HPP
#define INTHELOOP_POLICY_DETAIL_TOKEN_HPP

// Decides whether a token may be sent, and when to fetch a new one: a state machine that never sees
// the token itself.

#include <intheloop/base/config.hpp>

#include <cstdint>

namespace intheloop::policy {

// Tells a call that needs the token how to go on.
enum class token_advice : unsigned char {
    use,    // send the token
    wait,   // wait: a new token is being fetched
    fetch,  // wait too, but begin fetching the new token first
    refused // don't send: the service refused this token
};

// The state of a client's token. Each token has a number, its generation. Not thread-safe.
class token_state {
public:
    // With a provider, the first token must be fetched; without one, it is available.
    explicit token_state(bool has_provider)
        : has_provider_(has_provider), is_(has_provider ? now::missing : now::good) {}

    bool is_good() const noexcept { return is_ == now::good; }
    bool was_refused() const noexcept { return was_refused_; }
    std::uint64_t generation() const noexcept { return generation_; }

    // Called before an attempt.
    INTHELOOP_DECL token_advice ask();
    // Called when the service answered 401 to a token of this generation. Returns `use` if there is
    // a newer one.
    INTHELOOP_DECL token_advice refuse(std::uint64_t generation);
    // Called when the provider gave a token. The refused token is not used again.
    INTHELOOP_DECL void fetched(bool same_as_before);
    // Called when the provider failed: waiting calls fail, and the next call fetches again.
    INTHELOOP_DECL void fetch_failed();
    // Called when the user has set another token.
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
