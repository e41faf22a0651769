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
#include <utility>

namespace intheloop {

namespace detail {
INTHELOOP_DECL std::unique_ptr<byte_source> stream_of(std::shared_ptr<client_core> const& core,
                                                      net::request request);
}

// The answer of an endpoint whose response is a raw_body, as bytes to be read piece by piece, at
// the reader's own pace: while it does not read, the service is held up. Of any size: no more than
// 512 KiB of it are kept.
//
//     mine::file_request which("file_1");
//     auto bytes = loop::open_response(client, mine::get_file, which);
//
// The call begins with the first read, is made as client::async_call makes it, token and all, and
// is ended with the source; until then it has a connection of the client's pool. Its deadline is
// that of the whole transfer. What fails comes as the
// error of a read; once bytes came, nothing is tried again. The request need not outlive this
// function.
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
