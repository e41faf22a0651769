// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_RANGE_RUN_BYTES_IPP
#define INTHELOOP_JOBS_IMPL_RANGE_RUN_BYTES_IPP

// The part of a range_run that its sinks call: within a response, so that nothing here stops an
// operation.
#include <intheloop/codec/detail/file_response.hpp>
#include <intheloop/jobs/detail/download_transfer.hpp>
#include <intheloop/jobs/detail/range_run.hpp>

namespace intheloop::detail {

INTHELOOP_DECL bool range_run::is_current(std::size_t which, std::size_t version) const {
    return version == version_ && !has_ended_ && !falls_back_ && !streams_[which].is_cut;
}

INTHELOOP_DECL std::optional<error> range_run::cut(std::size_t which) {
    streams_[which].is_cut = true;
    return error(errc::cancelled, {});
}

INTHELOOP_DECL std::optional<error> range_run::stopped(std::size_t which,
                                                       std::optional<error> failure) {
    streams_[which].is_final = streams_[which].is_final || failure;
    return failure;
}

INTHELOOP_DECL std::optional<error> range_run::on_head(std::size_t which,
                                                       byte_sink::head const& of) {
    streams_[which].has_begun = true;
    if (of.status == 201)
        return stopped(which, error(errc::unexpected_status, {}));
    if (auto refused = codec::refuse_file_coding(of.fields))
        return stopped(which, std::move(refused));
    auto const step = plan_.on_head(which, file_response_of(of.status, of.fields, of.total));
    if (step != policy::range_step::go_on) {
        follow(step);
        return cut(which);
    }
    content_type_ = of.fields.find("Content-Type").value_or("");
    if (has_file_)
        return std::nullopt;
    if (auto failure = file_->begin_ranges(plan_.part()))
        return stopped(which, std::move(failure));
    has_file_ = true;
    post([](range_run& run) { run.go_on(); }); // the other streams may begin
    return std::nullopt;
}

INTHELOOP_DECL std::optional<error> range_run::on_bytes(std::size_t which, std::string_view bytes) {
    constexpr std::uint64_t note_after = 8 * 1024 * 1024;
    std::string_view const wanted = plan_.fit(which, bytes);
    if (auto failure = file_->write_at(plan_.position(which), wanted))
        return stopped(which, std::move(failure));
    plan_.on_written(which, wanted.size());
    streams_[which].brought += wanted.size();
    unnoted_ += wanted.size();
    if (unnoted_ >= note_after) {
        unnoted_ = 0;
        if (auto failure = file_->note_ranges(plan_.part()))
            return stopped(which, std::move(failure));
    }
    if (!wanted.empty())
        if (auto failure = progress_.tell(wanted.size(), plan_.size(), plan_.total()))
            return stopped(which, std::move(failure));
    return wanted.size() < bytes.size() || plan_.must_cut(which) ? cut(which) : std::nullopt;
}

} // namespace intheloop::detail

#endif
