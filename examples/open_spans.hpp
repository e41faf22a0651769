// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_EXAMPLES_OPEN_SPANS_HPP
#define INTHELOOP_EXAMPLES_OPEN_SPANS_HPP

// Keeps the spans of a trace between their begin and their end, for an observer and propagator.
#include <intheloop/base/observer.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace example {

namespace loop = intheloop;

// Keeps one span of each call that is under way, and one of each of its attempts. An attempt is
// known by its number too: a hedged call has two at once. A Span is a shared pointer, null where
// there is no span. For one client: the ids of calls are unique in one client only. The client may
// run on several threads.
template <class Span>
class open_spans {
public:
    struct of_call {
        Span call;
        std::map<unsigned, Span> attempts; // that have not ended
    };

    void add_call(loop::call_attributes const& of, Span begun) {
        std::lock_guard const lock(mutex_);
        calls_[of.call_id].call = std::move(begun);
    }
    // Returns the span of the attempt. Unless it is there, begin(span of the call) makes it. Null
    // for a call that is not under way.
    template <class Begin>
    Span attempt(loop::attempt_attributes const& of, Begin begin) {
        std::lock_guard const lock(mutex_);
        auto const found = calls_.find(of.call_id);
        if (found == calls_.end())
            return Span();
        Span& kept = found->second.attempts[of.http_request_resend_count];
        if (!kept)
            kept = begin(std::as_const(found->second.call));
        return kept;
    }
    // Takes the span of the attempt out; null if there is none.
    Span take_attempt(loop::attempt_attributes const& of) {
        std::lock_guard const lock(mutex_);
        auto const found = calls_.find(of.call_id);
        if (found == calls_.end())
            return Span();
        auto const taken = found->second.attempts.extract(of.http_request_resend_count);
        return taken.empty() ? Span() : taken.mapped();
    }
    // Takes out the span of the call, and those of attempts that have not ended; nulls if there are
    // none.
    of_call take_call(loop::call_attributes const& of) {
        std::lock_guard const lock(mutex_);
        auto taken = calls_.extract(of.call_id);
        return taken.empty() ? of_call() : std::move(taken.mapped());
    }

private:
    std::mutex mutex_;
    std::map<std::uint64_t, of_call> calls_; // by their ids
};

} // namespace example

#endif
