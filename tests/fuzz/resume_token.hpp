// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_RESUME_TOKEN_HPP
#define INTHELOOP_TESTS_FUZZ_RESUME_TOKEN_HPP

#include <intheloop/policy/detail/resume_token.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace fuzz {

// An origin in the first line, a token in the second; then a start in seconds, and all that is
// left is an id.
struct resume_token_target {
    static constexpr std::string_view name = "resume_token";

    static void run(auto const&, bytes input) {
        reader in(input);
        std::string const origin(in.line());
        check_read(in.line(), origin);
        std::string_view const digits = in.line();
        std::int64_t start = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), start);
        check_made(origin, start, in.rest());
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog, Keep const& keep) {
        std::string const origin = "https/api.intheloop.io:443";
        std::string const id = "6e1cf0db-52d7-4522-97c9-97aa40b14058";
        keep("usual",
             origin + "\nloop-export/1/" + origin + "/1700000000/" + id + "\n1700000000\n" + id);
        keep("encoded", "http/[::1]:80\nloop-export/1/http/[::1]:80/0/a%2Fb%20%25\n-1\na/b\n%");
        keep("other_origin", origin + "\nloop-export/1/http/a:1/1/x\n253402300800\n");
        keep("cut", origin + "\nloop-export/1/" + origin + "/17\n253402300799\n1");
        keep("version", origin + "\n loop-export/2/" + origin + "/1/x\r\n1\n\xff");
    }

private:
    static constexpr std::int64_t end_of_9999 = 253402300799;

    // A token that is read is made alike again.
    static void check_read(std::string_view text, std::string const& origin) {
        intheloop::policy::resume_token before;
        before.export_id = "as it was";
        intheloop::policy::resume_token read = before;
        std::string problem;
        if (!parse_resume_token(text, origin, read, problem)) {
            check(!problem.empty(), "a problem is said", text);
            check(read.export_id == before.export_id && read.origin.empty(),
                  "after a failure all is as it was", text);
            return;
        }
        check(problem.empty(), "no problem is said of what is read", text);
        check_equal(read.origin, origin, "a token is of the origin");
        check(!read.export_id.empty(), "a token has an id", text);
        std::string_view trimmed = text;
        trimmed.remove_prefix(std::min(trimmed.find_first_not_of(" \t\r\n"), trimmed.size()));
        trimmed = trimmed.substr(0, trimmed.find_last_not_of(" \t\r\n") + 1);
        check_equal(make_resume_token(read), trimmed, "a token is written as it is read");
    }

    // A token that is made is read, where each part can stand in one.
    static void check_made(std::string const& origin, std::int64_t start, std::string_view id) {
        intheloop::policy::resume_token made;
        made.origin = origin;
        made.started = std::chrono::sys_seconds(std::chrono::seconds(start));
        made.export_id = id;
        std::string const text = make_resume_token(made);
        intheloop::policy::resume_token read;
        std::string problem;
        bool const taken = parse_resume_token(text, origin, read, problem);
        bool const visible =
            std::all_of(origin.begin(), origin.end(), [](char c) { return c > ' ' && c <= '~'; });
        bool const fits = visible && std::count(origin.begin(), origin.end(), '/') == 1 &&
                          !id.empty() && text.size() <= 64 * 1024;
        auto const kept = std::chrono::sys_seconds(
            std::chrono::seconds(std::clamp<std::int64_t>(start, 0, end_of_9999)));
        check(taken == fits, "a token that was made is read", text);
        if (taken)
            check(read.origin == origin && read.started == kept && read.export_id == id,
                  "what is read is what was made", text);
    }
};

} // namespace fuzz

#endif
