// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_DRIFT_REPORT_HPP
#define INTHELOOP_CLIENT_DRIFT_REPORT_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/codec/detail/drift_sink.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace intheloop {

// One kind of deviation between the responses of a route and their types.
class drift_finding {
public:
    drift_finding() {}

    // "GET /api/v1/report/exports/{id}", or "GET /api/v1/card/{id} 404" for the body of an error.
    std::string route;
    drift_kind kind = drift_kind::unknown_key;
    // JSON pointer into the response; "*" stands for any index of an array and any key of a map. Or
    // "header X-Name", for a member that comes from a header.
    std::string pointer;
    // The unknown value, or the kind of the received value; empty for the other kinds. At most 200
    // bytes.
    std::string text;
    std::uint64_t count = 0; // number of occurrences
    std::uint64_t of = 0;    // absent_member: number of objects that could have it
};

namespace detail {

// The most different findings, and the most pointers to objects, of a response and of a report.
inline constexpr std::size_t most_drift_findings = 1000;
inline constexpr std::size_t most_drift_objects = 1000;

// Collects the deviations of one response: a bounded number, whatever it holds.
class found_drift final : public codec::drift_sink {
public:
    // The number of objects at one pointer, and of the absences of each optional member.
    struct objects_read {
        std::uint64_t count = 0;
        std::map<std::string_view, std::uint64_t> absent;
    };

    INTHELOOP_DECL void found(drift_kind kind, std::string pointer, std::string_view text) override;
    INTHELOOP_DECL void read_object(std::string pointer,
                                    std::span<std::string_view const> absent) override;

    // Returns the findings, each once, without a route; pointers and texts are cut to 200 bytes.
    INTHELOOP_DECL std::vector<drift_finding> all() const;
    std::map<std::string, objects_read> const& objects() const noexcept { return objects_; }
    // Returns how many findings and objects exceeded the limits.
    std::uint64_t overflow() const noexcept { return overflow_; }

private:
    using key = std::tuple<drift_kind, std::string, std::string>;

    std::map<key, std::uint64_t> counts_;
    std::map<std::string, objects_read> objects_; // by pointer
    std::uint64_t overflow_ = 0;
};

} // namespace detail

// Counts deviations between the responses of a service and the types, so that a change of the
// service shows early. Set it as options::drift; one report may serve several clients.
//
//     auto drift = std::make_shared<loop::drift_report>([](loop::drift_finding const& found) {
//         std::clog << "new: " << found << '\n';
//     });
//     options.drift = drift;
//     ...
//     std::cout << *drift;
//
// Responses are decoded as without a report, if more slowly (a page of a thousand small objects
// takes some four times as long). Covers successes and the error bodies that an endpoint names, but
// not the rows of exports. Of one response it looks at no more different findings and objects than
// it keeps. All functions may be called from any thread. Texts hold no secret that the client
// knows, but unknown values come from the service: treat them as data.
class drift_report {
public:
    // Called for each new finding, except absent members, with count 1, on the threads of the
    // calls' handlers. Exceptions are dropped.
    using listener = std::function<void(drift_finding const&)>;

    INTHELOOP_DECL drift_report();
    // Makes a report with a listener, which may be empty.
    INTHELOOP_DECL explicit drift_report(listener on_new);
    INTHELOOP_DECL ~drift_report();
    drift_report(drift_report const&) = delete;
    drift_report& operator=(drift_report const&) = delete;

    // The most findings that are kept, and the most pointers to objects (for absent members); see
    // overflow().
    static constexpr std::size_t most_findings = detail::most_drift_findings;
    static constexpr std::size_t most_objects = detail::most_drift_objects;

    // Returns all findings, by route, pointer, kind and text. Includes absent members: only the
    // reader can judge whether they should have come.
    [[nodiscard]] INTHELOOP_DECL std::vector<drift_finding> findings() const;
    // Returns the number of responses examined.
    [[nodiscard]] INTHELOOP_DECL std::uint64_t responses() const;
    // Returns how many findings and objects exceeded these limits.
    [[nodiscard]] INTHELOOP_DECL std::uint64_t overflow() const;
    // Returns whether there is any finding except absent members.
    [[nodiscard]] INTHELOOP_DECL bool found_any() const;
    // Forgets all findings: known ones count as new again.
    INTHELOOP_DECL void clear();

    // Returns a few lines for people: the findings by route. Lists only absent members that never
    // came.
    [[nodiscard]] INTHELOOP_DECL std::string summary() const;
    friend std::ostream& operator<<(std::ostream& out, drift_report const& report) {
        return out << report.summary();
    }

private:
    friend class detail::access;
    // Called by the client with the deviations of a response. `found` are redacted; `of` has the
    // objects.
    INTHELOOP_DECL void add(std::string route, std::vector<drift_finding> const& found,
                            detail::found_drift const& of);

    using key = std::tuple<std::string, std::string, drift_kind, std::string>;
    using object_key = std::tuple<std::string, std::string>; // route and pointer
    struct objects_read {
        std::uint64_t count = 0;
        std::map<std::string, std::uint64_t, std::less<>> absent;
    };

    mutable std::mutex mutex_;
    listener const on_new_;
    std::map<key, std::uint64_t> counts_;
    std::map<object_key, objects_read> objects_;
    std::map<std::string, std::uint64_t> responses_; // by route
    std::uint64_t overflow_ = 0;
};

// Returns `GET /api/v1/user /resources/*/kind: unknown value "Robot" (3 times)`.
INTHELOOP_DECL std::string to_string(drift_finding const& finding);
inline std::ostream& operator<<(std::ostream& out, drift_finding const& finding) {
    return out << to_string(finding);
}

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/client/impl/drift_report.ipp>
#endif

#endif
