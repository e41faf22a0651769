// expect: intheloop: this endpoint does not say how its pages follow each other
// expect-error-first
#include <intheloop/jobs/item_reader.hpp>


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
inline constexpr loop::endpoint<
    loop::verb::post, "/things", find_things, things,
    loop::cursor_pages<&find_things::cursor, &things::resources, &things::next>>
    list{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", find_things, things> list{};
#endif

void read(loop::client& client) {
    loop::item_reader items(client, list, find_things());
}
