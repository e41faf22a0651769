// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_EXAMPLES_ETAG_CACHE_HPP
#define INTHELOOP_EXAMPLES_ETAG_CACHE_HPP

// A cache of answers, as an interceptor. It asks the service each time whether its answer is still
// the same (If-None-Match, RFC 9110), and then spares the body: so it never gives an old answer.
#include <intheloop/net/interceptor.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace example {

namespace loop = intheloop;

// Keeps answers of status 200 to GET that have an ETag, except those with Cache-Control: no-store,
// of streamed answers, and of requests with an If-None-Match of their own. The answers that were
// used last stay, up to a size. For one client: the functions of an interceptor run one at a time
// there. (Several clients would need a lock.)
class etag_cache : public loop::interceptor {
public:
    explicit etag_cache(std::size_t largest_size = std::size_t(8) * 1024 * 1024)
        : largest_size_(largest_size) {}

    std::size_t hits() const noexcept { return hits_; } // answers whose body was spared
    std::size_t size() const noexcept { return size_; } // bytes, about

    loop::interception before(loop::intercepted_request const& request) override {
        loop::interception decided;
        if (may_be_kept(request))
            if (entry const* const kept = find(key_of(request)))
                decided.header("If-None-Match", kept->etag);
        return decided;
    }

    loop::interception after(loop::intercepted_request const& request,
                             loop::intercepted_response const& response) override {
        if (!may_be_kept(request))
            return {};
        std::string key = key_of(request);
        if (response.status() == 304) {
            if (entry const* const kept = find(key)) {
                ++hits_;
                return loop::interception::answer(kept->answer);
            }
            // Other answers have pushed it out since. The next attempt asks for the whole.
            return loop::interception::refuse(loop::errc::connection_lost,
                                              "the cached answer is gone");
        }
        if (response.status() < 500)
            forget(key); // it is another answer now
        if (response.status() == 200)
            keep(std::move(key), response);
        return {};
    }

private:
    struct entry {
        std::string key;
        std::string etag;
        loop::intercepted_response answer;

        std::size_t size() const { return key.size() + etag.size() + answer.body_size() + 1024; }
    };
    using entries = std::list<entry>; // the last used first

    static bool may_be_kept(loop::intercepted_request const& request) {
        return request.attributes().http_request_method == "GET" && !request.streams_response() &&
               !request.fields().find("If-None-Match") &&
               !says_no_store(std::string(request.fields().find("Cache-Control").value_or("")));
    }
    // Looks for the word alone: a cache may keep less than it is allowed to.
    static bool says_no_store(std::string text) {
        std::transform(text.begin(), text.end(), text.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return text.find("no-store") != text.npos;
    }
    // The audience keeps users apart. All header fields are in it, as if the service had said
    // `Vary` for each of them (Accept is one).
    static std::string key_of(loop::intercepted_request const& request) {
        std::string key = std::to_string(request.audience());
        key += ' ';
        key += request.target();
        for (std::size_t i = 0; i != request.fields().size(); ++i) {
            auto const field = request.fields()[i];
            key += '\n';
            key += field.first;
            key += ':';
            key += field.second;
        }
        return key;
    }
    entry const* find(std::string const& key) {
        auto const found = places_.find(key);
        if (found == places_.end())
            return nullptr;
        entries_.splice(entries_.begin(), entries_, found->second);
        return &entries_.front();
    }
    void keep(std::string key, loop::intercepted_response const& answer) {
        auto const etag = answer.field("ETag");
        if (!etag || says_no_store(answer.field("Cache-Control").value_or("")))
            return;
        entries_.push_front({std::move(key), *etag, answer});
        places_[entries_.front().key] = entries_.begin();
        size_ += entries_.front().size();
        while (size_ > largest_size_)
            forget(entries_.back().key);
    }
    // By value: it may be the key of the entry that goes.
    void forget(std::string key) {
        auto const found = places_.find(key);
        if (found == places_.end())
            return;
        size_ -= found->second->size();
        entries_.erase(found->second);
        places_.erase(found);
    }

    entries entries_;
    std::unordered_map<std::string, entries::iterator> places_;
    std::size_t const largest_size_;
    std::size_t size_ = 0;
    std::size_t hits_ = 0;
};

} // namespace example

#endif
