// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_DOWNLOAD_IPP
#define INTHELOOP_JOBS_IMPL_DOWNLOAD_IPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/client/detail/option_checks.hpp>
#include <intheloop/jobs/detail/body_stream.hpp>
#include <intheloop/jobs/detail/download_run.hpp>
#include <intheloop/jobs/detail/export_access.hpp>
#include <intheloop/jobs/detail/file_target.hpp>
#include <intheloop/jobs/detail/part_file.hpp>
#include <intheloop/jobs/detail/range_run.hpp>
#include <intheloop/jobs/detail/stream_file.hpp>
#include <intheloop/jobs/download.hpp>
#include <intheloop/net/detail/strand_gate.hpp>
#include <intheloop/policy/detail/range_plan.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop {

namespace detail {

class fixed_address_source final : public address_source {
public:
    fixed_address_source(client_core const& core, std::string_view url)
        : executor_(core.executor), deliveries_(core.deliveries()), url_(url) {}

    bool can_be_fresh() const override { return false; }
    void async_get(bool, policy::clock::time_point, handler then) override {
        post_delivery(executor_.get(), deliveries_->add(), std::move(then),
                      result<std::string>(response<std::string>(url_)));
    }

private:
    net::kept_executor executor_;
    std::shared_ptr<net::pending_count> deliveries_;
    std::string url_;
};

// Provides the address of an export: waits for it, and polls again when it has expired.
class job_address_source final : public address_source,
                                 public std::enable_shared_from_this<job_address_source> {
public:
    job_address_source(std::shared_ptr<call_settings const> settings, export_job job)
        : settings_(std::move(settings)), job_(std::move(job)) {}

    bool can_be_fresh() const override { return true; }
    void async_get(bool fresh, policy::clock::time_point deadline, handler then) override {
        if (!fresh)
            return wait(deadline, std::move(then));
        async_poll(*access::poller(job_),
                   wrapped_handler(std::move(then),
                                   [self = shared_from_this(), deadline](
                                       handler&& inner, result<report::export_result> polled) {
                                       if (!polled || is_usable(*polled))
                                           return std::move(inner)(address_in(std::move(polled)));
                                       self->wait(deadline, std::move(inner));
                                   }));
    }

private:
    static bool is_usable(report::export_result const& state) {
        return state.status == report::export_status::completed && has_address(state);
    }
    // Needs no memory: the handler would be lost.
    static result<std::string> address_in(result<report::export_result> polled) {
        if (!polled)
            return std::move(polled.error());
        return response<std::string>(std::move(*polled->url));
    }
    void wait(policy::clock::time_point deadline, handler then) {
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(
            saturating_between<policy::clock::duration>(settings_->now(), deadline));
        async_wait(*access::poller(job_), std::max(left, std::chrono::milliseconds(1)),
                   wrapped_handler(std::move(then),
                                   [](handler&& inner, result<report::export_result> done) {
                                       std::move(inner)(address_in(std::move(done)));
                                   }));
    }

    std::shared_ptr<call_settings const> const settings_;
    export_job job_;
};

INTHELOOP_DECL std::shared_ptr<address_source> address_of(client& client, std::string_view url) {
    return std::make_shared<fixed_address_source>(*access::core(client), url);
}

INTHELOOP_DECL std::shared_ptr<address_source> address_of(client& client, export_job const& job) {
    return std::make_shared<job_address_source>(access::core(client)->settings, job);
}

INTHELOOP_DECL prepared_download prepare_download(std::shared_ptr<address_source> from,
                                                  download_options options) {
    prepared_download download;
    download.address = std::move(from);
    download.options = std::move(options);
    if (download.options.deadline.count() <= 0 || download.options.stall_timeout.count() <= 0)
        download.refused.emplace(errc::invalid_option, "a time limit is not above zero");
    else if (char const* bad_retry = validate_retry(download.options.retry))
        download.refused.emplace(errc::invalid_option, bad_retry);
    else if (auto const& slow = download.options.slow_transfer)
        if (char const* bad_rate = policy::validate(*slow))
            download.refused.emplace(errc::invalid_option, bad_rate);
    if (download.options.streams == 0 ||
        download.options.streams > policy::range_plan::most_streams)
        download.refused.emplace(errc::invalid_option, "streams is not between 1 and 16");
    return download;
}

// Bytes that are passed on come in order.
INTHELOOP_DECL void refuse_streams(prepared_download& download) {
    if (download.options.streams > 1 && !download.refused)
        download.refused.emplace(errc::invalid_option,
                                 "streams is above 1, which only a download to a file can use");
}

INTHELOOP_DECL prepared_download download_to(std::shared_ptr<address_source> from,
                                             file_path const& to, download_options options) {
    prepared_download download = prepare_download(std::move(from), std::move(options));
    if (!names_a_file(to.native()))
        download.refused.emplace(errc::invalid_request, "the path names no file");
    download.make_target = [path = lasting_path(to.native())](
                               prepared_download& run,
                               boost::asio::any_io_executor const& executor) {
        file_target target;
        auto refused = look_at_target(path, target);
        if (refused)
            return refused;
        run.lost = std::move(target.lost);
        if (target.is_stream && run.options.streams > 1)
            return std::optional(
                error(errc::invalid_option,
                      "streams is above 1, but " + path + " takes bytes in their order only"));
        if (run.options.streams > 1) {
            if (run.options.keep_part)
                run.part = std::make_shared<kept_part_file>(target.path);
            else
                run.part = std::make_shared<temporary_part_file>(target.path);
        } else if (target.is_stream) {
            run.stream = std::make_shared<stream_file>(executor, target.path);
            run.open_part = [stream = run.stream](policy::file_part&) { return stream->open(); };
            run.target = run.stream;
        } else if (run.options.keep_part) {
            auto const part = std::make_shared<kept_part_file>(target.path);
            run.open_part = [part](policy::file_part& there) { return part->open(there); };
            run.target = part;
        } else {
            run.target = std::make_shared<temporary_part_file>(target.path);
        }
        return refused;
    };
    return download;
}

INTHELOOP_DECL prepared_download download_to(std::shared_ptr<address_source> from,
                                             std::shared_ptr<byte_sink> sink,
                                             download_options options) {
    prepared_download download = prepare_download(std::move(from), std::move(options));
    refuse_streams(download);
    auto const is_taken = std::make_shared<std::atomic<bool>>(false);
    download.make_target = [sink = std::move(sink), is_taken](prepared_download& run,
                                                              boost::asio::any_io_executor const&) {
        run.target = sink;
        return is_taken->exchange(true)
                   ? std::optional(error(errc::invalid_request,
                                         "the sink belongs to a download that was begun before"))
                   : std::nullopt;
    };
    return download;
}

// Streams the file of an export.
class download_stream final : public body_stream {
public:
    download_stream(std::shared_ptr<client_core> const& core, prepared_download download)
        : body_stream(core), download_(std::move(download)) {}

private:
    void fetch(std::shared_ptr<client_core> const& core, ended_handler handler) override {
        download_.target = shared_from_this();
        start_download(core, std::move(download_),
                       wrapped_handler(std::move(handler), [](ended_handler&& inner,
                                                              result<download_summary> outcome) {
                           std::move(inner)(outcome ? std::nullopt
                                                    : std::optional(std::move(outcome.error())));
                       }));
    }

    prepared_download download_;
};

INTHELOOP_DECL std::unique_ptr<byte_source> stream_from(std::shared_ptr<client_core> const& core,
                                                        std::shared_ptr<address_source> from,
                                                        download_options options) {
    prepared_download download = prepare_download(std::move(from), std::move(options));
    refuse_streams(download);
    return std::make_unique<body_source>(
        std::make_shared<download_stream>(core, std::move(download)));
}

} // namespace detail

} // namespace intheloop

#endif
