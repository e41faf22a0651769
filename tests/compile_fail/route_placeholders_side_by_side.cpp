// expect: intheloop: two placeholders of this route stand side by side
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <utility>

namespace loop = intheloop;

class get_thing {
public:
    get_thing(std::string of_kind, std::string thing)
        : kind(std::move(of_kind)), id(std::move(thing)) {}
    std::string kind;
    std::string id;
    using members = loop::members<&get_thing::kind, &get_thing::id>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/things/{kind}-{id}", get_thing, std::string>
    thing{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things/{kind}{id}", get_thing, std::string>
    thing{};
#endif
