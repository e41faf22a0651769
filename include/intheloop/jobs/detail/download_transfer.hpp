// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_DOWNLOAD_TRANSFER_HPP
#define INTHELOOP_JOBS_DETAIL_DOWNLOAD_TRANSFER_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/client/detail/call.hpp>
#include <intheloop/codec/detail/file_response.hpp>
#include <intheloop/jobs/detail/prepared_download.hpp>
#include <intheloop/policy/detail/download_plan.hpp>
#include <intheloop/policy/detail/rate_meter.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace intheloop::detail {

inline policy::file_response file_response_of(unsigned status, headers const& fields,
                                              std::optional<std::uint64_t> length = std::nullopt) {
    policy::file_response response;
    response.status = status;
    response.length = length;
    response.etag = fields.find("ETag").value_or("");
    response.content_range = fields.find("Content-Range").value_or("");
    response.content_type = fields.find("Content-Type").value_or("");
    return response;
}

// Tells the program how far a download has come, if it wants to know.
class progress_teller {
public:
    progress_teller(std::shared_ptr<call_settings const> settings,
                    std::function<void(download_progress)> told, policy::clock::time_point began)
        : on_progress(std::move(told)), settings_(std::move(settings)), meter_(began) {}

    std::function<void(download_progress)> on_progress;

    // Tells that `more` bytes have come: the file has so many of its total now.
    std::optional<error> tell(std::size_t more, std::uint64_t bytes,
                              std::optional<std::uint64_t> total) {
        if (!on_progress)
            return std::nullopt;
        auto const now = settings_->now();
        meter_.add(more, now);
        download_progress so_far;
        so_far.bytes = bytes;
        so_far.total = total;
        so_far.bytes_per_second = meter_.rate(now);
        try {
            on_progress(so_far);
        } catch (...) {
            return error(errc::invalid_option, "on_progress threw an exception");
        }
        return std::nullopt;
    }

private:
    std::shared_ptr<call_settings const> settings_;
    policy::rate_meter meter_;
};

// Passes the bytes of all responses of one download to its target, which may be the user's and may
// throw. The client's strand calls it during an exchange, and the download_run between two.
class download_transfer final : public byte_sink {
public:
    download_transfer(std::shared_ptr<call_settings const> const& settings,
                      std::shared_ptr<byte_sink> target,
                      std::function<void(download_progress)> on_progress)
        : target_(std::move(target)), progress_(settings, std::move(on_progress), settings->now()) {
    }

    policy::download_plan plan;
    std::string content_type;
    bool has_begun = false;                  // in this exchange
    bool was_stopped = false;                // by the target or the user: the download can't go on
    errc last_break = errc::connection_lost; // of a response

    void start(std::function<void()> resume) noexcept override {
        target_->start(std::move(resume));
    }
    bool is_full() noexcept override { return target_->is_full(); }

    std::optional<error> begin(head const& of) override {
        has_begun = true;
        if (of.status == 201)
            return error(errc::unexpected_status, {});
        if (auto refused = codec::refuse_file_coding(of.fields))
            return refused;
        auto const use = plan.on_head(file_response_of(of.status, of.fields, of.total));
        if (use == policy::body_use::unusable)
            return error(errc::connection_lost, "another part of the file came than was asked for");
        bool const was_identified = std::exchange(is_identified_, !plan.part().etag.empty());
        if (use == policy::body_use::rewind)
            if (auto failure = rewind()) {
                if (!was_identified)
                    failure = cause_of(*std::move(failure));
                return failure;
            }
        content_type = of.fields.find("Content-Type").value_or("");
        auto const& part = plan.part();
        return guarded([&] {
            return target_->begin({of.status, of.fields, part.size, part.total, part.resource});
        });
    }

    std::optional<error> write(std::string_view bytes) override {
        bytes = plan.on_bytes(bytes);
        if (bytes.empty())
            return std::nullopt;
        if (plan.has_too_much())
            return error(errc::invalid_http, "more of the file came than there is of it");
        if (auto failure = guarded([&] { return target_->write(bytes); }))
            return failure;
        return stopped(progress_.tell(bytes.size(), plan.part().size, plan.part().total));
    }

    std::optional<error> rewind() override {
        return guarded([&] { return target_->rewind(); });
    }
    std::optional<error> commit() override {
        return guarded([&] { return target_->commit(); });
    }
    void abandon() noexcept override { target_->abandon(); }

private:
    // The target takes the file for another one, which nobody knows.
    error cause_of(error failure) const {
        if (failure.code() != errc::file_changed)
            return failure;
        return error(last_break, "after a part of the file was read; the server gives it no strong "
                                 "ETag, so its rest can't be asked for");
    }

    std::optional<error> stopped(std::optional<error> failure) {
        was_stopped = was_stopped || failure;
        return failure;
    }

    template <class Call>
    std::optional<error> guarded(Call call) {
        try {
            auto failure = call();
            if (failure)
                failure = with_code(std::move(*failure));
            return stopped(std::move(failure));
        } catch (std::bad_alloc const&) {
            return stopped(error(errc::response_too_large, "there is no memory for the file"));
        } catch (...) {
            return stopped(error(errc::invalid_option, "the sink threw an exception"));
        }
    }

    std::shared_ptr<byte_sink> target_;
    progress_teller progress_;
    bool is_identified_ = false; // the file of the last response
};

} // namespace intheloop::detail

#endif
