// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_OPENAPI_DETAIL_COMPONENT_NAME_HPP
#define INTHELOOP_OPENAPI_DETAIL_COMPONENT_NAME_HPP

#include <intheloop/endpoint/detail/type_name.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace intheloop::detail {

// Extracts the compiler's spelling of a type: "intheloop::report::export_request".
inline std::string_view only_type(std::string_view spelled) {
    constexpr std::string_view known = spelled_type<double>();
    constexpr std::size_t before = position_of(known, "double");
    constexpr std::size_t after = known.size() - before - 6;
    return spelled.substr(before, spelled.size() - before - after);
}

// Returns whether a text begins at this position as a template argument. clang omits its namespace.
inline bool begins_text(std::string_view spelled, std::size_t at) {
    std::string_view const rest = spelled.substr(at);
    if (rest.starts_with("intheloop::fixed_string<"))
        return true;
    char const before = at == 0 ? '<' : spelled[at - 1];
    return rest.starts_with("fixed_string<") && before != ':' && !is_identifier_char(before);
}

// Removes template arguments that are texts, which each compiler spells in its own way:
// fixed_string<5>{"$type"}.
inline std::string without_texts(std::string_view spelled) {
    std::string rest;
    for (std::size_t at = 0; at < spelled.size(); ++at) {
        if (!begins_text(spelled, at)) {
            rest += spelled[at];
            continue;
        }
        at = spelled.find('{', at);
        bool in_quotes = false;
        for (int open = 0; at < spelled.size(); ++at) {
            char const c = spelled[at];
            in_quotes = in_quotes != (c == '"' && spelled[at - 1] != '\\');
            open += in_quotes ? 0 : c == '{' ? 1 : c == '}' ? -1 : 0;
            if (open == 0)
                break;
        }
    }
    return rest;
}

// Returns the name of a type in a document, from spelled_type<T>(): its namespaces and its own name
// with dots between them, "report.export_request", without the library's namespace, an unnamed one,
// or an enclosing function. For a template the names of its type arguments follow:
// "mine.page_mine.card".
inline std::string component_name(std::string_view spelled) {
    std::string const whole = without_texts(only_type(spelled));
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
