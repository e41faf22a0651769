// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_DETAIL_TYPE_NAME_HPP
#define INTHELOOP_ENDPOINT_DETAIL_TYPE_NAME_HPP

#include <intheloop/base/detail/ascii.hpp>

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace intheloop::detail {

// The compiler's own spelling of a type or of a pointer to member, with some text around it.
template <class T>
consteval std::string_view spelled_type() {
    return __PRETTY_FUNCTION__;
}
template <auto Value>
consteval std::string_view spelled_value() {
    return __PRETTY_FUNCTION__;
}

// The text around the spelling differs between compilers, so it is measured with a type and a
// member whose names are known. Loops instead of string_view::find: g++ with
// -fsanitize=undefined rejects the latter in a constant expression over a template argument.
consteval std::size_t position_of(std::string_view text, std::string_view word) {
    for (std::size_t i = 0; i + word.size() <= text.size(); ++i) {
        std::size_t matched = 0;
        while (matched != word.size() && text[i + matched] == word[matched])
            ++matched;
        if (matched == word.size())
            return i;
    }
    return text.size();
}

// The name of a type whose own would be too long to show; empty for all others.
template <class T>
inline constexpr std::string_view given_name{};

// Returns "export_request" for intheloop::report::export_request.
template <class T>
consteval std::string_view type_name() {
    if constexpr (!given_name<T>.empty()) {
        return given_name<T>;
    } else {
        constexpr std::string_view known = spelled_type<double>();
        constexpr std::size_t before = position_of(known, "double");
        constexpr std::size_t after = known.size() - before - 6;
        constexpr std::string_view whole = spelled_type<T>();
        std::string_view name = whole.substr(before, whole.size() - before - after);
        std::size_t begin = 0;
        for (std::size_t i = 0; i != name.size() && name[i] != '<'; ++i)
            if (name[i] == ':')
                begin = i + 1;
        return name.substr(begin);
    }
}

// Returns "tag_ids" for &intheloop::report::export_request::tag_ids.
template <auto Member>
consteval std::string_view member_name() {
    constexpr std::string_view whole = spelled_value<Member>();
    // g++ adds text after the value: "[with auto Value = &a::b; std::string_view = ...]".
    std::size_t end = position_of(whole, "Value = ");
    while (end != whole.size() && whole[end] != ';' && whole[end] != ']')
        ++end;
    while (!is_word_char(whole[end - 1]))
        --end;
    std::size_t begin = end;
    while (is_word_char(whole[begin - 1]))
        --begin;
    return whole.substr(begin, end - begin);
}

// Sinks for text that is assembled at compile time: the first measures, the second stores.
struct text_measure {
    std::size_t size = 0;
    constexpr void append(std::string_view text) { size += text.size(); }
};
template <std::size_t Size>
struct text_buffer {
    char text[Size + 1]{};
    std::size_t size = 0;
    constexpr void append(std::string_view piece) {
        for (char c : piece)
            text[size++] = c;
    }
    constexpr std::string_view view() const { return {text, size}; }
};

// Prints a type in a description.
template <class T>
struct display_name {
    template <class Out>
    static constexpr void append(Out& out) {
        out.append(type_name<T>());
    }
};
template <class T>
struct display_name<std::optional<T>> {
    template <class Out>
    static constexpr void append(Out& out) {
        out.append("optional<");
        display_name<T>::append(out);
        out.append(">");
    }
};
template <class T, class Allocator>
struct display_name<std::vector<T, Allocator>> {
    template <class Out>
    static constexpr void append(Out& out) {
        out.append("vector<");
        display_name<T>::append(out);
        out.append(">");
    }
};
template <>
struct display_name<boost::json::value> {
    template <class Out>
    static constexpr void append(Out& out) {
        out.append("json::value");
    }
};

} // namespace intheloop::detail

#endif
