// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_CALLS_CURL_HPP
#define INTHELOOP_BENCHMARKS_CALLS_CURL_HPP

// One call of libcurl, as it is made with its easy and its multi interface.

#include "calls.hpp"
#include "parse.hpp"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace calls {

inline void require(CURLcode code) {
    if (code != CURLE_OK)
        throw std::runtime_error(curl_easy_strerror(code));
}

// The header lines that libcurl does not write by itself.
class curl_lines {
public:
    explicit curl_lines(arguments const& chosen) {
        append("Authorization: Bearer " + std::string(token));
        append("Accept: application/json");
        if (chosen.posts())
            append("Content-Type: application/json");
    }
    curl_lines(curl_lines const&) = delete;
    curl_lines& operator=(curl_lines const&) = delete;
    ~curl_lines() { curl_slist_free_all(list_); }

    curl_slist* get() const { return list_; }

private:
    void append(std::string const& line) { list_ = curl_slist_append(list_, line.c_str()); }

    curl_slist* list_ = nullptr;
};

// A handle that makes the same call again and again, on a connection that libcurl keeps.
class curl_call {
public:
    curl_call(arguments const& chosen, curl_lines const& lines)
        : handle_(curl_easy_init(), curl_easy_cleanup) {
        std::string const target = chosen.posts() ? std::string(post_target) : get_target();
        set(CURLOPT_URL, (chosen.origin() + target).c_str());
        set(CURLOPT_CAINFO, chosen.ca_file.c_str());
        set(CURLOPT_USERAGENT, std::string(user_agent).c_str());
        set(CURLOPT_HTTPHEADER, lines.get());
        set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_PROXY, "");
        set(CURLOPT_CONNECTTIMEOUT, 10L);
        set(CURLOPT_TIMEOUT, static_cast<long>(deadline.count()));
        set(CURLOPT_WRITEFUNCTION, &curl_call::append);
        set(CURLOPT_WRITEDATA, &body_);
        if (chosen.posts()) {
            set(CURLOPT_POSTFIELDSIZE, static_cast<long>(post_body.size()));
            set(CURLOPT_POSTFIELDS, post_body.data());
        }
    }
    curl_call(curl_call const&) = delete;
    curl_call& operator=(curl_call const&) = delete;

    CURL* handle() const { return handle_.get(); }

    void begin() {
        body_.clear();
        began_ = steady::now();
    }
    void end(CURLcode result, series& series) {
        require(result);
        long status = 0;
        curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
        parse_and_check(static_cast<unsigned>(status), body_);
        series.add(began_);
    }

private:
    template <class T>
    void set(CURLoption option, T value) {
        require(curl_easy_setopt(handle(), option, value));
    }

    static std::size_t append(char* data, std::size_t, std::size_t size, void* to) {
        auto& body = *static_cast<std::string*>(to);
        if (size > max_answer - body.size())
            return 0; // ends the call with an error
        body.append(data, size);
        return size;
    }

    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
    std::string body_;
    steady::time_point began_;
};

} // namespace calls

#endif
