// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_FILE_ADDRESS_HPP
#define INTHELOOP_JOBS_DETAIL_FILE_ADDRESS_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/client/detail/call.hpp>
#include <intheloop/client/detail/client_core.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/jobs/download_options.hpp>
#include <intheloop/net/detail/outcome.hpp>
#include <intheloop/net/detail/request.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/policy/attempt_outcome.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::detail {

// The description of a download in errors and metrics.
inline constexpr endpoint_info download_endpoint = {
    .verb = verb::get,
    .route = "",
    .description = "GET (signed address) -> file",
    .summary = "Fetch an exported file",
    .idempotent = true,
    .certainty = certainty::documented,
};

// The signed address of a file, and the requests of one download that go there. Not thread-safe.
class file_address {
public:
    file_address(std::shared_ptr<call_settings const> settings, download_options const& options,
                 policy::clock::time_point started)
        : settings_(std::move(settings)), deadline_(policy::later(started, options.deadline)),
          started_(started), stall_timeout_(options.stall_timeout),
          slow_transfer_(options.slow_transfer.value_or(settings_->options.slow_transfer)) {}

    // Goes to another address from now on, or returns why that can't be done.
    INTHELOOP_DECL std::optional<error> take(std::string const& address);
    // Follows a redirect within the origin only: another server must neither learn the address nor
    // provide the file. Returns whether it does; if not, `problem` says why, and is empty for a
    // response that is no redirect.
    INTHELOOP_DECL bool follow_redirect(codec::encoded_response const& response,
                                        std::string& problem);

    // Counts the addresses so far.
    unsigned changes() const { return changes_; }
    // The URL without its query, which is secret.
    INTHELOOP_DECL std::string resource() const;
    policy::clock::time_point deadline() const { return deadline_; }
    INTHELOOP_DECL std::chrono::milliseconds time_left() const;
    // A poll that gave no address, for the decision to try again. Takes the end of the poll's own
    // deadline for a service that is away, while the download has time left.
    INTHELOOP_DECL attempt_outcome outcome_of_poll(error const& why) const;

    // Returns whether an address says that it is valid no more, by the clock of this machine, which
    // may be wrong.
    INTHELOOP_DECL bool has_expired(std::string_view address) const;
    // Returns whether an exchange stalled that had brought so few bytes that it counts as none.
    INTHELOOP_DECL bool has_dripped(error const& why, std::uint64_t bytes) const;

    // Makes a request without credentials, with these lines of a range.
    INTHELOOP_DECL net::request make_request(std::string const& range_lines,
                                             std::shared_ptr<byte_sink> sink,
                                             retry_options const& retry,
                                             std::chrono::milliseconds pause) const;

    INTHELOOP_DECL error complete(net::outcome& of, error why) const;
    // Completes a failure without a request, or between two requests.
    INTHELOOP_DECL error complete(error why) const;
    // Completes the failure that ends a download, after so many bytes and attempts. Needs no memory
    // where no bytes came.
    INTHELOOP_DECL error ended(error why, std::uint64_t bytes, unsigned attempts) const;
    // Describes a response that brought no file, or too little of it.
    INTHELOOP_DECL error refusal(net::outcome& ended, std::string detail) const;

private:
    INTHELOOP_DECL void use(net::url url);
    INTHELOOP_DECL net::call_context make_context() const;

    std::shared_ptr<call_settings const> settings_;
    policy::clock::time_point deadline_, started_;
    std::chrono::milliseconds stall_timeout_;
    slow_transfer_options slow_transfer_;
    net::url url_;
    std::shared_ptr<net::origin const> origin_; // of the address
    std::vector<std::string> secrets_;          // in the last addresses
    unsigned redirects_ = 0;                    // in a row
    unsigned changes_ = 0;
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/file_address.ipp>
#endif

#endif
