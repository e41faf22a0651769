// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_PLAYER_IPP
#define INTHELOOP_RECORDING_IMPL_PLAYER_IPP

#include <intheloop/base/detail/query.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/recording/detail/placeholders.hpp>
#include <intheloop/recording/detail/recorded_files.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>
#include <intheloop/recording/detail/replay_match.hpp>
#include <intheloop/recording/player.hpp>
#include <intheloop/testing/detail/byte_range.hpp>
#include <intheloop/testing/detail/service.hpp>
#include <intheloop/testing/server.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace intheloop::testing {
namespace detail {

// Returns whether the client broke off, or waited without success: the player then sends nothing
// more.
INTHELOOP_DECL bool was_silence(std::string_view failure) {
    constexpr std::string_view broken[] = {"connection_lost", "tls_failed", "invalid_http"};
    return std::find(std::begin(broken), std::end(broken), failure) == std::end(broken);
}

INTHELOOP_DECL std::map<std::string, std::string>
checked_values(std::map<std::string, std::string> values) {
    for (auto const& [name, value] : values)
        if (leading_placeholder("{{" + name + "}}") != name || name.find(':') == name.npos ||
            name.starts_with("file:") || value.empty())
            throw std::invalid_argument("player: no value can be given to \"" + name + '"');
    return values;
}

// Makes the responses of a recording, one request after the other.
class replay {
public:
    replay(testing::recording recorded, player_options const& options, std::string api_url,
           std::function<std::string(std::size_t)> address_of_file)
        : recording_(std::move(recorded)), mode_(options.mode),
          compare_bodies_(options.compare_bodies), files_(recording_.exchanges()),
          played_(recording_.exchanges().size()), values_(checked_values(options.values)) {
        values_.api_url = std::move(api_url);
        values_.address_of_file = std::move(address_of_file);
    }

    static constexpr std::string_view scheme = "Bearer ";

    reply answer(received_request const& received) {
        received_request request = received;
        fix_boundary(request.headers, request.body);
        std::string const credentials = request.header("Authorization").value_or("");
        if (request.origin == origin::api &&
            (!credentials.starts_with(scheme) || credentials.size() == scheme.size()))
            return error_reply(401, "Unauthorized", "there is no token");
        std::lock_guard const lock(mutex_);
        ++requests_;
        std::string problem;
        if (has_misplaced_credentials(request))
            return mismatch(request,
                            "expected credentials for the API alone, got them with " +
                                request.method + ' ' +
                                values_.hide(intheloop::detail::path_of(replayed_target(request))));
        std::optional<std::size_t> const found =
            mode_ == play_mode::strict ? next_in_order(request, problem) : find(request, problem);
        if (!found)
            return mismatch(request, problem);
        recorded_exchange const& one = recording_.exchanges()[*found];
        played_[*found] = true;
        export_content const* const file =
            mode_ == play_mode::by_route && one.carries_file() ? files_.whole(one) : nullptr;
        if (file != nullptr)
            return part_of_file(one, *file, request);
        if (one.left_out != 0)
            return mismatch(request, title(*found) + ": the recording left out the last " +
                                         std::to_string(one.left_out) + " bytes of its answer");
        if (mode_ == play_mode::by_route && one.carries_file() && is_other_range(one, request))
            return mismatch(request,
                            title(*found) +
                                ": not all of the file was recorded, and not this range of it");
        return as_recorded(one);
    }

    std::vector<std::string> mismatches() const {
        std::lock_guard const lock(mutex_);
        return mismatches_;
    }

    std::vector<std::string> unplayed() const {
        std::lock_guard const lock(mutex_);
        std::vector<std::string> left;
        for (std::size_t i = 0; i != played_.size(); ++i)
            if (!played_[i])
                left.push_back(title(i));
        return left;
    }

private:
    std::string title(std::size_t index) const {
        recorded_exchange const& one = recording_.exchanges()[index];
        return "exchange " + std::to_string(index + 1) + ": " + one.method + ' ' + one.target;
    }

    reply mismatch(received_request const& request, std::string const& problem) {
        std::string const user = request.header("X-Impersonate-User").value_or("");
        std::string const credentials = request.header("Authorization").value_or("");
        std::string_view const token =
            std::string_view(credentials).substr(std::min(credentials.size(), scheme.size()));
        policy::sought_secret const secrets[] = {{token}, {user, true}};
        mismatches_.push_back("request " + std::to_string(requests_) + ": " +
                              policy::redact(problem, secrets));
        return error_reply(400, "ReplayMismatch", mismatches_.back());
    }

    std::optional<std::size_t> next_in_order(received_request const& request,
                                             std::string& problem) {
        auto const next = static_cast<std::size_t>(
            std::find(played_.begin(), played_.end(), false) - played_.begin());
        if (next == played_.size()) {
            problem = "expected no further request, got " + request.method + ' ' +
                      values_.hide(intheloop::detail::path_of(replayed_target(request)));
            return std::nullopt;
        }
        recorded_exchange const& expected = recording_.exchanges()[next];
        placeholder_values learned = values_;
        auto differs = route_difference(expected, request, true, learned);
        if (differs) {
            problem = "exchange " + std::to_string(next + 1) + ": " + *differs;
            return std::nullopt;
        }
        differs = field_difference(expected, request, learned);
        if (!differs)
            differs = body_difference(expected, request, learned);
        if (differs) {
            problem = title(next) + ": " + *differs;
            return std::nullopt;
        }
        values_ = std::move(learned);
        return next;
    }

    // Prefers exchanges in which all placeholders are known to exchanges in which some would get
    // new values, and among each of them the exchanges that were not played yet.
    std::optional<std::size_t> find(received_request const& request, std::string& problem) {
        for (bool const with_query : {true, false}) {
            std::optional<std::size_t> last, first_new, last_new;
            for (std::size_t i = 0; i != played_.size(); ++i) {
                recorded_exchange const& each = recording_.exchanges()[i];
                placeholder_values learned = values_;
                if (route_difference(each, request, with_query, learned))
                    continue;
                if (compare_bodies_)
                    if (auto const differs = body_difference(each, request, learned)) {
                        problem = title(i) + ": " + *differs;
                        continue;
                    }
                bool const is_new = learned.size() != values_.size();
                if (played_[i])
                    (is_new ? last_new : last) = i;
                else if (!is_new)
                    return learn(i, request, with_query);
                else if (!first_new)
                    first_new = i;
            }
            if (last)
                return last;
            if (first_new)
                return learn(*first_new, request, with_query);
            if (last_new)
                return last_new;
        }
        if (problem.empty())
            problem = "expected a recorded route, got " + request.method + ' ' +
                      values_.hide(intheloop::detail::path_of(replayed_target(request)));
        return std::nullopt;
    }

    // Learns the values of the placeholders from a request that matches.
    std::size_t learn(std::size_t index, received_request const& request, bool with_query) {
        recorded_exchange const& one = recording_.exchanges()[index];
        placeholder_values learned = values_;
        (void)route_difference(one, request, with_query, learned);
        (void)field_difference(one, request, learned);
        (void)body_difference(one, request, learned);
        values_ = std::move(learned);
        return index;
    }

    header_list filled_headers(recorded_exchange const& one) {
        header_list fields;
        for (auto const& [name, value] : one.headers)
            fields.emplace_back(name, values_.fill(value));
        return fields;
    }

    reply as_recorded(recorded_exchange const& one) {
        constexpr auto for_ever = std::chrono::hours(24);
        reply made(one.status);
        if (one.status == 0) {
            made.raw = one.failure == "invalid_http" ? "not HTTP\r\n\r\n" : "";
            made.end = connection_end::cut;
            if (was_silence(one.failure))
                made.wait = for_ever;
            return made;
        }
        made.headers = filled_headers(one);
        std::string body = replayed_body(one, values_);
        if (!one.failure.empty()) { // the body ends before its Content-Length
            made.headers.emplace_back(
                "Content-Length",
                std::to_string(body.size() + std::max<std::uint64_t>(one.missing, 1)));
            made.end = connection_end::cut;
            if (was_silence(one.failure))
                made.pause_after = std::numeric_limits<std::size_t>::max();
        }
        made.body = std::move(body);
        return made;
    }

    static bool is_other_range(recorded_exchange const& one, received_request const& request) {
        std::string const* const recorded = find_field(one.request_headers, "Range");
        return request.header("Range") !=
               (recorded != nullptr ? std::optional(*recorded) : std::nullopt);
    }

    reply part_of_file(recorded_exchange const& one, export_content const& file,
                       received_request const& request) {
        std::string const* const tag = find_field(one.headers, "ETag");
        bool const has_ranges = find_field(one.headers, "Accept-Ranges") != nullptr ||
                                find_field(one.headers, "Content-Range") != nullptr;
        range_request asked;
        if (has_ranges)
            asked = {request.header("Range"), request.header("If-Range")};
        range_choice const choice =
            choose_range(asked, tag != nullptr ? values_.fill(*tag) : std::string(), file.size());
        if (choice.status == 416) {
            reply refused = error_reply(416, "InvalidRange", "the file ends before the range");
            refused.headers.emplace_back("Content-Range", content_range(choice, file.size()));
            return refused;
        }
        reply made(choice.status);
        for (auto& field : filled_headers(one))
            if (!same_name(field.first, "Content-Range"))
                made.headers.push_back(std::move(field));
        if (choice.status == 206)
            made.headers.emplace_back("Content-Range", content_range(choice, file.size()));
        std::optional<file_cut> cut;
        if (!one.failure.empty())
            cut = file_cut{one.body.bytes.size(), connection_end::cut};
        made.body = file_body{file, choice.range, false, std::nullopt, cut};
        return made;
    }

    testing::recording const recording_;
    play_mode const mode_;
    bool const compare_bodies_;
    recorded_files const files_;

    mutable std::mutex mutex_;
    std::vector<bool> played_;
    placeholder_values values_;
    std::size_t requests_ = 0;
    std::vector<std::string> mismatches_;
};

} // namespace detail

struct player::impl {
    // The options of a server that serves all origins of the recording.
    static server_options with_origins(server_options options, testing::recording const& recorded) {
        for (recorded_exchange const& one : recorded.exchanges())
            if (auto const origin = detail::origin_of_target(one.target); !origin.empty())
                options.origins.emplace_back(origin);
        return options;
    }

    impl(testing::recording recorded, player_options options)
        : served(with_origins(options.server, recorded)) {
        played.emplace(std::move(recorded), options, served.base_url(), [this](std::size_t number) {
            return served.signed_url(detail::file_path_of(number));
        });
        served.answer_with(
            [this](received_request const& request) { return played->answer(request); });
    }

    std::optional<detail::replay> played; // outlives the server's thread
    server served;
};

INTHELOOP_DECL player::player(testing::recording recorded, player_options options)
    : impl_(std::make_unique<impl>(std::move(recorded), std::move(options))) {}

INTHELOOP_DECL player::~player() = default;

INTHELOOP_DECL std::string const& player::base_url() const noexcept {
    return impl_->served.base_url();
}

INTHELOOP_DECL std::string const& player::files_url() const noexcept {
    return impl_->served.files_url();
}

INTHELOOP_DECL std::map<std::string, std::string> const& player::origins() const noexcept {
    return impl_->served.origins();
}

INTHELOOP_DECL std::string const& player::token() const noexcept {
    return impl_->served.token();
}

INTHELOOP_DECL std::string const& player::ca_certificate() const noexcept {
    return impl_->served.ca_certificate();
}

INTHELOOP_DECL std::vector<received_request> player::requests() const {
    return impl_->served.requests();
}

INTHELOOP_DECL std::vector<std::string> player::mismatches() const {
    return impl_->played->mismatches();
}

INTHELOOP_DECL std::vector<std::string> player::unplayed() const {
    return impl_->played->unplayed();
}

INTHELOOP_DECL verification player::played_as_recorded() const {
    std::string text;
    for (std::string const& each : mismatches())
        text += (text.empty() ? "" : "\n") + each;
    for (std::string const& each : unplayed())
        text += (text.empty() ? "" : "\n") + ("never asked for: " + each);
    return verification(text.empty(), text.empty() ? "all was played as recorded" : text);
}

} // namespace intheloop::testing

#endif
