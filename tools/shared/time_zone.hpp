// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_TIME_ZONE_HPP
#define INTHELOOP_TOOLS_SHARED_TIME_ZONE_HPP

#include "nearest.hpp"

#include <cctz/time_zone.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Time zones by their IANA names.
namespace tools {

namespace detail {

// The names that the system's zone data lists, each with the name that it is a link to (empty: to
// none); no name if it has no list.
inline std::map<std::string, std::string> listed_zones() {
    char const* const directory = std::getenv("TZDIR");
    std::ifstream list(std::filesystem::path(directory ? directory : "/usr/share/zoneinfo") /
                       "tzdata.zi");
    std::map<std::string, std::string> zones;
    for (std::string line; std::getline(list, line);) {
        std::istringstream words(line);
        std::string kind, name, other_name;
        words >> kind >> name >> other_name;
        if (kind == "Z")
            zones[name];
        else if (kind == "L") // name is what other_name stands for
            zones[other_name] = name;
    }
    return zones;
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
                                              std::map<std::string, std::string> const& zones) {
    constexpr std::size_t most = 3;
    std::string const wanted = folded(name);
    std::size_t const tolerance = wanted.size() / 4 + 1;
    std::vector<std::pair<std::size_t, std::string>> found;
    for (auto const& [each, target] : zones) {
        if (wanted.size() > each.size() + tolerance) // also without comparing: it may be long
            continue;
        std::string const whole = folded(each);
        std::string const city = whole.substr(whole.rfind('/') + 1); // npos + 1 is 0
        std::size_t const away =
            std::min(edit_distance(wanted, whole), edit_distance(wanted, city));
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

// Loads a listed zone. Systems may list old names without the files of them (Debian has these in a
// package of its own): then the zone is the one to which the name is a link.
inline bool load_listed(std::string name, std::map<std::string, std::string> const& zones,
                        cctz::time_zone& loaded) {
    for (std::size_t followed = 0; followed <= zones.size(); ++followed) {
        if (cctz::load_time_zone(name, &loaded))
            return true;
        auto const found = zones.find(name);
        if (found == zones.end() || found->second.empty())
            return false;
        name = found->second;
    }
    return false; // links in a circle
}

} // namespace detail

// The zone of that name; where the name is a link, the zone may have the other name. Throws
// std::invalid_argument if there is none, with similar names, or if its data are missing.
inline cctz::time_zone find_zone(std::string const& name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789_+-/";
    auto const zones = detail::listed_zones();
    bool const is_listed = zones.contains(name);
    bool const is_name = !name.empty() && name.front() != '/' && // a path, which cctz takes too
                         name.find_first_not_of(letters) == name.npos;
    cctz::time_zone zone;
    if ((is_listed || zones.empty()) && is_name && detail::load_listed(name, zones, zone))
        return zone;

    if (is_listed)
        throw std::invalid_argument("this system lists the time zone \"" + name +
                                    "\" but lacks its data (on Debian and Ubuntu they are in the "
                                    "packages tzdata and tzdata-legacy)");
    std::string problem = "there is no time zone \"" + told_name(name) + '"';
    if (zones.empty())
        problem += ", or no zone data on this system (tzdata)";
    char const* separator = "; did you mean ";
    for (std::string const& each : detail::similar_zones(name, zones))
        problem += std::exchange(separator, ", ") + each;
    throw std::invalid_argument(problem);
}

} // namespace tools

#endif
