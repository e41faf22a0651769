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
                          [core](auto handler, prepared_download prepared) {
                              start_download(core, std::move(prepared), std::move(handler));
                          }),
        token, std::move(download));
}

template <class From>
concept download_origin =
    std::same_as<From, export_job> || std::convertible_to<From const&, std::string_view>;

} // namespace detail

// Downloads the file of an export to `path`. `from` is an export_job, or a signed address (as in
// export_result::url). Waits for a job that is not completed; keeps the job until the end, and asks
// it for a fresh address when the server of the file refuses the last one as if it had expired.
// Gives up if that one is refused too; tries again if the job can't be polled for a while.
//
//     auto done = co_await loop::async_download(client, job, "week.json");
//     if (done)
//         std::cout << done->bytes << " bytes\n";
//
// Streams the bytes into the part file "<path>.XXXXXX.part" in the same directory (or
// "<path>.part", see download_options::keep_part). Renames it to `path`, in the place of an older
// file, only when all bytes have come and are on the disk: the final name never shows half a file.
// Only the owner can read the file, under both names (mode 0600). Any failure removes the part
// file, unless download_options::keep_part is set. A part that another program removes or replaces
// is a failure too; the other file stays. A name that would be too long for its part is cut there.
//
// A relative path stays the same file if the program changes its directory after this call. Looks
// at the path before it sends anything. A link is followed, also one to a file that is not there
// yet. An older file that has other hard links, another mode or another owner loses them:
// download_summary::lost says so. A directory, a block device, a socket, a mount point (one file
// that is mounted into a container), and a directory that can't be written into, was removed or is
// append-only are refused with errc::file_failed.
//
// Writes right into a pipe or a character device, such as /dev/null: the bytes show as they come,
// even if the download fails later, and a later download can't continue it. A full pipe makes the
// server wait, within the deadline. A pipe that nobody has open for reading is refused.
//
// Sends no credentials: neither the token nor the impersonated user. Follows redirects only within
// the origin of the address, five at most. Percent-encodes what may not stand in an address, as
// browsers do. Refuses a file that is encoded (Content-Encoding). The address must be https (http
// is allowed for loopback only, with the client's allow_insecure_loopback), of 16 KiB and with 64
// parameters at most (errc::invalid_request).
//
// A broken connection costs only time: the download goes on from the byte where it stopped if the
// server confirms the same file by a strong ETag, and else starts over.
//
// Completes with void(result<download_summary>) when the file has its final name, the deadline has
// passed or the download has failed: on the completion handler's associated executor (by default
// the client's), never from within this function. Its steps run there, too; the client's executor
// is kept at work meanwhile.
//
// Any number of downloads may overlap, from any threads. The arguments need not outlive this
// function. Writing blocks a thread of the client for as long as the disk takes. The client may be
// destroyed: the download then ends with errc::client_closed.
//
// Every failure is a value in the result: a response with an unexpected status, a file that can't
// be written (errc::file_failed; also at a limit on the size of files, for which the program gets
// no SIGXFSZ), a job without a file (see export_job::async_wait).
//
// All cancellation types are honoured at any time: the download ends with errc::cancelled.
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

// Downloads the file of an export into a sink, in the same way.
//
//     auto sink = std::make_shared<my_sink>();
//     auto done = co_await loop::async_download(client, job, sink);
//
// Completes with void(result<download_summary>) when the sink has committed the file, or the
// download has failed. Keeps the sink until then. A sink serves one download at a time. An error
// that it returns ends the download with that error; an exception ends it with
// errc::invalid_option (std::bad_alloc: errc::response_too_large). All cancellation types end it
// with errc::cancelled.
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

// Opens the file of an export as a source of bytes, which the reader reads piece by piece at its
// own pace: while it does not read, the server has to wait. The first read begins the download,
// which goes on after breaks like async_download; destroying the source ends it.
//
//     auto bytes = loop::open_download(client, job);
//     loop::row_reader rows(std::move(bytes));
//
// Keeps no more than 512 KiB in memory, and a connection of the client's pool while the file comes.
// download_options::deadline counts from the first read, also while nobody reads. Keeps the job, so
// the context must outlive a source of a job. The client may be destroyed: reading then ends with
// errc::client_closed.
//
// Reads complete on the handler's associated executor, by default the client's. A failure is the
// error of a read: the errors of async_download, errc::file_changed if the file changes after bytes
// of it have come, errc::invalid_option for more than one stream. After such bytes, a broken
// connection is an error if the server gives no strong ETag. All cancellation types end the read
// and the download with errc::cancelled.
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
