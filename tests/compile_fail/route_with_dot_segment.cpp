// expect: intheloop: a segment of this route is
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <utility>

namespace loop = intheloop;

class get_thing {
public:
    explicit get_thing(std::string thing) : id(std::move(thing)) {}
    std::string id;
    using members = loop::members<&get_thing::id>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/things/{id}", get_thing, std::string> thing{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things/../{id}", get_thing, std::string> thing{};
#endif
