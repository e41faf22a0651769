// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_CHANGING_FILE_HPP
#define INTHELOOP_TESTS_FUZZ_CHANGING_FILE_HPP

#include <intheloop/policy/detail/download_plan.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fuzz {

struct file_answer {
    unsigned status = 200;
    std::string etag{}, content_range{};
    std::optional<std::uint64_t> length{};
    std::string body{};
    std::optional<std::uint64_t> end{}; // in the file, of the octets that the head speaks of
    bool breaks = false;                // behind these octets

    intheloop::policy::file_response head() const {
        intheloop::policy::file_response made;
        made.status = status;
        made.etag = etag;
        made.content_range = content_range;
        made.length = length;
        return made;
    }
};

// A server of a file that may change once. Each octet tells its version and its place. A script
// says what is odd about each answer; without one the server is as RFC 9110 wants it.
class changing_file {
public:
    changing_file(std::array<std::size_t, 2> const& sizes, bool has_one_tag, reader& script)
        : script_(script), versions_{octets_of(0, sizes[0]), octets_of(1, sizes[1])},
          has_one_tag_(has_one_tag) {}

    // Chooses how the next request is answered. A change to a version with the same tag is one of
    // the address, too: such a tag would be a lie otherwise.
    void turn(bool may_move) {
        how_ = script_.byte();
        if (is(0) && (may_move || !has_one_tag_))
            version_ = 1;
    }
    std::string resource() const { return has_one_tag_ && version_ == 1 ? "/new" : "/file"; }

    file_answer answer_to(std::string_view range_lines) {
        std::string const& file = versions_[version_];
        std::size_t const odd = is(7) ? script_.byte() % 6 : 6;
        file_answer made;
        made.etag = version_ == 1 && !has_one_tag_ ? "\"b\"" : "\"a\"";
        std::string_view const asked = value_of(range_lines, "Range: bytes=");
        std::string_view const tag = value_of(range_lines, "If-Range: ");
        bool const is_part = !asked.empty() && !is(2) && (tag.empty() || tag == made.etag || is(1));
        if (odd < 2) {
            made.status = odd == 0 ? 403 : 500;
            return made;
        }
        if (odd < 4) // no tag, or one that both versions may have
            made.etag = odd == 2 ? "" : "W/\"a\"";
        std::size_t begin = is_part ? number_of(asked) : 0, end = file.size();
        check(begin == 0 || !tag.empty(), "no part of another version is asked for", range_lines);
        if (is_part && begin >= end) {
            made.status = 416;
            made.content_range = "bytes */" + std::to_string(file.size());
            return made;
        }
        if (is_part) {
            made.status = 206;
            std::string_view const last = asked.substr(asked.find('-') + 1);
            end = last.empty() ? end : std::min(end, number_of(last) + 1);
            check(begin < end, "a range of a request is not empty", asked);
            begin += odd == 4 && begin + 1 != end ? 1 : 0;
            end = is(4) ? begin + (end - begin + 1) / 2 : end;
            made.content_range = "bytes " + std::to_string(begin) + '-' + std::to_string(end - 1) +
                                 '/' + (is(5) ? "*" : std::to_string(file.size()));
        }
        made.body = file.substr(begin, end - begin);
        if (!is(6))
            made.length = made.body.size();
        if (is_part || !is(6))
            made.end = end;
        made.breaks = is(3);
        if (made.breaks)
            made.body.resize(made.body.size() * script_.byte() / 256);
        else if (is_part && odd == 5)
            made.body += "more"; // than its head says
        return made;
    }

    bool has_version(std::string_view octets) const {
        return octets == versions_[0] || octets == versions_[1];
    }

private:
    static std::string octets_of(unsigned version, std::size_t size) {
        std::string made;
        for (std::size_t i = 0; i != size; ++i)
            made += static_cast<char>(i % 128 + 128 * version);
        return made;
    }
    static std::string_view value_of(std::string_view lines, std::string_view begin) {
        std::size_t const at = lines.find(begin);
        if (at == lines.npos)
            return {};
        lines.remove_prefix(at + begin.size());
        return lines.substr(0, lines.find('\r'));
    }
    static std::size_t number_of(std::string_view text) {
        std::size_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        return number;
    }
    bool is(unsigned bit) const { return (how_ >> bit & 1) != 0; }

    reader& script_;
    std::array<std::string, 2> const versions_;
    bool const has_one_tag_;
    std::size_t how_ = 0;
    std::size_t version_ = 0;
};

} // namespace fuzz

#endif
