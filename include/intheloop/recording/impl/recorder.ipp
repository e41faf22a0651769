// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_RECORDER_IPP
#define INTHELOOP_RECORDING_IMPL_RECORDER_IPP

#include <intheloop/base/detail/query.hpp>
#include <intheloop/recording/detail/raw_exchange.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>
#include <intheloop/recording/detail/secret_marks.hpp>
#include <intheloop/recording/impl/exchange_converter.ipp>
#include <intheloop/recording/recorder.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace intheloop::testing {

struct recorder::impl {
    explicit impl(recorder_options given) : options(std::move(given)), room(options.file_limit) {
        for (secret const& each : options.secrets) {
            if (each.reveal().size() < detail::shortest_secret)
                throw std::invalid_argument("recorder: a secret of less than 4 characters can't be "
                                            "told from other text");
            secrets.push_back(each.reveal());
        }
        for (std::string const& each : options.response_headers)
            if (detail::frames_body(each))
                throw std::invalid_argument("recorder: the field " + each +
                                            " belongs to the connection, and can't be kept");
        for (std::string const& each : options.varying)
            if (each.empty() || each.find_first_of("?&=") != each.npos)
                throw std::invalid_argument("recorder: \"" + each +
                                            "\" is neither a JSON pointer nor the name of a "
                                            "parameter");
    }

    recorder_options const options;
    std::vector<std::string> secrets;
    mutable std::mutex mutex;
    std::vector<detail::raw_exchange> exchanges;
    std::set<std::shared_ptr<secret const>> tokens;
    std::size_t room; // left for the bytes of files
    bool lost_some = false;
};

INTHELOOP_DECL recorder::recorder(recorder_options options)
    : impl_(std::make_unique<impl>(std::move(options))) {}

INTHELOOP_DECL recorder::~recorder() = default;

INTHELOOP_DECL std::size_t recorder::file_limit() {
    std::lock_guard const lock(impl_->mutex);
    return impl_->room;
}

INTHELOOP_DECL void recorder::on_exchange(exchange_record const& one) {
    std::lock_guard const lock(impl_->mutex);
    try {
        detail::raw_exchange raw(one);
        if (raw.carries_file()) { // overlapping downloads may have begun with the same room
            raw.body.resize(std::min(raw.body.size(), impl_->room));
            impl_->room -= raw.body.size();
        }
        for (auto const& token : one.tokens)
            impl_->tokens.insert(token);
        impl_->exchanges.push_back(std::move(raw));
    } catch (...) {
        impl_->lost_some = true;
        throw;
    }
}

INTHELOOP_DECL void recorder::clear() {
    std::lock_guard const lock(impl_->mutex);
    impl_->exchanges.clear();
    impl_->tokens.clear();
    impl_->room = impl_->options.file_limit;
    impl_->lost_some = false;
}

INTHELOOP_DECL recording recorder::recording() const {
    std::lock_guard const lock(impl_->mutex);
    if (impl_->lost_some)
        throw std::runtime_error("recorder: there was no memory for an exchange");
    std::vector<detail::raw_exchange const*> in_order;
    for (detail::raw_exchange const& raw : impl_->exchanges)
        in_order.push_back(&raw);
    // The addresses of the elements follow the order of the calls of on_exchange().
    std::sort(in_order.begin(), in_order.end(), [](auto const* a, auto const* b) {
        return std::tie(a->began, a->number, a) < std::tie(b->began, b->number, b);
    });

    detail::secret_marks marks(impl_->secrets, impl_->options.number_uuids);
    detail::exchange_converter converter(impl_->options, marks);
    for (auto const& token : impl_->tokens)
        marks.learn_token(token->reveal());
    for (auto const* raw : in_order)
        converter.learn(*raw);
    for (auto const* raw : in_order) // learns the signatures of addresses
        converter.convert(*raw);
    marks.finish_learning();
    converter.mask_files();
    std::vector<recorded_exchange> made;
    for (auto const* raw : in_order) {
        made.push_back(converter.convert(*raw));
        if (detail::tells_secret(made.back(), marks))
            throw std::runtime_error(
                "recorder: exchange " + std::to_string(made.size()) + " (" + made.back().method +
                ' ' + std::string(intheloop::detail::path_of(made.back().target)) +
                ") holds a secret where it can't be replaced, as a number or in a name: "
                "recorder_options::edit_answer may take it out");
    }
    // Checks that the result can be read again.
    return testing::recording::parse(testing::recording(std::move(made)).to_json(),
                                     "recorder: what was recorded is no recording");
}

} // namespace intheloop::testing

#endif
