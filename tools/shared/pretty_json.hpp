// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_PRETTY_JSON_HPP
#define INTHELOOP_TOOLS_SHARED_PRETTY_JSON_HPP

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <ostream>
#include <string>

namespace tools {

inline bool has_parts(boost::json::value const& value) {
    return (value.is_object() && !value.get_object().empty()) ||
           (value.is_array() && !value.get_array().empty());
}

// Tells whether a value stands on one line: a plain one, an array of such, an object with one such.
inline bool is_flat(boost::json::value const& value) {
    if (value.is_object()) {
        auto const& object = value.get_object();
        return object.empty() || (object.size() == 1 && !has_parts(object.begin()->value()));
    }
    if (value.is_array())
        for (auto const& element : value.get_array())
            if (has_parts(element))
                return false;
    return true;
}

// Writes JSON for people: a member on each line, two spaces deeper than what it belongs to.
inline void write_pretty(std::ostream& out, boost::json::value const& value,
                         std::size_t depth = 0) {
    if (is_flat(value)) {
        out << boost::json::serialize(value);
        return;
    }
    std::string const inner(2 * depth + 2, ' ');
    char const* separator = "\n";
    auto const begin = [&] {
        out << separator << inner;
        separator = ",\n";
    };
    bool const is_object = value.is_object();
    out << (is_object ? '{' : '[');
    if (is_object)
        for (auto const& [key, member] : value.get_object()) {
            begin();
            out << boost::json::serialize(boost::json::string_view(key)) << ": ";
            write_pretty(out, member, depth + 1);
        }
    else
        for (auto const& element : value.get_array()) {
            begin();
            write_pretty(out, element, depth + 1);
        }
    out << '\n' << std::string(2 * depth, ' ') << (is_object ? '}' : ']');
}

} // namespace tools

#endif
