// expect: intheloop: offset_pages<> names a number of the request, a list and a number of the
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

#ifdef CONTROL
using by_cursor = loop::cursor_pages<&find_things::cursor, &things::resources, &things::next>;
#else
using by_cursor = loop::cursor_pages<&find_things::offset, &things::resources, &things::next>;
#endif
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, things, by_cursor>
    list{};
