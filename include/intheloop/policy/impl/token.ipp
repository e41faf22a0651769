// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_TOKEN_IPP
#define INTHELOOP_POLICY_IMPL_TOKEN_IPP

#include <intheloop/policy/detail/token.hpp>

namespace intheloop::policy {

INTHELOOP_DECL token_advice token_state::ask() {
    switch (is_) {
    case now::good: return token_advice::use;
    case now::fetching: return token_advice::wait;
    case now::missing: break;
    case now::refused:
        if (!has_provider_)
            return token_advice::refused;
        break; // the provider may have another token by now
    }
    is_ = now::fetching;
    return token_advice::fetch;
}

INTHELOOP_DECL token_advice token_state::refuse(std::uint64_t generation) {
    if (generation != generation_)
        return is_ == now::refused ? token_advice::refused : ask();
    if (is_ == now::fetching)
        return token_advice::wait;
    was_refused_ = true;
    is_ = now::refused;
    return ask();
}

INTHELOOP_DECL void token_state::fetched(bool same_as_before) {
    if (is_ != now::fetching)
        return; // a token was set meanwhile
    if (same_as_before && was_refused_) {
        is_ = now::refused;
        return;
    }
    set();
}

INTHELOOP_DECL void token_state::fetch_failed() {
    if (is_ == now::fetching)
        is_ = was_refused_ ? now::refused : now::missing;
}

INTHELOOP_DECL void token_state::set() {
    is_ = now::good;
    was_refused_ = false;
    ++generation_;
}

} // namespace intheloop::policy

#endif
