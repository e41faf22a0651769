// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_EXAMPLES_LOOP_EXPORT_TIME_ZONE_HPP
#define INTHELOOP_EXAMPLES_LOOP_EXPORT_TIME_ZONE_HPP

#include <cctz/time_zone.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Time zones by their IANA names.
namespace example {

namespace detail {

// The names that the system's zone data has; none if it does not list them.
inline std::vector<std::string> names_of_zones() {
    char const* const directory = std::getenv("TZDIR");
    std::ifstream list(std::filesystem::path(directory ? directory : "/usr/share/zoneinfo") /
                       "tzdata.zi");
    std::vector<std::string> names;
    for (std::string line; std::getline(list, line);) {
        std::istringstream words(line);
        std::string kind, name, other_name;
        words >> kind >> name >> other_name;
        if (kind == "Z")
            names.push_back(name);
        else if (kind == "L") // name is what other_name stands for
            names.push_back(other_name);
    }
    return names;
}

// How many letters are to be added, removed or changed to make one text of the other.
inline std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1); // from what of a was seen to each beginning of b
    std::iota(row.begin(), row.end(), std::size_t(0));
    for (std::size_t i = 0; i != a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j != b.size(); ++j) {
            std::size_t const changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

// As it is compared: "New York" is like "new_york".
inline std::string folded(std::string_view name) {
    std::string made(name);
    for (char& c : made)
        c = c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return made;
}

// Up to three names like this one, the most similar first; a city will do.
inline std::vector<std::string> similar_zones(std::string_view name,
                                              std::vector<std::string> const& names) {
    constexpr std::size_t most = 3;
    std::string const wanted = folded(name);
    std::size_t const tolerance = wanted.size() / 4 + 1;
    std::vector<std::pair<std::size_t, std::string>> found;
    for (std::string const& each : names) {
        std::string const whole = folded(each);
        std::string const city = whole.substr(whole.rfind('/') + 1); // npos + 1 is 0
        std::size_t const away = std::min(distance(wanted, whole), distance(wanted, city));
        if (away <= tolerance)
            found.emplace_back(away, each);
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> best;
    for (auto const& [away, each] : found)
        if (best.size() != most && away <= found.front().first + 1)
            best.push_back(each);
    return best;
}

} // namespace detail

// The zone of that name. Throws std::invalid_argument with similar names if there is none.
inline cctz::time_zone find_zone(std::string const& name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789_+-/";
    std::vector<std::string> const names = detail::names_of_zones();
    bool const is_listed =
        names.empty() || std::find(names.begin(), names.end(), name) != names.end();
    bool const is_name = !name.empty() && name.front() != '/' && // a path, which cctz takes too
                         name.find_first_not_of(letters) == name.npos;
    cctz::time_zone zone;
    if (is_listed && is_name && cctz::load_time_zone(name, &zone))
        return zone;

    std::string problem = "there is no time zone \"" + name + '"';
    if (names.empty())
        problem += ", or no zone data on this system (tzdata)";
    char const* separator = "; did you mean ";
    for (std::string const& each : detail::similar_zones(name, names))
        problem += std::exchange(separator, ", ") + each;
    throw std::invalid_argument(problem);
}

} // namespace example

#endif
