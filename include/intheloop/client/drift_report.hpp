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

// One way in which the answers of a route are otherwise than its types say.
class drift_finding {
public:
    drift_finding() {}

    std::string route; // "GET /api/v1/report/exports/{id}"
    drift_kind kind = drift_kind::unknown_key;
    // JSON pointer into the answer; "*" stands for any index of an array and any key of a map.
    std::string pointer;
    // The unknown value, or the kind of value that came instead; else empty. No more than 200
    // bytes.
    std::string text;
    std::uint64_t count = 0; // how often
    std::uint64_t of = 0;    // absent_member: how many objects could have had it
};

namespace detail {

// What was found in one answer.
class found_drift final : public codec::drift_sink {
public:
    struct one {
        drift_kind kind;
        std::string pointer, text;
    };

    // Objects at one pointer, and how many of them lacked which members.
    struct objects_read {
        std::uint64_t count = 0;
        std::map<std::string_view, std::uint64_t> absent;
    };

    INTHELOOP_DECL void found(drift_kind kind, std::string pointer, std::string_view text) override;
    INTHELOOP_DECL void read_object(std::string pointer,
                                    std::span<std::string_view const> absent) override;

    std::vector<one> all;
    std::map<std::string, objects_read> objects; // by pointer
};

} // namespace detail

// Counts how the answers of a service differ from what the types say, so that a change of the
// service shows before it hurts. Given to options::drift; one report may serve several clients.
//
//     auto drift = std::make_shared<loop::drift_report>([](loop::drift_finding const& found) {
//         std::clog << "new: " << found << '\n';
//     });
//     options.drift = drift;
//     ...
//     std::cout << *drift;
//
// Nothing is lost by it: what can be read is read as without it, if slower (a page of a thousand
// small objects takes some four times as long). Looks at the answers of 200 and 201 that are JSON;
// rows of exports are not among them. All functions may be
// called from any thread. Texts hold no secret that the client knows of, but an unknown value is
// the service's word: it is data.
class drift_report {
public:
    // Is told each finding but absent members when it is new, with count 1, on the threads on which
    // the calls' handlers run. What it throws is dropped.
    using listener = std::function<void(drift_finding const&)>;

    INTHELOOP_DECL drift_report();
    // One with a listener, which may be empty.
    INTHELOOP_DECL explicit drift_report(listener on_new);
    INTHELOOP_DECL ~drift_report();
    drift_report(drift_report const&) = delete;
    drift_report& operator=(drift_report const&) = delete;

    // So many different ones are kept, and pointers to objects (of which absent members are told);
    // see overflow().
    static constexpr std::size_t most_findings = 1000;
    static constexpr std::size_t most_objects = 1000;

    // All of them, by route, pointer, kind and text. Absent members are among them, since only the
    // reader can say whether they should have come.
    [[nodiscard]] INTHELOOP_DECL std::vector<drift_finding> findings() const;
    // Answers that were looked at.
    [[nodiscard]] INTHELOOP_DECL std::uint64_t answers() const;
    // How often something was found, or an object read, that is not kept, there being too many.
    [[nodiscard]] INTHELOOP_DECL std::uint64_t overflow() const;
    // Whether anything but absent members was found.
    [[nodiscard]] INTHELOOP_DECL bool found_any() const;
    // Forgets everything: what was known is new again.
    INTHELOOP_DECL void clear();

    // A few lines for people: the findings by route. Of absent members only those that never came.
    [[nodiscard]] INTHELOOP_DECL std::string summary() const;
    friend std::ostream& operator<<(std::ostream& out, drift_report const& report) {
        return out << report.summary();
    }

private:
    friend class detail::access;
    // Counts the findings of one response, for a client.
    INTHELOOP_DECL void add(std::string route, detail::found_drift const& found);

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
    std::map<std::string, std::uint64_t> answers_; // by route
    std::uint64_t overflow_ = 0;
};

// "GET /api/v1/user /resources/*/kind: unknown value \"Robot\" (3 times)"
INTHELOOP_DECL std::string to_string(drift_finding const& finding);
inline std::ostream& operator<<(std::ostream& out, drift_finding const& finding) {
    return out << to_string(finding);
}

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/client/impl/drift_report.ipp>
#endif

#endif
