// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_OPEN_RESPONSE_HPP
#define INTHELOOP_JOBS_OPEN_RESPONSE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/client/client.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/endpoint/raw_body.hpp>
#include <intheloop/net/byte_source.hpp>

#include <concepts>
#include <memory>

namespace intheloop {

namespace detail {
INTHELOOP_DECL std::unique_ptr<byte_source> stream_of(std::shared_ptr<client_core> const& core,
                                                      net::request request);
}

// Opens the response of an endpoint with a raw_body as a source of bytes, which the reader reads
// piece by piece at its own pace: while it does not read, the service has to wait. The response may
// have any size: no more than 512 KiB of it are kept in memory.
//
//     mine::file_request file("file_1");
//     auto bytes = loop::open_response(client, mine::get_file, file);
//
// The first read begins the call, which is sent like any client::async_call, with the token.
// Destroying the source ends it; until then it holds a connection of the client's pool. The
// deadline of the call limits the whole transfer, also while nobody reads. A failure is the error
// of a read; after the first byte nothing is retried. Reads complete on the handler's associated
// executor, by default the client's. All cancellation types end the read and the call with
// errc::cancelled. The request need not outlive this function.
template <detail::endpoint_type Endpoint>
    requires std::same_as<typename Endpoint::response_type, raw_body>
[[nodiscard]] std::unique_ptr<byte_source>
open_response(client& client, Endpoint const& endpoint,
              typename Endpoint::request_type const& request,
              call_options const& options = call_options()) {
    auto const& core = detail::access::core(client);
    return detail::stream_of(core,
                             detail::encode_call(*core->settings, endpoint, request, &options));
}

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/open_response.ipp>
#endif

#endif
