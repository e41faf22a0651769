// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_PROPAGATOR_HPP
#define INTHELOOP_BASE_PROPAGATOR_HPP

#include <intheloop/base/headers.hpp>
#include <intheloop/base/observer.hpp>

namespace intheloop {

// Adds the context of a trace to each attempt of a call, so that each attempt is a span of its own:
// traceparent, tracestate, baggage. Derive from it, and set options::propagator; an object may be
// the client's observer as well.
//
// Asked when the attempt has its connection, immediately before observer::on_attempt_started, which
// counts the added headers in its size. So begin the span of the attempt here, and end it in
// on_attempt_ended, which has the same call_id and http_request_resend_count. If the headers are
// refused, no attempt follows: on_call_ended is next.
//
// Asked for calls of endpoints, not for downloads: the server of a signed address is a store of
// files, which takes part in no trace and need not learn of one.
//
// Called on the client's executor, for different calls possibly at the same time; also from within
// async_call and set_token, as the functions of an observer are. It blocks the client: it must be
// quick, and must not call the client.
class propagator {
public:
    propagator() = default;
    propagator(propagator const&) = delete;
    propagator& operator=(propagator const&) = delete;
    virtual ~propagator() = default;

    // Appends headers to `carrier`, which is empty: it shows no header of the request. Recorders do
    // not get them, since they differ each time; a player ignores those of the usual formats.
    //
    // The call ends with errc::invalid_option, before a byte of the attempt is sent, for a name or
    // a value that can't stand in a header, one that the client owns (see call_options::headers),
    // one that is added twice or that the request has already, for more than 256 of them, and for
    // an exception: a request without its context would hide that the propagator has failed.
    // (errc::out_of_memory for std::bad_alloc.)
    virtual void inject(attempt_attributes const& of, headers& carrier) = 0;
};

} // namespace intheloop

#endif
