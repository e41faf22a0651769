// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DOWNLOAD_HPP
#define INTHELOOP_JOBS_DOWNLOAD_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/file_path.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/client/client.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/jobs/detail/prepared_download.hpp>
#include <intheloop/jobs/download_options.hpp>
#include <intheloop/jobs/export_job.hpp>
#include <intheloop/net/byte_source.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/initiation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <concepts>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace intheloop {

namespace detail {

INTHELOOP_DECL std::shared_ptr<address_source> address_of(client& client, std::string_view url);
INTHELOOP_DECL std::shared_ptr<address_source> address_of(client& client, export_job const& job);
INTHELOOP_DECL prepared_download download_to(std::shared_ptr<address_source> from,
                                             file_path const& path, download_options options);
INTHELOOP_DECL prepared_download download_to(std::shared_ptr<address_source> from,
                                             std::shared_ptr<byte_sink> sink,
                                             download_options options);

INTHELOOP_DECL std::unique_ptr<byte_source> stream_from(std::shared_ptr<client_core> const& core,
                                                        std::shared_ptr<address_source> from,
                                                        download_options options);

template <class CompletionToken>
auto initiate(client& client, prepared_download download, CompletionToken& token) {
    auto const& core = access::core(client);
    return boost::asio::async_initiate<CompletionToken, void(result<download_summary>)>(
        erased_initiation(core->executor,
                          [core](auto handler, prepared_download what) {
                              start_download(core, std::move(what), std::move(handler));
                          }),
        token, std::move(download));
}

template <class From>
concept download_origin =
    std::same_as<From, export_job> || std::convertible_to<From const&, std::string_view>;

} // namespace detail

// Fetches the file of an export: of an export_job, or from a signed address as export_result::url
// gives it, into a file (or a sink, below). A job is waited for first, if it is not completed; it
// is kept until the end, and gives a fresh address when the one that it gave has expired.
//
// Nothing of the client's credentials goes along: neither the token nor the impersonated user.
// The bytes stream into "<path>.XXXXXX.part" next to the file (or "<path>.part", see
// download_options::keep_part); only when all of them came and are on the disk is it renamed to
// `path`, replacing what was there, so that the final name never shows half a file, and only its
// owner can read it (mode 0600). On any failure the part file is removed. A redirect is followed
// within the address's own origin only. The address must be https (http only for a loopback host,
// with the client's allow_insecure_loopback).
//
// A connection that breaks costs nothing but time: the download goes on from the byte where it
// stopped, if the server says by a strong ETag that the file is the same, else from the start.
//
// Completes like client::async_call. Any other status is an error; a file that can't be written is
// errc::file_failed. Writing blocks the client's thread for as long as the disk does. All
// cancellation types are honoured at any time. The arguments need not outlive this function.
template <detail::download_origin From, class CompletionToken = boost::asio::deferred_t>
[[nodiscard]] auto async_download(client& client, From const& from, file_path path,
                                  download_options options, CompletionToken&& token = {}) {
    return detail::initiate(
        client, detail::download_to(detail::address_of(client, from), path, std::move(options)),
        token);
}
template <detail::download_origin From, class CompletionToken = boost::asio::deferred_t>
    requires(!std::same_as<std::remove_cvref_t<CompletionToken>, download_options>)
[[nodiscard]] auto async_download(client& client, From const& from, file_path path,
                                  CompletionToken&& token = {}) {
    return async_download(client, from, std::move(path), download_options(),
                          std::forward<CompletionToken>(token));
}

// The same into a sink, which is kept until the end.
template <detail::download_origin From, std::derived_from<byte_sink> Sink,
          class CompletionToken = boost::asio::deferred_t>
[[nodiscard]] auto async_download(client& client, From const& from, std::shared_ptr<Sink> sink,
                                  download_options options, CompletionToken&& token = {}) {
    return detail::initiate(client,
                            detail::download_to(detail::address_of(client, from),
                                                std::shared_ptr<byte_sink>(std::move(sink)),
                                                std::move(options)),
                            token);
}
template <detail::download_origin From, std::derived_from<byte_sink> Sink,
          class CompletionToken = boost::asio::deferred_t>
    requires(!std::same_as<std::remove_cvref_t<CompletionToken>, download_options>)
[[nodiscard]] auto async_download(client& client, From const& from, std::shared_ptr<Sink> sink,
                                  CompletionToken&& token = {}) {
    return async_download(client, from, std::move(sink), download_options(),
                          std::forward<CompletionToken>(token));
}

// The same as bytes to be read piece by piece, at the reader's own pace: while it does not read,
// the server is held up. The download begins with the first read, and is ended with the source.
template <detail::download_origin From>
[[nodiscard]] std::unique_ptr<byte_source>
open_download(client& client, From const& from, download_options options = download_options()) {
    return detail::stream_from(detail::access::core(client), detail::address_of(client, from),
                               std::move(options));
}

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/download.ipp>
#endif

#endif
