// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_OPENAPI_COMPONENT_NAME_HPP
#define INTHELOOP_OPENAPI_COMPONENT_NAME_HPP

#include <intheloop/endpoint/type_name.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace intheloop::detail {

// The compiler's spelling of a type alone: "intheloop::report::export_request".
inline std::string_view only_type(std::string_view spelled) {
    constexpr std::string_view known = spelled_type<double>();
    constexpr std::size_t before = position_of(known, "double");
    constexpr std::size_t after = known.size() - before - 6;
    return spelled.substr(before, spelled.size() - before - after);
}

// The name of a type in a document, from spelled_type<T>(): its namespaces and its own name with
// dots between them, "report.export_request", without the library's namespace, an unnamed one, or
// the function that it stands in. Of a template, its arguments too: "mine.page_mine.card".
inline std::string component_name(std::string_view spelled) {
    std::string_view const whole = only_type(spelled);
    std::string name;
    std::string segment;
    bool is_named = true;
    auto const end_segment = [&] {
        if (is_named && !segment.empty() && segment != "intheloop")
            name += (name.empty() || name.back() == '_' ? "" : ".") + segment;
        segment.clear();
        is_named = true;
    };
    for (char c : whole) {
        if (is_identifier_char(c))
            segment += c;
        else if (c == ':')
            end_segment();
        else if (c == '(' || c == ')' || c == '{' || c == '}')
            is_named = false;
        else if (c == '<' || c == ',') {
            end_segment();
            name += '_';
        }
    }
    end_segment();
    return name;
}

} // namespace intheloop::detail

#endif
