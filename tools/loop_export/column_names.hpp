// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_COLUMN_NAMES_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_COLUMN_NAMES_HPP

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Names of columns as one text, with commas between them. A name with a comma stands in quotation
// marks, as in the table itself: a,"b,c".
namespace tools {

namespace detail {

// Takes a name without quotation marks off the beginning of a list.
inline std::string take_plain_name(std::string_view& list) {
    std::string const name(list.substr(0, list.find(',')));
    list.remove_prefix(name.size());
    return name;
}

// Takes a name in quotation marks off the beginning of a list.
inline std::string take_quoted_name(std::string_view& list) {
    std::string name;
    for (list.remove_prefix(1);;) {
        std::size_t const mark = list.find('"');
        if (mark == list.npos)
            throw std::invalid_argument("a name lacks its second quotation mark");
        bool const is_doubled = list.substr(mark + 1).starts_with('"');
        name += list.substr(0, mark + (is_doubled ? 1 : 0));
        list.remove_prefix(mark + (is_doubled ? 2 : 1));
        if (is_doubled)
            continue;
        if (!list.empty() && list.front() != ',')
            throw std::invalid_argument("a name goes on behind its quotation marks");
        return name;
    }
}

} // namespace detail

// Adds the names in a list. Throws std::invalid_argument, with the reason, for one that is empty or
// comes twice, and for quotation marks that don't fit.
inline void add_column_names(std::vector<std::string>& names, std::string_view list) {
    for (bool is_over = false; !is_over;) {
        std::string const name =
            list.starts_with('"') ? detail::take_quoted_name(list) : detail::take_plain_name(list);
        is_over = list.empty();
        list.remove_prefix(is_over ? 0 : 1); // the comma
        if (name.empty())
            throw std::invalid_argument("a name is empty");
        if (std::find(names.begin(), names.end(), name) != names.end())
            throw std::invalid_argument(name + " comes twice");
        names.push_back(name);
    }
}

// Returns the list of these names.
inline std::string column_list(std::vector<std::string> const& names) {
    std::string list;
    for (std::string const& name : names) {
        list += list.empty() ? "" : ",";
        bool const is_plain = name.find(',') == name.npos && !name.starts_with('"');
        if (is_plain) {
            list += name;
            continue;
        }
        list += '"';
        for (char const c : name)
            list.append(c == '"' ? 2 : 1, c);
        list += '"';
    }
    return list;
}

} // namespace tools

#endif
