// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_IMPL_DOWNLOAD_IPP
#define INTHELOOP_IMPL_DOWNLOAD_IPP

#include <intheloop/codec/percent.hpp>
#include <intheloop/download.hpp>
#include <intheloop/impl/part_file.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::detail {

// Opened when the answer begins, so that a refusal leaves no trace in the directory.
class file_sink final : public net::body_sink {
public:
    file_sink(std::filesystem::path path, std::function<void(download_progress)> on_progress)
        : file_(std::move(path)), on_progress_(std::move(on_progress)) {}

    std::optional<error> begin(codec::encoded_response const& head,
                               std::optional<std::uint64_t> length) override {
        if (auto refused = codec::refuse_content_coding(head.headers))
            return refused;
        progress_.total = length;
        return file_.open();
    }
    std::optional<error> write(std::string_view bytes) override {
        if (auto failed = file_.write(bytes))
            return failed;
        progress_.bytes += bytes.size();
        try {
            if (on_progress_)
                on_progress_(progress_);
        } catch (...) {
            return error(errc::invalid_option, "on_progress threw an exception");
        }
        return std::nullopt;
    }
    std::optional<error> commit() { return file_.commit(); }
    void discard() { file_.discard(); }
    std::uint64_t bytes() const { return progress_.bytes; }

private:
    part_file file_;
    std::function<void(download_progress)> on_progress_;
    download_progress progress_;
};

// What of a signed address is secret: its query, and each value in it that is long enough to mean
// something, as it stands there and decoded.
INTHELOOP_DECL std::vector<std::string> secrets_of_query(std::string_view target) {
    constexpr std::size_t telling = 8;
    std::vector<std::string> found;
    std::size_t const mark = target.find('?');
    if (mark == target.npos)
        return found;
    std::string_view rest = target.substr(mark + 1);
    if (rest.size() >= telling)
        found.emplace_back(rest);
    while (!rest.empty()) {
        std::string_view const parameter = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
        std::size_t const sign = parameter.find('=');
        std::string_view const value =
            sign == parameter.npos ? parameter : parameter.substr(sign + 1);
        if (value.size() < telling)
            continue;
        found.emplace_back(value);
        if (std::string decoded = codec::percent_decoded(value); decoded != value)
            found.push_back(std::move(decoded));
    }
    return found;
}

// A request without credentials: it is made from the address and the User-Agent alone.
INTHELOOP_DECL std::optional<error> prepare_download(prepared_download const& download,
                                                     std::string const& user_agent,
                                                     bool allow_insecure_loopback,
                                                     net::exchange_request& request) {
    net::url from;
    std::string problem;
    if (!net::parse_url(download.url, from, problem))
        return error(errc::invalid_request, "/url: " + problem);
    if (!from.origin.secure && !(allow_insecure_loopback && from.origin.is_loopback()))
        return error(errc::invalid_request, "/url: it is not https");
    if (download.path.filename().empty())
        return error(errc::invalid_request, "the path names no file");
    if (download.how.deadline.count() <= 0 || download.how.stall_timeout.count() <= 0)
        return error(errc::invalid_option, "a time limit is not above zero");
    request.origin = from.origin;
    request.idempotent = true;
    request.bytes = "GET " + from.target + " HTTP/1.1\r\nHost: " + from.origin.authority() +
                    "\r\nUser-Agent: " + user_agent + "\r\nAccept: */*\r\n\r\n";
    return std::nullopt;
}

inline constexpr endpoint_info download_endpoint = {
    .verb = verb::get,
    .route = "",
    .description = "GET (signed address) -> file",
    .summary = "Fetch an exported file",
    .idempotent = true,
    .certainty = certainty::documented,
};

INTHELOOP_DECL result<download_summary> end_download(ended_call& ended, file_sink& sink) {
    auto const failed = [&](error e) {
        sink.discard();
        return ended.complete_error(std::move(e));
    };
    net::exchange_outcome& outcome = ended.outcome;
    if (outcome.failure)
        return failed(std::move(*outcome.failure));
    if (outcome.response.status != 200) {
        auto const failure = codec::failure_of_status(outcome.response.status);
        error e(failure.value_or(errc::unexpected_status), {});
        e.body = outcome.response.body;
        return failed(std::move(e));
    }
    if (auto problem = sink.commit())
        return failed(std::move(*problem));
    response<download_summary> done;
    done.value.bytes = sink.bytes();
    done.value.content_type = outcome.response.headers.find("Content-Type").value_or("");
    ended.complete_info(done);
    return done;
}

INTHELOOP_DECL void start_download(std::shared_ptr<call_core> core, prepared_download download,
                                   download_handler handler) {
    ended_call end;
    end.settings = core->settings;
    options const& defaults = core->settings->how;
    end.endpoint = &download_endpoint;
    end.impersonate_user = defaults.impersonate_user;
    end.started = policy::clock::now();

    net::exchange_request request;
    if (auto refused = prepare_download(download, core->settings->user_agent,
                                        defaults.allow_insecure_loopback, request))
        return post_completion(core->transport.get_executor(), std::move(handler),
                               result<download_summary>(end.complete_error(std::move(*refused))));
    end.further_secrets = secrets_of_query(
        std::string_view(request.bytes).substr(0, request.bytes.find(" HTTP/1.1")));
    request.started = end.started;
    request.timeouts = {.call = download.how.deadline, .stall = download.how.stall_timeout};
    request.limits = {.max_header_size = defaults.max_header_size,
                      .max_body_size = defaults.max_response_size};
    request.method = "GET";
    end.server = request.origin;
    auto const sink =
        std::make_shared<file_sink>(std::move(download.path), std::move(download.how.on_progress));
    request.sink = sink;
    request.retry.max_attempts = 1; // the file may hold bytes by then
    core->transport.async_exchange(
        std::move(request),
        chained_handler(std::move(handler),
                        [sink, end = std::move(end)](download_handler&& inner,
                                                     net::exchange_outcome outcome) mutable {
                            end.outcome = std::move(outcome);
                            std::move(inner)(end_download(end, *sink));
                        }));
}

} // namespace intheloop::detail

#endif
