// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_BODIES_RAW_ROUTES_HPP
#define INTHELOOP_TESTS_CLIENT_BODIES_RAW_ROUTES_HPP

// Routes whose bodies are no JSON.
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <utility>

namespace raw {

namespace loop = intheloop;

class upload_request {
public:
    upload_request(std::string of_file, loop::raw_body bytes)
        : id(std::move(of_file)), content(std::move(bytes)) {}
    std::string id;
    loop::raw_body content;
    using members = loop::members<&upload_request::id, &upload_request::content>;
};
class file_request {
public:
    explicit file_request(std::string of_file) : id(std::move(of_file)) {}
    std::string id;
    using members = loop::members<&file_request::id>;
};
struct stored {
    int size;
    using members = loop::members<&stored::size>;
};
inline constexpr loop::endpoint<loop::verb::put, "/file/{id}", upload_request, stored,
                                loop::body<&upload_request::content>,
                                loop::operation<"files.upload">>
    upload{};
inline constexpr loop::endpoint<loop::verb::get, "/file/{id}", file_request, loop::raw_body,
                                loop::operation<"files.get">>
    get_file{};

} // namespace raw

#endif
