// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_DOWNLOAD_HPP
#define INTHELOOP_TESTS_FUZZ_DOWNLOAD_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/download_plan.hpp>
#include <intheloop/policy/detail/range_plan.hpp>

#include <fuzz/changing_file.hpp>
#include <fuzz/check.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

// A Content-Range in the first line; then the sizes of two versions of a file, whether they have
// one ETag, and a script of what the server and the client do while it is fetched.
struct download_target {
    static constexpr std::string_view name = "download";
    static constexpr std::string_view words[] = {"bytes ", "/*"};

    static void run(auto const&, bytes input) {
        reader in(input);
        check_read(in.line());
        std::array<std::size_t, 2> const sizes = {in.byte(), in.byte()};
        check_printed(sizes[0], sizes[1]);
        bool const has_one_tag = in.byte() % 2 != 0;
        in_one_stream(sizes, has_one_tag, in);
        in_ranges(sizes, has_one_tag, in);
        reader const nothing_odd({});
        check(in_one_stream(sizes, has_one_tag, nothing_odd), "a usual server gives the file");
        check(sizes[0] == 0 || in_ranges(sizes, has_one_tag, nothing_odd), "and its ranges");
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog, Keep const& keep) {
        std::string const sizes = "\n\x64\x50";
        keep("usual", "bytes 5-9/10" + sizes);
        keep("unknown_total", "Bytes 5-9/*" + sizes + '\0' + "\x20\x20\x20");
        keep("unsatisfied", "bytes */10" + sizes + '\0' + "\x08\x80\x04\xff");
        keep("no_total", "bytes 5-9/" + sizes + '\0' + "\x08\x80\x01");
        keep("changes", "bytes 0-0/1" + sizes + '\0' + "\x08\x40\x03\x01\x02\x03\x08\x80");
        keep("moves", "bytes 00-0/1" + sizes + '\1' + "\x08\x40\x01\x01\x01\x01\x01");
        keep("odd", "bytes 9-5/10" + sizes + '\0' +
                        "\x80\x05\x80\x04\x80\x03\x80\x02\x10\x10\x88\x05\x80");
        keep("four_streams", "items 5-9/10\n\xff\xff" + std::string(1, '\0') +
                                 "\x03\x01\x08\x30\x02\x10\x03\x80\x01\x02\x03\x04");
    }

private:
    using content_range = intheloop::policy::content_range;

    static std::string printed(content_range const& range) {
        auto const number = [](std::optional<std::uint64_t> const& of) {
            return of ? std::to_string(*of) : std::string("*");
        };
        return "bytes " + (range.first ? number(range.first) + '-' + number(range.last) : "*") +
               '/' + number(range.total);
    }
    static std::string without_zeros(std::string_view text) {
        using intheloop::detail::is_digit;
        std::string made;
        for (std::size_t i = 0; i != text.size(); ++i)
            if (text[i] != '0' || (!made.empty() && is_digit(made.back())) ||
                i + 1 == text.size() || !is_digit(text[i + 1]))
                made += text[i];
        return made;
    }

    static void check_read(std::string_view text) {
        if (auto const read = intheloop::policy::parse_content_range(text))
            check_equal(printed(*read), without_zeros(intheloop::detail::to_lower(text)),
                        "a range is read as it was written");
    }

    // Each form is read, but neither cut nor with something behind it.
    static void check_printed(std::uint64_t first, std::uint64_t more) {
        std::uint64_t const last = first + more, total = last + 1;
        for (content_range const& range :
             {content_range{first, last, total}, content_range{first, last, std::nullopt},
              content_range{std::nullopt, std::nullopt, total}}) {
            std::string const text = printed(range);
            auto const read = intheloop::policy::parse_content_range(text);
            check(read && read->first == range.first && read->last == range.last &&
                      read->total == range.total,
                  "a range is read", text);
            for (std::size_t size = 0; size <= text.find('/') + 1; ++size)
                check(
                    !intheloop::policy::parse_content_range(std::string_view(text).substr(0, size)),
                    "no part of a range may be missing", text);
            check(!intheloop::policy::parse_content_range(text + ' '), "nothing follows it", text);
        }
    }

    // Fetches the file as a download does. Returns whether it came.
    static bool in_one_stream(std::array<std::size_t, 2> const& sizes, bool has_one_tag,
                              reader script) {
        namespace policy = intheloop::policy;
        changing_file server(sizes, has_one_tag, script);
        policy::download_plan plan;
        std::string file;
        for (std::size_t usual = 0;; usual += script.rest().empty() ? 1 : 0) {
            check(usual != 10, "a download comes to its end");
            server.turn(true);
            if (script.byte() % 8 == 7) // by another process, with the part that was kept
                plan = policy::download_plan(plan.part());
            plan.set_resource(server.resource());
            file_answer const got = server.answer_to(plan.range_lines());
            if (got.status == 200 || got.status == 206) {
                auto const use = plan.on_head(got.head());
                if (use == policy::body_use::unusable)
                    continue;
                if (use == policy::body_use::rewind)
                    file.clear();
                if (!take_bytes(plan, got.body, file))
                    return false;
                check(plan.part().size == file.size(), "the octets that came are counted");
                check(file.size() <= got.end.value_or(file.size()), "a head says where they end");
                if (got.breaks)
                    continue;
            }
            auto const step = plan.on_response(got.head());
            if (step == policy::download_step::failed)
                return false;
            if (step == policy::download_step::done) {
                check(server.has_version(file), "a download is one version of a file");
                return true;
            }
        }
    }
    static bool take_bytes(intheloop::policy::download_plan& plan, std::string_view body,
                           std::string& file) {
        constexpr std::size_t most = 7;
        for (; !body.empty(); body.remove_prefix(std::min(most, body.size()))) {
            std::string_view const wanted = plan.on_bytes(body.substr(0, most));
            if (!wanted.empty() && plan.has_too_much())
                return false;
            file += wanted;
        }
        return true;
    }

    // Fetches the file in several streams, as a download does.
    class ranged_fetch {
    public:
        ranged_fetch(changing_file& server, reader& script)
            : server_(server), script_(script), streams_(1 + script.byte() % 4),
              plan_(static_cast<unsigned>(streams_.size()), {}, piece) {}

        // Returns whether the file came.
        bool run() {
            for (std::size_t usual = 0; !plan_.is_done(); usual += script_.rest().empty() ? 1 : 0) {
                check(usual != 10'000, "a download in ranges comes to its end");
                std::size_t const which = (script_.byte() + usual) % streams_.size();
                stream& one = streams_[which];
                if (one.is_busy && one.version != version_)
                    one.is_busy = false; // what comes is of no use any more
                else if (!one.is_busy)
                    send(which);
                else if (!(one.has_begun ? take_bytes(which) : begin(which)))
                    return false;
                check(plan_.part(1000).size == plan_.size(), "the octets that came are counted");
            }
            check(plan_.size() == file_.size() && server_.has_version(file_),
                  "a download in ranges is one version of a file");
            return true;
        }

    private:
        static constexpr std::uint64_t piece = 10;

        struct stream {
            bool is_busy = false, has_begun = false;
            std::size_t version = 0; // when it was sent
            file_answer got{};
        };

        void send(std::size_t which) {
            bool const may_move = plan_.is_identified() ||
                                  std::none_of(streams_.begin(), streams_.end(),
                                               [](stream const& one) { return one.is_busy; });
            server_.turn(may_move);
            if (script_.byte() % 16 == 15) { // by another process, with the part that was kept
                plan_ = intheloop::policy::range_plan(static_cast<unsigned>(streams_.size()),
                                                      plan_.part(2), piece);
                ++version_;
                if (!plan_.is_identified())
                    file_.clear();
            }
            if (plan_.set_resource(server_.resource()))
                start_over();
            if (plan_.take(which))
                streams_[which] = {true, false, version_,
                                   server_.answer_to(plan_.range_lines(which))};
        }
        bool begin(std::size_t which) {
            stream& one = streams_[which];
            one.has_begun = true;
            bool const is_of_file = one.got.status == 200 || one.got.status == 206;
            return is_of_file ? follow(which, plan_.on_head(which, one.got.head())) : end(which);
        }
        bool take_bytes(std::size_t which) {
            stream& one = streams_[which];
            std::string const octets = one.got.body.substr(0, 1 + script_.byte() % 32);
            one.got.body.erase(0, octets.size());
            std::string_view const wanted = plan_.fit(which, octets);
            auto const at = static_cast<std::size_t>(plan_.position(which));
            check(at + wanted.size() <= one.got.end.value_or(at + wanted.size()),
                  "a head says where the octets end");
            file_.resize(std::max(file_.size(), at + wanted.size()));
            file_.replace(at, wanted.size(), wanted);
            plan_.on_written(which, wanted.size());
            bool const is_cut = wanted.size() < octets.size() || plan_.must_cut(which);
            if (!is_cut && !one.got.body.empty())
                return true;
            if (!is_cut && !one.got.breaks)
                return end(which);
            plan_.give_back(which);
            one.is_busy = false;
            return true;
        }
        bool end(std::size_t which) {
            streams_[which].is_busy = false;
            return follow(which, plan_.on_response(which, streams_[which].got.head()));
        }
        // Returns whether there is a way to go on.
        bool follow(std::size_t which, intheloop::policy::range_step step) {
            using intheloop::policy::range_step;
            if (step == range_step::start_over) {
                streams_[which].is_busy = false;
                start_over();
            }
            if (step == range_step::fresh_address)
                plan_.use_fresh_address();
            return step != range_step::one_stream && step != range_step::failed;
        }
        void start_over() {
            ++version_;
            file_.clear();
        }

        changing_file& server_;
        reader& script_;
        std::vector<stream> streams_;
        intheloop::policy::range_plan plan_;
        std::string file_;
        std::size_t version_ = 0;
    };
    static bool in_ranges(std::array<std::size_t, 2> const& sizes, bool has_one_tag,
                          reader script) {
        changing_file server(sizes, has_one_tag, script);
        return ranged_fetch(server, script).run();
    }
};

} // namespace fuzz

#endif
