// expect: intheloop: an endpoint has one kind of pages
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <optional>
#include <string>
#include <vector>

namespace loop = intheloop;

class find_things {
public:
    find_things() {}
    std::optional<int> offset;
    std::optional<std::string> cursor;
    using members = loop::members<&find_things::offset, &find_things::cursor>;
};
struct things {
    std::vector<std::string> resources;
    std::optional<int> total;
    std::optional<std::string> next;
    using members = loop::members<&things::resources, &things::total, &things::next>;
};

using by_offset = loop::offset_pages<&find_things::offset, &things::resources, &things::total>;
using by_cursor = loop::cursor_pages<&find_things::cursor, &things::resources, &things::next>;
#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, things, by_cursor>
    list{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, things, by_offset,
                                by_cursor>
    list{};
#endif
