// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_IMPL_DOWNLOAD_IPP
#define INTHELOOP_IMPL_DOWNLOAD_IPP

#include <intheloop/download.hpp>
#include <intheloop/impl/download_run.hpp>
#include <intheloop/impl/download_stream.hpp>
#include <intheloop/impl/part_file.hpp>
#include <intheloop/option_checks.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace intheloop {

INTHELOOP_DECL download_options::download_options() {
    retry.max_attempts = 8;
}

namespace detail {

class fixed_address_source final : public address_source {
public:
    fixed_address_source(boost::asio::any_io_executor executor, std::string_view url)
        : executor_(std::move(executor)), url_(url) {}

    bool can_be_fresh() const override { return false; }
    void async_get(bool, policy::clock::time_point, handler then) override {
        post_completion(executor_, std::move(then),
                        result<std::string>(response<std::string>(url_)));
    }

private:
    boost::asio::any_io_executor executor_;
    std::string url_;
};

INTHELOOP_DECL std::shared_ptr<address_source> fixed_address(call_core const& core,
                                                             std::string_view url) {
    return std::make_shared<fixed_address_source>(core.transport.get_executor(), url);
}

class user_sink_target final : public download_target {
public:
    explicit user_sink_target(std::shared_ptr<download_sink> sink) : sink_(std::move(sink)) {}

    std::optional<error> write(std::string_view bytes) override {
        return guarded([&] { return sink_->write(bytes); });
    }
    std::optional<error> rewind() override {
        return guarded([&] { return sink_->restart(); });
    }

private:
    template <class Call>
    static std::optional<error> guarded(Call call) {
        try {
            return call();
        } catch (...) {
            return error(errc::invalid_option, "the sink threw an exception");
        }
    }

    std::shared_ptr<download_sink> sink_;
};

INTHELOOP_DECL prepared_download prepare_download(std::shared_ptr<address_source> from,
                                                  download_options how) {
    prepared_download download;
    download.address = std::move(from);
    download.how = std::move(how);
    if (download.how.deadline.count() <= 0 || download.how.stall_timeout.count() <= 0)
        download.refused.emplace(errc::invalid_option, "a time limit is not above zero");
    else if (char const* bad_retry = problem_with_retry(download.how.retry))
        download.refused.emplace(errc::invalid_option, bad_retry);
    return download;
}

INTHELOOP_DECL prepared_download download_to(std::shared_ptr<address_source> from,
                                             std::filesystem::path const& path,
                                             download_options how) {
    prepared_download download = prepare_download(std::move(from), std::move(how));
    if (path.filename().empty())
        download.refused.emplace(errc::invalid_request, "the path names no file");
    if (download.how.keep_part)
        download.target = std::make_shared<kept_part_file>(path);
    else
        download.target = std::make_shared<temporary_part_file>(path);
    return download;
}

INTHELOOP_DECL prepared_download download_to(std::shared_ptr<address_source> from,
                                             std::shared_ptr<download_sink> sink,
                                             download_options how) {
    prepared_download download = prepare_download(std::move(from), std::move(how));
    download.target = std::make_shared<user_sink_target>(std::move(sink));
    return download;
}

INTHELOOP_DECL void start_download(std::shared_ptr<call_core> const& core,
                                   prepared_download download, download_handler handler) {
    if (download.refused) {
        download.refused->endpoint = download_endpoint.description;
        return post_completion(core->transport.get_executor(), std::move(handler),
                               result<download_summary>(std::move(*download.refused)));
    }
    std::make_shared<download_run>(core, std::move(download))->start(std::move(handler));
}

INTHELOOP_DECL std::unique_ptr<byte_source> stream_from(std::shared_ptr<call_core> const& core,
                                                        std::shared_ptr<address_source> from,
                                                        download_options how) {
    prepared_download download = prepare_download(std::move(from), std::move(how));
    return std::make_unique<download_source>(core, std::move(download));
}

} // namespace detail

INTHELOOP_DECL std::unique_ptr<byte_source> open_download(client& client, std::string_view url,
                                                          download_options how) {
    auto const core = client.core();
    return detail::stream_from(core, detail::fixed_address(*core, url), std::move(how));
}

} // namespace intheloop

#endif
