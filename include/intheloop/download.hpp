// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_DOWNLOAD_HPP
#define INTHELOOP_DOWNLOAD_HPP

#include <intheloop/client.hpp>
#include <intheloop/config.hpp>
#include <intheloop/handler.hpp>
#include <intheloop/result.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace intheloop {

// How far a download is.
struct download_progress {
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> total; // if the server says it
};

class download_options {
public:
    download_options() {}

    // Of the whole download, and without a byte coming.
    std::chrono::milliseconds deadline = std::chrono::hours(1);
    std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);
    // Called after each piece, on one of the client's threads; must not block.
    std::function<void(download_progress)> on_progress;
};

// What was downloaded.
class download_summary {
public:
    download_summary() {}

    std::uint64_t bytes = 0;
    std::string content_type;
};

namespace detail {

class prepared_download {
public:
    prepared_download() {}

    std::string url;
    std::filesystem::path path;
    download_options how;
};

using download_handler = boost::asio::any_completion_handler<void(result<download_summary>)>;
INTHELOOP_DECL void start_download(std::shared_ptr<call_core> core, prepared_download download,
                                   download_handler handler);

struct initiate_download {
    std::shared_ptr<call_core> core;

    using executor_type = boost::asio::any_io_executor;
    executor_type get_executor() const noexcept { return core->transport.get_executor(); }

    template <class Handler>
    void operator()(Handler&& handler, prepared_download download) const {
        start_download(core, std::move(download),
                       chain_user_handler(std::forward<Handler>(handler), get_executor(),
                                          [](auto&& inner, result<download_summary> outcome) {
                                              std::forward<decltype(inner)>(inner)(
                                                  std::move(outcome));
                                          }));
    }
};

} // namespace detail

// Fetches a signed address, as export_result::url gives it, into a file.
//
// Nothing of the client's credentials goes along: neither the token nor the impersonated user.
// The bytes stream into "<path>.XXXXXX.part" next to the file; only when all of them came and are
// on the disk is it renamed to `path`, replacing what was there, so that the final name never shows
// half a file, and only its owner can read it (mode 0600). On any failure the part file is
// removed. Redirects are not followed. The address must be https (http only for a loopback host,
// with the client's allow_insecure_loopback).
//
// Completes like client::async_call. Any status but 200 is an error; a file that can't be
// written is errc::file_failed. Writing blocks the client's thread for as long as the disk does.
// All cancellation types are honoured at any time. The arguments need not outlive this function.
template <class CompletionToken = boost::asio::deferred_t>
[[nodiscard]] auto async_download(client& client, std::string_view url, std::filesystem::path path,
                                  download_options how, CompletionToken&& token = {}) {
    detail::prepared_download download;
    download.url = url;
    download.path = std::move(path);
    download.how = std::move(how);
    return boost::asio::async_initiate<CompletionToken, void(result<download_summary>)>(
        detail::initiate_download{client.core()}, token, std::move(download));
}
template <class CompletionToken = boost::asio::deferred_t>
    requires(!std::same_as<std::remove_cvref_t<CompletionToken>, download_options>)
[[nodiscard]] auto async_download(client& client, std::string_view url, std::filesystem::path path,
                                  CompletionToken&& token = {}) {
    return async_download(client, url, std::move(path), download_options(),
                          std::forward<CompletionToken>(token));
}

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/impl/download.ipp>
#endif

#endif
